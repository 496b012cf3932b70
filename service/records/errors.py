"""Errors of the database."""


class StoreError(Exception):
    """The database could not be used; the message says why and contains no stored value."""
