"""What a call lets this service do at the client's FHIR server, for the length of this one call."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

BEARER = "bearer"
TOKEN = re.compile(r"[\x21-\x7e]{1,16384}\Z")  # nothing that could end a header


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """The server that a call names, and its token; None for one that cannot be used."""

    server: str
    token: str | None = field(repr=False)


def read_authorization(server: str | None, sent: object) -> Authorization | None:
    """The authorization of a call; None where there is none, or something that is no object.

    Scopes are not looked at: servers write them in their own ways, and decide by themselves.
    """
    if server is None or not isinstance(sent, Mapping) or not sent:
        return None
    return Authorization(server=server, token=_token(sent))


def _token(sent: Mapping[str, object]) -> str | None:
    token, kind, seconds = (sent.get(n) for n in ("access_token", "token_type", "expires_in"))
    if not isinstance(token, str) or not TOKEN.match(token):
        return None
    if not isinstance(kind, str) or kind.lower() != BEARER:
        return None
    expired = isinstance(seconds, int | float) and seconds <= 0
    return None if expired else token
