"""The content of an item as lines, and their digest."""

import hashlib
from collections.abc import Iterator, Mapping, Set
from dataclasses import fields, is_dataclass
from functools import cached_property

import msgspec

# Who wrote or checked a number is no part of it.
LEFT_OUT = frozenset({"author", "checker", "reviewed", "number", "id"})


class ReviewItem(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One thing to sign: `key` is its kind and code, `lines` all that a signature covers."""

    key: str
    lines: tuple[str, ...]

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the lines, in hexadecimal digits."""
        return hashlib.sha256("\n".join(self.lines).encode()).hexdigest()


def flatten(value: object, path: str = "") -> Iterator[str]:
    """The content of a value as lines `member: value`; what is absent has no line."""
    inner = members(value)
    if inner is not None:
        for name, member in inner:
            if name not in LEFT_OUT:
                yield from flatten(member, f"{path}.{name}" if path else name)
    elif isinstance(value, list | tuple | Set):
        for one in sorted(value) if isinstance(value, Set) else value:
            yield from flatten(one, path)
    elif value is not None:
        yield f"{path}: {value}"


def members(value: object) -> list[tuple[str, object]] | None:
    """The named members of a struct, mapping or dataclass; None for anything else."""
    if isinstance(value, msgspec.Struct):
        return list(msgspec.structs.asdict(value).items())
    if isinstance(value, Mapping):
        return [(str(name), member) for name, member in value.items()]
    if is_dataclass(value):
        return [(field.name, getattr(value, field.name)) for field in fields(value)]
    return None
