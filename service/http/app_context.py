"""The context of the application: settings and knowledge, built once at start."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from flask import current_app

from cobalamin.service.access.before_request import current_client
from cobalamin.service.access.clients import Client
from cobalamin.service.http.shared_slots import SharedSlots
from cobalamin.service.knowledge.profile import Profile, Profiles
from cobalamin.service.settings import Settings

KEY = "cobalamin"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppContext:
    """Settings, loaded profiles, clock, id generator, batch slots and the client of the request."""

    settings: Settings
    profiles: Profiles
    today: Callable[[], date]
    new_id: Callable[[], str]
    batch_slots: SharedSlots
    client: Client | None = None

    @property
    def profile_id(self) -> str:
        """The profile of the client in the registry, else that of the settings."""
        return self.client.profile if self.client else self.settings.profile

    @property
    def profile(self) -> Profile:
        """The loaded profile of that id."""
        return self.profiles[self.profile_id]


def get_context() -> AppContext:
    """The context of the current application, with the client of the request."""
    ctx: AppContext = current_app.extensions[KEY]
    client = current_client()
    return ctx if client is None else replace(ctx, client=client)
