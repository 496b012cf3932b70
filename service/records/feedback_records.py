"""Feedback on cards as it is stored: no patient data and no free text."""

from msgspec import Struct


class FeedbackRecord(Struct, frozen=True, kw_only=True):
    """One outcome of one card; `at` is in UTC; `client` is empty when authentication is off.

    `commented` tells whether there was a comment; the comment itself is not stored.
    """

    client: str
    service: str
    card: str
    outcome: str
    at: str
    suggestions: tuple[str, ...]
    reason_system: str | None
    reason_code: str | None
    commented: bool
