"""The context of a request: the settings, and the knowledge and clients as they are now.

What follows from the client registry and the site file is one `Configuration`. It is taken once
for each request, so that a request is answered by one state of both files.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, cast

from flask import Flask, current_app, g

from cobalamin.fhir.client.read_back import FhirFetcher
from cobalamin.service.access.authentication import Authenticator
from cobalamin.service.access.before_request import current_client
from cobalamin.service.access.clients import Client
from cobalamin.service.http.modes import current_modes
from cobalamin.service.http.shared_slots import SharedSlots
from cobalamin.service.knowledge.profile import Profile, Profiles
from cobalamin.service.modes import ALL_LIVE, Modes, strictest
from cobalamin.service.records.audit.trail import AuditTrail
from cobalamin.service.records.comment_history import CommentHistory
from cobalamin.service.reloading import ReloadedValue
from cobalamin.service.settings import Mode, Settings

if TYPE_CHECKING:
    from cobalamin.service.access.registry import Registry

KEY = "cobalamin"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppContext:
    """Settings, loaded profiles, clocks, id generator, batch slots, audit trail and the client.

    `comments` are those of earlier reports, where the site file has them remembered.
    """

    settings: Settings
    profiles: Profiles
    today: Callable[[], date]
    new_id: Callable[[], str]
    batch_slots: SharedSlots
    fhir_fetcher: FhirFetcher | None = None
    audit: AuditTrail | None = None
    comments: CommentHistory | None = None
    now: Callable[[], float] = time.time
    client: Client | None = None
    modes: Modes = ALL_LIVE

    @property
    def mode(self) -> Mode:
        """The strictest of the modes of the settings, of the service and of the client."""
        client_id = "" if self.client is None else self.client.id
        return strictest(self.settings.mode, self.modes.of_client(client_id))

    @property
    def profile_id(self) -> str:
        """The profile of the client in the registry, else that of the settings."""
        return self.client.profile if self.client else self.settings.profile

    @property
    def profile(self) -> Profile:
        """The loaded profile of that id."""
        return self.profiles[self.profile_id]


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What was built from the client registry and the site file, and the files themselves.

    `stores_records`: feedback, used tokens or request counts are stored for a registered client.
    """

    context: AppContext
    registry: "Registry | None"
    authenticator: Authenticator | None
    stores_records: bool
    files: tuple[Path, ...]


def install_configuration(app: Flask, configuration: ReloadedValue[Configuration]) -> None:
    """Take the configuration at the beginning of every request; install it first."""
    app.extensions[KEY] = configuration

    @app.before_request
    def take_configuration() -> None:
        g.configuration = configuration.get()


def current_configuration() -> Configuration:
    """The configuration of the current request."""
    return cast("Configuration", g.configuration)


def configuration_problem() -> str | None:
    """Why a changed client registry or site file is not used; None while the newest files are."""
    configuration: ReloadedValue[Configuration] = current_app.extensions[KEY]
    return configuration.problem


def get_context() -> AppContext:
    """The context of the current request, with its client."""
    ctx, client = current_configuration().context, current_client()
    modes = current_modes()
    if client is None and modes is ALL_LIVE:
        return ctx
    return replace(ctx, client=client, modes=modes)
