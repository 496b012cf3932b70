"""From JSON to resources with their places, whatever they are wrapped in."""

from collections.abc import Iterable, Iterator

import msgspec
from msgspec import Struct

from cobalamin.fhir.decode.issues import Remark
from cobalamin.fhir.decode.reader_state import Place, Reading
from cobalamin.fhir.decode.resources import (
    CODE_ONLY,
    ENTRY,
    FAULTS,
    HEADER,
    KINDS,
    LINKS,
    NONE,
    ODD_BUNDLE,
    OPEN_BUNDLE,
    RAWS,
    RESOURCE,
    Bundle,
    DiagnosticReport,
    Entry,
    Ignored,
    Observation,
    OpenBundle,
    OperationOutcome,
    Parameters,
    Read,
    is_sent,
)

DEEPEST = 3
Placed = tuple[Place, Read]


class Opened(Struct):
    """What was found in one body or prefetch value, in the order in which it was sent."""

    resources: list[Placed] = []
    outcomes: int = 0
    unread: int = 0
    next_page: str | None = None


def open_root(reading: Reading, opened: Opened, place: Place, raw: bytes) -> None:
    """Decode a whole body: in one scan if all of it has the shape of FHIR, else by entry."""
    bundle = decode_bundle(raw)
    if bundle is None:
        open_resource(reading, opened, place, raw, 0)
    else:
        open_bundle(reading, opened, place, bundle)


def decode_bundle(raw: bytes) -> OpenBundle | None:
    """A Bundle in one scan; None for anything else, and where an entry is of another shape."""
    try:
        bundle = OPEN_BUNDLE.decode(raw)
    except FAULTS:
        return None
    return bundle if isinstance(bundle, OpenBundle) else None


def open_bundle(reading: Reading, opened: Opened, place: Place, bundle: OpenBundle) -> None:
    """Take the entries of a Bundle that was decoded in one scan."""
    opened.next_page = next_page(bundle.link)
    base = str(place)
    for index, entry in enumerate(bundle.entry or ()):
        if entry.resource is not None:
            inner = Place(base, index, entry.fullUrl)
            open_decoded(reading, opened, inner, entry.resource, 1)


def open_resource(reading: Reading, opened: Opened, place: Place, raw: bytes, depth: int) -> None:
    """Decode one resource; Bundles, Parameters and contained results are opened as well."""
    try:
        resource = RESOURCE.decode(raw)
    except FAULTS:
        _open_odd(reading, opened, place, raw, depth)
        return
    open_decoded(reading, opened, place, resource, depth)


def open_decoded(
    reading: Reading, opened: Opened, place: Place, resource: Read | Ignored, depth: int
) -> None:
    """Take a decoded resource, and what is inside it."""
    if isinstance(resource, Observation):
        opened.resources.append((place, resource))
        if resource.contained is not NONE:
            _open_contained(reading, opened, place, resource.contained)
    elif isinstance(resource, Ignored):
        if depth == 0:
            _say_unread(reading, opened, place)
    elif isinstance(resource, Bundle):
        _open_bundle(reading, opened, place, (resource.link, resource.entry or ()), depth)
    elif isinstance(resource, OperationOutcome):
        opened.outcomes += 1
        reading.note(Remark.operation_outcome, place.path())
    elif isinstance(resource, Parameters):
        _open_parameters(reading, opened, place, resource, depth)
    else:
        opened.resources.append((place, resource))
        if resource.contained is not NONE and isinstance(resource, DiagnosticReport):
            _open_contained(reading, opened, place, resource.contained)


def _open_bundle(
    reading: Reading,
    opened: Opened,
    place: Place,
    bundle: tuple[msgspec.Raw, Iterable[Entry | None]],
    depth: int,
) -> None:
    if depth >= DEEPEST:
        reading.note(Remark.too_deep, place.path())
        return
    link, entries = bundle
    if depth == 0:
        opened.next_page = next_page(link)
    base = str(place)
    for index, entry in enumerate(entries):
        if entry is not None and entry.resource is not NONE and is_sent(entry.resource):
            inner = Place(base, index, entry.fullUrl)
            open_resource(reading, opened, inner, entry.resource, depth + 1)


