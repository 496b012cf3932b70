"""Before every request: let its client through the door, or refuse it in one same way."""

import logging
from typing import cast

from flask import Flask, g, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, ServiceUnavailable, TooManyRequests, Unauthorized

from cobalamin.service.access.authentication import Attempt, Gate
from cobalamin.service.access.clients import Client
from cobalamin.service.access.errors import ASK_AGAIN_SECONDS, KeysAwayError, RefusedError
from cobalamin.service.access.rate_limit import Pace
from cobalamin.service.access.scopes import door_of, unguarded
from cobalamin.service.correlation import correlation_id

LOG = logging.getLogger("cobalamin.access")
SUBJECT = "X-SSL-Client-S-DN"
VERIFIED = "X-SSL-Client-Verify"


def register_guard(app: Flask, gate: Gate) -> None:
    """Every address behind a door asks for a credential."""

    @app.before_request
    def guard() -> None:
        # The route's own address: what is decided about it cannot depend on how it was spelt.
        door = door_of(request.url_rule.rule if request.url_rule else request.path)
        if door is None or request.method == "OPTIONS":
            return
        client = _admitted(gate)
        if door not in client.doors:
            _log(f"{client.id} may not use the door {door}")
            raise Forbidden
        if gate.pace is not None:
            _hold_back(gate.pace, client)
        g.client = client


def check_routes(app: Flask) -> None:
    """Refuses an application with an address that nobody decided about.

    Raises:
        ValueError: names the addresses that are neither behind a door nor open.
    """
    found = unguarded(rule.rule for rule in app.url_map.iter_rules())
    if found:
        raise ValueError(f"neither behind a door nor open: {', '.join(found)}; see access/doors.py")


def caller() -> Client | None:
    """The client that sent this request; None where authentication is off."""
    return cast("Client | None", g.get("client"))


def _admitted(gate: Gate) -> Client:
    attempt = Attempt(
        path=request.path,
        authorization=request.headers.get("Authorization"),
        subject=request.headers.get(SUBJECT),
        verified=request.headers.get(VERIFIED) == "SUCCESS",
        peer=request.remote_addr,
    )
    try:
        return gate.admit(attempt)
    except RefusedError as refused:
        _log(str(refused))
        raise Unauthorized(www_authenticate=WWWAuthenticate("bearer")) from None
    except KeysAwayError as away:
        _log(str(away))
        raise ServiceUnavailable(retry_after=ASK_AGAIN_SECONDS) from None


def _hold_back(pace: Pace, client: Client) -> None:
    seconds = pace.wait(client)
    if seconds:
        _log(f"{client.id} has sent all that it may in this minute")
        raise TooManyRequests(retry_after=seconds)


def _log(reason: str) -> None:
    LOG.warning("refused: %s, correlation %s", reason, correlation_id())
