"""Who performed the results of a Bundle."""

import msgspec

from cobalamin.fhir.decode.json_repair import normalise


class _Performer(msgspec.Struct):
    display: str | None = None
    reference: str | None = None


class _Resource(msgspec.Struct, frozen=True):
    resourceType: str = ""
    performer: msgspec.Raw = msgspec.Raw(b"[]")


class _Entry(msgspec.Struct, frozen=True):
    resource: _Resource = _Resource()


class _Bundle(msgspec.Struct):
    entry: list[_Entry] = []


_bundles = msgspec.json.Decoder(_Bundle)
_performers = msgspec.json.Decoder(list[_Performer])


def laboratory_of(body: bytes) -> str:
    """Who performed the first Observation that says so; empty where none does."""
    try:
        bundle = _bundles.decode(normalise(body))
    except (msgspec.MsgspecError, RecursionError):
        return ""
    for entry in bundle.entry:
        if entry.resource.resourceType == "Observation":
            performer = _first_performer(bytes(entry.resource.performer))
            if performer:
                return performer
    return ""


def _first_performer(raw: bytes) -> str:
    try:
        named = [item.display or item.reference or "" for item in _performers.decode(raw)]
    except msgspec.MsgspecError:
        return ""
    return next((name for name in named if name), "")
