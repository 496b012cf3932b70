"""Reads typed values from environment variables and collects what is wrong with them."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from difflib import get_close_matches
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import NoReturn, TypeVar, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

PREFIX = "COBALAMIN_"
FILE_SUFFIX = "_FILE"
HOST_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*\Z|[0-9a-f:]+\Z", re.IGNORECASE)
MAX_PORT = 65535
Value = TypeVar("Value")
Member = TypeVar("Member", bound=StrEnum)
IPNetwork = IPv4Network | IPv6Network


@dataclass(slots=True)
class EnvironmentReader:
    """Parses variables one by one and collects the problems; a message never repeats a value.

    A variable that begins with `COBALAMIN_` can also be read from the file that the variable of
    the same name and `_FILE` names. The others may be empty, which means not set. A message names
    the variable as it was set. `names_refused` are the settings whose value is not usable.
    """

    environ: Mapping[str, str]
    problems: list[str] = field(default_factory=list)
    names_read: set[str] = field(default_factory=set)
    names_refused: set[str] = field(default_factory=set)

    def text(self, name: str) -> str | None:
        """The text of a variable, from the environment or its file; None if not set."""
        self.names_read |= {name, name + FILE_SUFFIX}
        value = self.environ.get(name)
        if not name.startswith(PREFIX):
            return value or None
        file = self.environ.get(name + FILE_SUFFIX)
        if file is None:
            return value
        if value is not None:
            self.refuse(name, name, f"set together with {name}{FILE_SUFFIX}; keep one")
            return value
        try:
            return Path(file).read_text("utf-8-sig").strip()
        except (OSError, UnicodeDecodeError):
            self.refuse(name, name + FILE_SUFFIX, "the file cannot be read")
            return None

    def refuse(self, name: str, written: str, problem: str) -> None:
        """Add a problem of a setting, under the name of the variable as it was set."""
        self.names_refused.add(name)
        self.problems.append(f"{written}: {problem}")

    def parse(
        self, name: str, expected: str, parse: Callable[[str], Value], default: Value
    ) -> Value:
        """A value that `parse` accepts, else the default and a problem with what is expected."""
        text = self.text(name)
        if text is None:
            return default
        try:
            return parse(text)
        except ValueError:
            is_file = name.startswith(PREFIX) and name not in self.environ
            self.refuse(name, name + FILE_SUFFIX if is_file else name, f"must be {expected}")
            return default

    def choice(self, name: str, kind: type[Member], default: Member) -> Member:
        """A member of an enumeration."""
        return self.parse(name, " or ".join(kind), kind, default)

    def members(
        self, name: str, kind: type[Member], default: tuple[Member, ...]
    ) -> tuple[Member, ...]:
        """Comma-separated members of an enumeration, in the order of the enumeration."""

        def parse(text: str) -> tuple[Member, ...]:
            named = {kind(part.strip()) for part in text.split(",")}
            return tuple(member for member in kind if member in named)

        return self.parse(name, f"comma-separated, from {', '.join(kind)}", parse, default)

    def one_of(self, name: str, values: Collection[str], default: str) -> str:
        """One of these texts."""

        def parse(text: str) -> str:
            return text if text in values else _raise_value_error()

        return self.parse(name, " or ".join(values), parse, default)

    def boolean(self, name: str, *, default: bool = False) -> bool:
        """`true` or `false`."""
        return self.parse(name, "true or false", _parse_boolean, default=default)

    def integer(self, name: str, default: int, *, least: int = 1, most: int | None = None) -> int:
        """A whole number within bounds."""
        expected = f"a whole number of at least {least}"
        if most is not None:
            expected = f"a whole number from {least} to {most}"

        def parse(text: str) -> int:
            number = _parse_number(text)
            is_within = number >= least and (most is None or number <= most)
            return number if is_within else _raise_value_error()

        return self.parse(name, expected, parse, default)

    def positive_or_none(self, name: str) -> int | None:
        """A positive whole number; None if not set."""
        return self.integer(name, 0) or None

    def url(self, name: str) -> str | None:
        """A URL without a trailing slash."""
        return self.parse(name, "an http or https address", _parse_url, None)

    def starting_with(self, name: str, prefixes: tuple[str, ...], default: str) -> str:
        """A text that starts with one of the prefixes."""

        def parse(text: str) -> str:
            return text if text.startswith(prefixes) else _raise_value_error()

        return self.parse(name, " or ".join(f"{start}…" for start in prefixes), parse, default)

    def secrets(self, name: str, least: int) -> tuple[str, ...]:
        """Secrets of at least so many characters, one a line."""

        def parse(text: str) -> tuple[str, ...]:
            found = tuple(line.strip() for line in text.splitlines() if line.strip())
            is_long = found and all(len(secret) >= least for secret in found)
            return found if is_long else _raise_value_error()

        expected = f"one secret a line, each of at least {least} characters"
        return self.parse(name, expected, parse, ())

    def path(self, name: str) -> Path | None:
        """An existing file."""
        return self.parse(name, "the path of a file that can be read", _parse_file, None)

    def networks(self, name: str) -> tuple[IPNetwork, ...]:
        """Comma-separated addresses or networks."""
        return self.parse(name, "comma-separated addresses or networks", _parse_networks, ())

    def host(self, name: str, default: str) -> str:
        """An IP address or host name."""
        return self.parse(name, "an IP address or host name", _parse_host, default)

    def host_names(self, name: str) -> tuple[str, ...]:
        """Comma-separated host names."""
        return self.parse(name, "comma-separated host or domain names", _parse_host_names, ())

    def ca_bundle(self, name: str) -> Path | None:
        """A file of PEM certificates."""
        return self.parse(name, "the path of a PEM file with certificates", _parse_ca_bundle, None)

    def time_zone(self, name: str) -> tzinfo:
        """A time zone of the IANA database."""
        expected, default = "a time zone such as Europe/London", cast("tzinfo", UTC)
        return self.parse(name, expected, _parse_time_zone, default)

    def is_set(self, name: str) -> bool:
        """Whether a variable is set, directly or by its file."""
        return not self.environ.keys().isdisjoint({name, name + FILE_SUFFIX})

    def unknown_names(self) -> Iterator[str]:
        """Problems with unknown names."""
        for name in sorted(self.environ):
            if name.startswith(PREFIX) and name not in self.names_read:
                near = get_close_matches(name, self.names_read, n=1, cutoff=0.8)
                meant = f"did you mean {near[0]}? Else " if near else ""
                yield f"{name}: unknown setting; {meant}see the table in the README"


def is_loopback(host: str) -> bool:
    """Whether the address is a loopback address."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _parse_boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError
    return text == "true"


def _parse_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else _raise_value_error()


def _parse_url(text: str) -> str | None:
    return text.rstrip("/") if text.startswith(("http://", "https://")) else _raise_value_error()


def _parse_file(text: str) -> Path | None:
    return Path(text) if Path(text).is_file() else _raise_value_error()


def _parse_networks(text: str) -> tuple[IPNetwork, ...]:
    return tuple(ip_network(part.strip()) for part in text.split(","))


def _parse_host(text: str) -> str:
    if ":" in text:
        return str(ip_address(text))
    return text if HOST_NAME.match(text) else _raise_value_error()


def _parse_host_names(text: str) -> tuple[str, ...]:
    names = tuple(part.strip().lower().lstrip(".") for part in text.split(","))
    return names if all(HOST_NAME.match(name) for name in names) else _raise_value_error()


def _parse_ca_bundle(text: str) -> Path | None:
    import ssl  # noqa: PLC0415 - slow to import, and few sites have a CA of their own

    file = _parse_file(text)
    try:
        ssl.create_default_context(cafile=file)
    except OSError:
        _raise_value_error()
    return file


def _parse_time_zone(text: str) -> tzinfo:
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, OSError):
        return _raise_value_error()


def _raise_value_error() -> NoReturn:
    raise ValueError
