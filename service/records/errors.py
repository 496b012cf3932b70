"""What goes wrong with what is kept."""


class StoreError(Exception):
    """The database could not be used; the message says how and holds no value."""
