"""From JSON to resources with their places, whatever they are wrapped in."""

from collections.abc import Iterable, Iterator

import msgspec
from msgspec import Struct

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import ElementPath, ReaderState
from cobalamin.fhir.decode.resources import (
    CODE_ONLY,
    DECODE_ERRORS,
    ENTRY,
    HEADER,
    LINKS,
    MALFORMED_BUNDLE,
    NONE,
    RAW_LIST,
    RESOURCE,
    TYPES,
    WHOLE_BUNDLE,
    Bundle,
    BundleEntry,
    DiagnosticReport,
    IgnoredResource,
    Observation,
    OperationOutcome,
    Parameters,
    ReadResource,
    WholeBundle,
    is_sent,
)

MAX_DEPTH = 3
LocatedResource = tuple[ElementPath, ReadResource]


class DecodedBody(Struct):
    """What was found in one body or prefetch value, in the order in which it was sent."""

    resources: list[LocatedResource] = []
    outcomes: int = 0
    unread: int = 0
    next_page: str | None = None


def decode_body(state: ReaderState, decoded: DecodedBody, path: ElementPath, raw: bytes) -> None:
    """Decode a whole body: in one scan if all of it has the shape of FHIR, else by entry."""
    bundle = decode_bundle(raw)
    if bundle is None:
        add_resource(state, decoded, path, raw, 0)
    else:
        add_bundle(state, decoded, path, bundle)


def decode_bundle(raw: bytes) -> WholeBundle | None:
    """A Bundle in one scan; None for anything else, and where an entry is of another shape."""
    try:
        bundle = WHOLE_BUNDLE.decode(raw)
    except DECODE_ERRORS:
        return None
    return bundle if isinstance(bundle, WholeBundle) else None


def add_bundle(
    state: ReaderState, decoded: DecodedBody, path: ElementPath, bundle: WholeBundle
) -> None:
    """Take the entries of a Bundle that was decoded in one scan."""
    decoded.next_page = next_page(bundle.link)
    base = str(path)
    for index, entry in enumerate(bundle.entry or ()):
        if entry.resource is not None:
            inner = ElementPath(base, index, entry.fullUrl)
            add_decoded(state, decoded, inner, entry.resource, 1)


def add_resource(
    state: ReaderState, decoded: DecodedBody, path: ElementPath, raw: bytes, depth: int
) -> None:
    """Decode one resource; Bundles, Parameters and contained results are opened as well."""
    try:
        resource = RESOURCE.decode(raw)
    except DECODE_ERRORS:
        _add_malformed(state, decoded, path, raw, depth)
        return
    add_decoded(state, decoded, path, resource, depth)


def add_decoded(
    state: ReaderState,
    decoded: DecodedBody,
    path: ElementPath,
    resource: ReadResource | IgnoredResource,
    depth: int,
) -> None:
    """Take a decoded resource, and what is inside it."""
    if isinstance(resource, Observation):
        decoded.resources.append((path, resource))
        if resource.contained is not NONE:
            _add_contained(state, decoded, path, resource.contained)
    elif isinstance(resource, IgnoredResource):
        if depth == 0:
            _note_unread(state, decoded, path)
    elif isinstance(resource, Bundle):
        _add_bundle(state, decoded, path, (resource.link, resource.entry or ()), depth)
    elif isinstance(resource, OperationOutcome):
        decoded.outcomes += 1
        state.note(Issue.operation_outcome, str(path))
    elif isinstance(resource, Parameters):
        _add_parameters(state, decoded, path, resource, depth)
    else:
        decoded.resources.append((path, resource))
        if resource.contained is not NONE and isinstance(resource, DiagnosticReport):
            _add_contained(state, decoded, path, resource.contained)


def _add_bundle(
    state: ReaderState,
    decoded: DecodedBody,
    path: ElementPath,
    bundle: tuple[msgspec.Raw, Iterable[BundleEntry | None]],
    depth: int,
) -> None:
    if depth >= MAX_DEPTH:
        state.note(Issue.too_deep, str(path))
        return
    link, entries = bundle
    if depth == 0:
        decoded.next_page = next_page(link)
    base = str(path)
    for index, entry in enumerate(entries):
        if entry is not None and entry.resource is not NONE and is_sent(entry.resource):
            inner = ElementPath(base, index, entry.fullUrl)
            add_resource(state, decoded, inner, entry.resource, depth + 1)


