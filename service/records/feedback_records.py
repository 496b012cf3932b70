"""What clinicians did with cards, as it is kept: no patient, no text that a person wrote."""

from msgspec import Struct


class Verdict(Struct, frozen=True, kw_only=True):
    """One outcome of one card; `at` is in UTC, and `client` is empty where nobody has to sign in.

    Whether a comment came with it is kept, the comment is not.
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
