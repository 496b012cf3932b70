"""The access to the client's FHIR server that one request grants."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

BEARER = "bearer"
TOKEN = re.compile(r"[\x21-\x7e]{1,16384}\Z")  # nothing that could end a header


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """The FHIR server of a request and its token; None for a token that cannot be used."""

    server: str
    token: str | None = field(repr=False)


def read_authorization(server: str | None, authorization: object) -> Authorization | None:
    """The authorization of a request; None where it is missing, empty or no object.

    Scopes are not looked at: servers write them in their own ways, and decide by themselves.
    """
    if server is None or not isinstance(authorization, Mapping) or not authorization:
        return None
    return Authorization(server=server, token=_token(authorization))


def _token(authorization: Mapping[str, object]) -> str | None:
    token, kind, seconds = (
        authorization.get(n) for n in ("access_token", "token_type", "expires_in")
    )
    if not isinstance(token, str) or not TOKEN.match(token):
        return None
    if not isinstance(kind, str) or kind.lower() != BEARER:
        return None
    expired = isinstance(seconds, int | float) and seconds <= 0
    return None if expired else token