def _iter_malformed_entries(
    state: ReaderState, decoded: DecodedBody, path: ElementPath, raw: msgspec.Raw
) -> Iterator[BundleEntry | None]:
    """Every entry; one of another shape is noted and None, so that the places stay right."""
    try:
        raws = RAW_LIST.decode(raw) if is_sent(raw) else []
    except DECODE_ERRORS:
        decoded.unread += 1
        state.note(Issue.element_not_read, path.element("entry"))
        return
    for index, one in enumerate(raws):
        try:
            yield ENTRY.decode(one)
        except DECODE_ERRORS:
            decoded.unread += 1
            state.note(Issue.entry_not_read, path.element(f"entry[{index}]"))
            yield None


def next_page(raw: msgspec.Raw) -> str | None:
    """The address of the next page in the links of a Bundle."""
    if raw is NONE:
        return None
    try:
        links = LINKS.decode(raw)
    except DECODE_ERRORS:
        return None
    return next((link.url for link in links if link.relation == "next" and link.url), None)


def _add_parameters(
    state: ReaderState, decoded: DecodedBody, path: ElementPath, sent: Parameters, depth: int
) -> None:
    for index, parameter in enumerate(sent.parameter or ()):
        if parameter.resource is not NONE and is_sent(parameter.resource):
            inner = ElementPath(path.element(f"parameter[{index}].resource"))
            add_resource(state, decoded, inner, parameter.resource, depth)


def _add_contained(
    state: ReaderState, decoded: DecodedBody, path: ElementPath, raw: msgspec.Raw
) -> None:
    """Results that are contained in a report or a panel belong to it."""
    try:
        raws = RAW_LIST.decode(raw)
    except DECODE_ERRORS:
        state.note(Issue.element_not_read, path.element("contained"))
        return
    for index, one in enumerate(raws):
        try:
            resource = RESOURCE.decode(one)
        except DECODE_ERRORS:
            continue
        if isinstance(resource, Observation):
            resource.id = None  # it names the resource within its container only
            decoded.resources.append((ElementPath(path.element(f"contained[{index}]")), resource))


def _add_malformed(
    state: ReaderState, decoded: DecodedBody, path: ElementPath, raw: bytes, depth: int
) -> None:
    """Say what could not be read, unless it is of a type that nobody asks about."""
    try:
        kind = HEADER.decode(raw).resourceType
    except DECODE_ERRORS:
        decoded.unread += 1
        state.note(Issue.entry_not_read, str(path))
        return
    if kind == "Bundle":
        _add_malformed_bundle(state, decoded, path, raw, depth)
    elif kind is None:
        decoded.unread += 1
        state.note(Issue.type_missing, str(path))
    elif kind in TYPES:
        decoded.unread += 1
        _refuse(state, path, raw)
    elif depth == 0:
        _note_unread(state, decoded, path)


def _note_unread(state: ReaderState, decoded: DecodedBody, path: ElementPath) -> None:
    decoded.unread += 1
    state.note(Issue.type_not_read, str(path))


def _add_malformed_bundle(
    state: ReaderState, decoded: DecodedBody, path: ElementPath, raw: bytes, depth: int
) -> None:
    try:
        bundle = MALFORMED_BUNDLE.decode(raw)
    except DECODE_ERRORS:
        decoded.unread += 1
        state.note(Issue.entry_not_read, str(path))
        return
    entries = _iter_malformed_entries(state, decoded, path, bundle.entry)
    _add_bundle(state, decoded, path, (bundle.link, entries), depth)


def _refuse(state: ReaderState, path: ElementPath, raw: bytes) -> None:
    """A result of a wrong shape is refused by its analyte, as far as its code can be read."""
    try:
        coded = CODE_ONLY.decode(raw).code
        element = _element(raw)
    except DECODE_ERRORS:
        state.note(Issue.entry_not_read, str(path))
        return
    codings = () if coded is None else coded.coding or ()
    meanings = (state.codes.find(c.system, c.code) for c in codings)
    analyte = next((m.analyte for m in meanings if m is not None and m.analyte is not None), None)
    if analyte is None:
        state.note(Issue.entry_not_read, path.element(element))
    else:
        state.refuse(analyte, Issue.entry_not_read, path.element(element))


def _element(raw: bytes) -> str:
    """The element at fault, as the decoder names it."""
    try:
        RESOURCE.decode(raw)
    except msgspec.ValidationError as error:
        _, _, path = str(error).rpartition("`$.")
        return path.rstrip("`") if path != str(error) else ""
    return ""
