"""Errors of the database."""

NO_TABLES = "the database has no tables; run `cobalamin db upgrade`"


class StoreError(Exception):
    """The database could not be used; the message says why and contains no stored value."""


class DatabaseSchemaError(StoreError):
    """The database lacks tables, or has those of another version: asking again does not help."""
