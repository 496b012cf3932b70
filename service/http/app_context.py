"""What a running service has at hand, made once at start."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from flask import current_app

from cobalamin.service.access.before_request import caller
from cobalamin.service.access.clients import Client
from cobalamin.service.knowledge.profile import Profile, Profiles
from cobalamin.service.settings import Settings

KEY = "cobalamin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Settings, the loaded profiles, the clock, the maker of identifiers, and who asks."""

    settings: Settings
    profiles: Profiles
    today: Callable[[], date]
    new_id: Callable[[], str]
    client: Client | None = None

    @property
    def profile_id(self) -> str:
        """The profile in the caller's entry of the registry, else the service's own."""
        return self.client.profile if self.client else self.settings.profile

    @property
    def profile(self) -> Profile:
        """The loaded profile of that id."""
        return self.profiles[self.profile_id]


def context() -> Context:
    """The context of the running application, with the client of this request."""
    found: Context = current_app.extensions[KEY]
    client = caller()
    return found if client is None else replace(found, client=client)