def _odd_entries(
    reading: Reading, opened: Opened, place: Place, raw: msgspec.Raw
) -> Iterator[Entry | None]:
    """Every entry; one of another shape is noted and None, so that the places stay right."""
    try:
        raws = RAWS.decode(raw) if is_sent(raw) else []
    except FAULTS:
        opened.unread += 1
        reading.note(Remark.element_not_read, place.path("entry"))
        return
    for index, one in enumerate(raws):
        try:
            yield ENTRY.decode(one)
        except FAULTS:
            opened.unread += 1
            reading.note(Remark.entry_not_read, place.path(f"entry[{index}]"))
            yield None


def next_page(raw: msgspec.Raw) -> str | None:
    """The address of the next page in the links of a Bundle."""
    if raw is NONE:
        return None
    try:
        links = LINKS.decode(raw)
    except FAULTS:
        return None
    return next((link.url for link in links if link.relation == "next" and link.url), None)


def _open_parameters(
    reading: Reading, opened: Opened, place: Place, sent: Parameters, depth: int
) -> None:
    for index, parameter in enumerate(sent.parameter or ()):
        if parameter.resource is not NONE and is_sent(parameter.resource):
            inner = Place(place.path(f"parameter[{index}].resource"))
            open_resource(reading, opened, inner, parameter.resource, depth)


def _open_contained(reading: Reading, opened: Opened, place: Place, raw: msgspec.Raw) -> None:
    """Results that are contained in a report or a panel belong to it."""
    try:
        raws = RAWS.decode(raw)
    except FAULTS:
        reading.note(Remark.element_not_read, place.path("contained"))
        return
    for index, one in enumerate(raws):
        try:
            resource = RESOURCE.decode(one)
        except FAULTS:
            continue
        if isinstance(resource, Observation):
            resource.id = None  # it names the resource within its container only
            opened.resources.append((Place(place.path(f"contained[{index}]")), resource))


def _open_odd(reading: Reading, opened: Opened, place: Place, raw: bytes, depth: int) -> None:
    """Say what could not be read, unless it is of a type that nobody asks about."""
    try:
        kind = HEADER.decode(raw).resourceType
    except FAULTS:
        opened.unread += 1
        reading.note(Remark.entry_not_read, place.path())
        return
    if kind == "Bundle":
        _open_odd_bundle(reading, opened, place, raw, depth)
    elif kind is None:
        opened.unread += 1
        reading.note(Remark.type_missing, place.path())
    elif kind in KINDS:
        opened.unread += 1
        _refuse(reading, place, raw)
    elif depth == 0:
        _say_unread(reading, opened, place)


def _say_unread(reading: Reading, opened: Opened, place: Place) -> None:
    opened.unread += 1
    reading.note(Remark.type_not_read, place.path())


def _open_odd_bundle(
    reading: Reading, opened: Opened, place: Place, raw: bytes, depth: int
) -> None:
    try:
        bundle = ODD_BUNDLE.decode(raw)
    except FAULTS:
        opened.unread += 1
        reading.note(Remark.entry_not_read, place.path())
        return
    entries = _odd_entries(reading, opened, place, bundle.entry)
    _open_bundle(reading, opened, place, (bundle.link, entries), depth)


def _refuse(reading: Reading, place: Place, raw: bytes) -> None:
    """A result of a wrong shape is refused by its analyte, as far as its code can be read."""
    try:
        coded = CODE_ONLY.decode(raw).code
        element = _element(raw)
    except FAULTS:
        reading.note(Remark.entry_not_read, place.path())
        return
    codings = () if coded is None else coded.coding or ()
    meanings = (reading.codes.find(c.system, c.code) for c in codings)
    analyte = next((m.analyte for m in meanings if m is not None and m.analyte is not None), None)
    if analyte is None:
        reading.note(Remark.entry_not_read, place.path(element))
    else:
        reading.refuse(analyte, Remark.entry_not_read, place.path(element))


def _element(raw: bytes) -> str:
    """The element at fault, as the decoder names it."""
    try:
        RESOURCE.decode(raw)
    except msgspec.ValidationError as error:
        _, _, path = str(error).rpartition("`$.")
        return path.rstrip("`") if path != str(error) else ""
    return ""
