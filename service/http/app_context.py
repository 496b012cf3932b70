"""What a running service has at hand, made once at start."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from flask import current_app

from cobalamin.service.access.before_request import caller
from cobalamin.service.access.clients import Client
from cobalamin.service.knowledge.profile import Libraries, Library
from cobalamin.service.settings import Settings

KEY = "cobalamin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Settings, the library of each profile, the clock, the maker of identifiers, and who asks."""

    settings: Settings
    libraries: Libraries
    today: Callable[[], date]
    new_id: Callable[[], str]
    client: Client | None = None

    @property
    def profile(self) -> str:
        """The profile in the caller's entry of the registry, else the service's own."""
        return self.client.profile if self.client else self.settings.profile

    @property
    def library(self) -> Library:
        """The library of that profile."""
        return self.libraries[self.profile]


def context() -> Context:
    """The context of the running application, with the client of this request."""
    found: Context = current_app.extensions[KEY]
    client = caller()
    return found if client is None else replace(found, client=client)
