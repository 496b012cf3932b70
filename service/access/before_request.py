"""Authenticates and authorises every request before it reaches a view."""

import logging
from collections.abc import Callable
from typing import cast

from flask import Flask, g, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, ServiceUnavailable, TooManyRequests, Unauthorized

from cobalamin.service.access.admission import current_admission
from cobalamin.service.access.authentication import Authenticator, RequestCredentials
from cobalamin.service.access.clients import Client
from cobalamin.service.access.errors import RETRY_SECONDS, AuthenticationError, KeysUnavailableError
from cobalamin.service.access.rate_limit import RateLimiter
from cobalamin.service.access.scopes import scope_of, undecided
from cobalamin.service.correlation import assign_client
from cobalamin.service.metrics.definitions import AUTHENTICATION_FAILURES
from cobalamin.service.metrics.recording import METRICS

LOG = logging.getLogger("cobalamin.access")
SUBJECT_HEADER = "X-SSL-Client-S-DN"
VERIFIED_HEADER = "X-SSL-Client-Verify"


def install_authentication(app: Flask, current: Callable[[], Authenticator]) -> None:
    """Require a credential, and the scope, for every address that has one.

    `current` gives the authenticator of the request, because the client registry may change.
    """

    @app.before_request
    def authenticate_request() -> None:
        # Decided by the route, not the path, so that the spelling of the path makes no difference.
        scope = scope_of(request.url_rule.rule if request.url_rule else request.path)
        if scope is None or request.method == "OPTIONS":
            return
        authenticator, admission = current(), current_admission()
        is_admitted = admission is not None and admission.is_admitted
        client = (
            _find_admitted(authenticator, admission.client)
            if admission is not None and is_admitted
            else _authenticate(authenticator)
        )
        assign_client(client.id)
        if scope not in client.scopes:
            _refuse("scope", f"{client.id} lacks the scope {scope}")
            raise Forbidden
        if authenticator.rate_limiter is not None and not is_admitted:
            _check_rate_limit(authenticator.rate_limiter, client)
        g.client = client


def check_routes(app: Flask) -> None:
    """Check that every route either requires a scope or is listed as public.

    Raises:
        ValueError: names the routes that are neither.
    """
    routes = undecided(rule.rule for rule in app.url_map.iter_rules())
    if routes:
        raise ValueError(f"no scope and not public: {', '.join(routes)}; see access/scopes.py")


def current_client() -> Client | None:
    """The client of the current request; None when authentication is off."""
    return cast("Client | None", g.get("client"))


def _find_admitted(authenticator: Authenticator, admitted: Client | None) -> Client:
    """The client as it is now: the registry may have changed while the body was received."""
    client = None if admitted is None else authenticator.find_client(admitted.id)
    if client is None:
        _refuse("client-removed", "the client was removed while its body was received")
        raise Unauthorized(www_authenticate=WWWAuthenticate("bearer"))
    return client


def _authenticate(authenticator: Authenticator) -> Client:
    credentials = RequestCredentials(
        path=request.path,
        authorization=request.headers.get("Authorization"),
        subject=request.headers.get(SUBJECT_HEADER),
        verified=request.headers.get(VERIFIED_HEADER) == "SUCCESS",
        peer=request.remote_addr,
    )
    try:
        return authenticator.authenticate(credentials)
    except AuthenticationError as refused:
        _refuse("credential", str(refused))
        raise Unauthorized(www_authenticate=WWWAuthenticate("bearer")) from None
    except KeysUnavailableError as away:
        _refuse("keys-unavailable", str(away))
        raise ServiceUnavailable(retry_after=RETRY_SECONDS) from None


def _check_rate_limit(rate_limiter: RateLimiter, client: Client) -> None:
    seconds = rate_limiter.check(client)
    if seconds:
        _refuse("rate-limit", f"{client.id} exceeded its rate limit")
        raise TooManyRequests(retry_after=seconds)


def _refuse(kind: str, text: str) -> None:
    """Log and count a refusal; `kind` is one of a few, `text` names what is wrong."""
    LOG.warning("refused: %s", text)
    METRICS.count(AUTHENTICATION_FAILURES, kind)
