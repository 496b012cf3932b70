"""The entries of a Bundle of what is being written, as loosely as clients send it."""

from collections.abc import Iterator

import msgspec

from cobalamin.fhir.decode.issues import Remark
from cobalamin.fhir.decode.reader_state import Place, Reading
from cobalamin.fhir.decode.resources import FAULTS, NONE, RAWS, is_sent


class _Bundle(msgspec.Struct):
    resourceType: msgspec.Raw = NONE
    entry: msgspec.Raw = NONE


class _Entry(msgspec.Struct):
    resource: msgspec.Raw = NONE
    fullUrl: str | None = None


BUNDLE = b'"Bundle"'
_BUNDLE = msgspec.json.Decoder(_Bundle)
_ENTRY = msgspec.json.Decoder(_Entry)


def written(
    reading: Reading, raw: msgspec.Raw, base: str
) -> Iterator[tuple[Place, msgspec.Raw | None]]:
    """Every resource with its place; None for what is of another shape, which is noted."""
    try:
        bundle = _BUNDLE.decode(raw)
        if is_sent(bundle.resourceType) and bytes(bundle.resourceType) != BUNDLE:
            # Some clients send the only one without a Bundle around it.
            yield Place(base), raw
            return
        sent = bundle.entry
        entries = RAWS.decode(sent) if is_sent(sent) else []
    except FAULTS:
        reading.note(Remark.element_not_read, base)
        yield Place(base), None
        return
    for index, one in enumerate(entries):
        place = Place(base, index)
        try:
            entry = _ENTRY.decode(one)
        except FAULTS:
            reading.note(Remark.entry_not_read, f"{base}.entry[{index}]")
            yield place, None
            continue
        if is_sent(entry.resource):
            place.full_url = entry.fullUrl
            yield place, entry.resource
