"""Modes that are switched while the service runs: for all, for one client, for one card topic."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from cobalamin.service.conversion import convert
from cobalamin.service.settings import Mode, SettingsError

NAME = "COBALAMIN_MODES"
STRICTNESS = (Mode.live, Mode.silent, Mode.off)


class Modes(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The content of the modes file; what is not named is live.

    A `service` or client that is silent is assessed and shown no cards, one that is off is not
    assessed. Cards of a topic that is silent are not shown, of one that is off not even counted.
    """

    service: Mode = Mode.live
    clients: Mapping[str, Mode] = {}
    topics: Mapping[str, Mode] = {}

    def of_client(self, client_id: str) -> Mode:
        """The stricter of the modes of the service and of this client."""
        return strictest(self.service, self.clients.get(client_id, Mode.live))

    def of_topic(self, topic: str) -> Mode:
        """The mode of a card topic."""
        return self.topics.get(topic, Mode.live)

    def describe(self) -> str:
        """All that is not live, on one line."""
        texts = [f"{name} {mode}" for name, mode in self._named() if mode is not Mode.live]
        return ", ".join(texts) or "all live"

    def _named(self) -> Iterator[tuple[str, Mode]]:
        yield "service", self.service
        yield from ((f"client {name}", mode) for name, mode in sorted(self.clients.items()))
        yield from ((f"topic {name}", mode) for name, mode in sorted(self.topics.items()))


ALL_LIVE = Modes()


def strictest(*modes: Mode) -> Mode:
    """The one of several modes that shows least."""
    return max(modes, key=STRICTNESS.index)


def load_modes(file: Path, topics: Collection[str]) -> Modes:
    """Load a modes file; `topics` are those that cards have.

    Raises:
        SettingsError: it cannot be read, or names something that is not known.
    """
    try:
        modes = convert(msgspec.toml.decode(file.read_bytes()), Modes)
    except OSError:
        raise SettingsError((f"{NAME}: the file cannot be read",)) from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise SettingsError((f"{NAME}: {error}",)) from None
    unknown = sorted(modes.topics.keys() - set(topics))
    if unknown:
        known = ", ".join(sorted(topics))
        raise SettingsError((f"{NAME}: no card has the topic {unknown[0]}; use one of {known}",))
    return modes


def check_clients(modes: Modes, clients: Collection[str]) -> None:
    """Check that every client of a modes file is registered.

    Raises:
        SettingsError: names one that is not.
    """
    unknown = sorted(modes.clients.keys() - set(clients))
    if unknown:
        raise SettingsError((f"{NAME}: {unknown[0]} is no client of the registry",))


def to_toml(modes: Modes) -> str:
    """The text of a modes file."""
    return "\n".join((*_lines(modes), ""))


def _lines(modes: Modes) -> Iterator[str]:
    yield f'service = "{modes.service}"'
    for title, named in (("clients", modes.clients), ("topics", modes.topics)):
        if named:
            yield ""
            yield f"[{title}]"
            yield from (f'"{name}" = "{mode}"' for name, mode in sorted(named.items()))
