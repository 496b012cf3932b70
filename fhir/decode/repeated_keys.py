"""Members that a JSON object names twice: decoders keep the last one and say nothing."""

import json
import re
from collections.abc import Iterator

import msgspec

SENT_TWICE = "is sent twice in one object; send it once"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}\Z")
_decode, _encode = msgspec.json.Decoder().decode, msgspec.json.Encoder().encode


class _Repeating(dict[str, object]):
    """An object in which a member stands twice; `name` is the first such member."""

    name = ""


def find_repeated_key(body: bytes) -> str | None:
    """The path of a member that one object names twice, as far as its names can be shown.

    None where there is none, and for a body that is not JSON.
    """
    try:
        if _has_as_many_quotes_when_encoded(body):
            return None
        # Numbers stay text: they may be longer than Python reads.
        decoded = json.loads(
            body, object_pairs_hook=_to_object, parse_int=str, parse_float=str, parse_constant=str
        )
        return next(_paths(decoded), None)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _has_as_many_quotes_when_encoded(body: bytes) -> bool:
    """Whether the body certainly names no member twice; much faster than to look.

    What is decoded and encoded again has the quotation marks of the body, less those of each member
    that another one of its name replaced. Only marks written as an escape would change the number.
    """
    if b"\\" in body and b"u0022" in body:
        return False
    return body.count(b'"') == _encode(_decode(body)).count(b'"')


def _to_object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    names = [name for name, _ in pairs]
    repeating = _Repeating(members)
    repeating.name = next(name for name in names if names.count(name) > 1)
    return repeating


def _paths(document: object) -> Iterator[str]:
    root = document.get("resourceType") if isinstance(document, dict) else None
    todo: list[tuple[str, object]] = [(str(root) if isinstance(root, str) else "", document)]
    while todo:
        path, value = todo.pop()
        if isinstance(value, _Repeating):
            yield _member(path, value.name) or "body"
        if isinstance(value, dict):
            todo.extend((_member(path, name), inner) for name, inner in value.items())
        elif isinstance(value, list):
            todo.extend((f"{path}[{at}]", inner) for at, inner in enumerate(value))


def _member(path: str, name: str) -> str:
    """The path of a member; one whose name may be anything is shown as its object."""
    if _NAME.match(name) is None:
        return path
    return f"{path}.{name}" if path else name
