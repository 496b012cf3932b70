"""Generates identifiers of cards, suggestions and requests."""

from uuid import uuid4


def new_id() -> str:
    """Generate a random UUID (version 4) as text."""
    return str(uuid4())
