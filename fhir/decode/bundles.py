"""Decode JSON into resources with their paths, from Bundles, Parameters or containers."""

from collections.abc import Iterable, Iterator

import msgspec
from msgspec import Struct

from cobalamin.fhir.decode.entries import HISTORY, note_misnamed_entries, states_content
from cobalamin.fhir.decode.inheritance import apply_modifiers, apply_rules, inherit
from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.malformed import refuse_malformed
from cobalamin.fhir.decode.raw_lists import MAX_ELEMENTS, decode_raw_list, issue_of_list
from cobalamin.fhir.decode.reader_state import ElementPath, LocatedResource, ReaderState
from cobalamin.fhir.decode.resource_types import RESOURCE_TYPES
from cobalamin.fhir.decode.resources import (
    DECODE_ERRORS,
    ENTRY,
    HEADER,
    INTEGER,
    LINKS,
    MALFORMED_BUNDLE,
    NONE,
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
    PatientResource,
    ReadResource,
    WholeBundle,
    is_sent,
)
from cobalamin.fhir.decode.test_data import note_test_bundle
from cobalamin.fhir.decode.unread_types import (
    MAY_HOLD_FACTS,
    note_contained,
    note_ignored,
    note_unread_type,
)

MAX_DEPTH = 3
CODING = b'"coding"'
SPELLED_TYPES = frozenset(kind.casefold() for kind in TYPES)
HISTORY_TYPE = b'"history"'


class DecodedBody(Struct):
    """Resources of one body or prefetch value, in document order.

    `is_partial` says that a Bundle tells of more entries than it holds. `too_long` is the path of a
    list with more elements than are read; nothing of it was read.
    """

    resources: list[LocatedResource] = []
    outcomes: int = 0
    unread: int = 0
    next_page: str | None = None
    is_partial: bool = False
    too_long: str | None = None


def decode_body(state: ReaderState, decoded: DecodedBody, path: ElementPath, raw: bytes) -> None:
    """Decode a whole body: in one scan if it is well formed, else entry by entry."""
    bundle = decode_bundle(raw)
    if bundle is None:
        add_resource(state, decoded, path, raw, 0)
    else:
        add_bundle(state, decoded, path, bundle)


def decode_bundle(raw: bytes) -> WholeBundle | None:
    """Decode a Bundle in one scan; None for anything else, and for a malformed entry."""
    try:
        bundle = WHOLE_BUNDLE.decode(raw)
    except DECODE_ERRORS:
        return None
    return bundle if isinstance(bundle, WholeBundle) else None


def add_bundle(
    state: ReaderState, decoded: DecodedBody, path: ElementPath, bundle: WholeBundle
) -> None:
    """Add the entries of a Bundle that was decoded in one scan."""
    decoded.next_page = next_page(bundle.link)
    decoded.is_partial = decoded.next_page is None and _is_partial(bundle)
    note_test_bundle(state, path, bundle.meta)
    decoded.unread += note_misnamed_entries(state, str(path), bundle.entries)
    entries, base, start = bundle.entry or (), str(path), len(decoded.resources)
    if len(entries) > MAX_ELEMENTS:
        _note_list(state, decoded, path.element("entry"), Issue.list_too_long)
        return
    deleted: set[str] = set()
    is_history = bundle.type == HISTORY
    for index, entry in enumerate(entries):
        inner = ElementPath(base, index, entry.fullUrl)
        is_read = states_content(state, inner, entry, deleted, is_history=is_history)
        if entry.resource is not None and is_read:
            added = len(decoded.resources)
            add_decoded(state, decoded, inner, entry.resource, 1)
            if entry.modifierExtension is not NONE:
                apply_modifiers(decoded.resources[added:], entry.modifierExtension)
        elif entry.resource is None and entry.resourceType is not NONE:
            _note_unwrapped(state, decoded, base, index)
    apply_rules(decoded.resources[start:], bundle.implicitRules)


def add_resource(
    state: ReaderState, decoded: DecodedBody, path: ElementPath, raw: bytes, depth: int
) -> None:
    """Decode one resource and what it holds: Bundle entries, parameters, contained results."""
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
    """Add a decoded resource and what it holds."""
    if isinstance(resource, Observation):
        decoded.resources.append((path, resource))
        if resource.contained is not NONE:
            _add_contained(state, decoded, path, resource)
    elif isinstance(resource, IgnoredResource):
        _add_ignored(state, decoded, path, resource, depth)
    elif isinstance(resource, Bundle):
        note_test_bundle(state, path, resource.meta)
        _add_typed_bundle(state, decoded, path, resource, depth)
    elif isinstance(resource, OperationOutcome):
        decoded.outcomes += 1
        state.note(Issue.operation_outcome, str(path))
    elif isinstance(resource, Parameters):
        _add_parameters(state, decoded, path, resource, depth)
    else:
        decoded.resources.append((path, resource))
        if resource.contained is not NONE:
            if isinstance(resource, DiagnosticReport):
                _add_contained(state, decoded, path, resource)
            else:
                note_contained(state, path, resource.contained)


def _add_ignored(
    state: ReaderState,
    decoded: DecodedBody,
    path: ElementPath,
    resource: IgnoredResource,
    depth: int,
) -> None:
    if depth == 0:
        _note_unread(state, decoded, path)
        return
    note_ignored(state, path, resource)
    if path.full_url is not None:
        state.other_urls.add(path.full_url)


def _add_typed_bundle(
    state: ReaderState, decoded: DecodedBody, path: ElementPath, bundle: Bundle, depth: int
) -> None:
    entries, start = bundle.entry or (), len(decoded.resources)
    decoded.unread += note_misnamed_entries(state, str(path), bundle.entries)
    if len(entries) > MAX_ELEMENTS:
        _note_list(state, decoded, path.element("entry"), Issue.list_too_long)
        return
    _add_bundle(
        state, decoded, path, (bundle.link, entries), depth, is_history=bundle.type == HISTORY
    )
    if depth == 0:
        decoded.is_partial = decoded.next_page is None and _is_partial(bundle)
    apply_rules(decoded.resources[start:], bundle.implicitRules)


def _add_bundle(
    state: ReaderState,
    decoded: DecodedBody,
    path: ElementPath,
    bundle: tuple[msgspec.Raw, Iterable[BundleEntry | None]],
    depth: int,
    *,
    is_history: bool,
) -> None:
    if depth >= MAX_DEPTH:
        state.note(Issue.too_deep, str(path))
        return
    link, entries = bundle
    if depth == 0:
        decoded.next_page = next_page(link)
    base = str(path)
    deleted: set[str] = set()
    for index, entry in enumerate(entries):
        if entry is None:
            continue
        inner = ElementPath(base, index, entry.fullUrl)
        is_read = states_content(state, inner, entry, deleted, is_history=is_history)
        if is_read and is_sent(entry.resource):
            added = len(decoded.resources)
            add_resource(state, decoded, inner, entry.resource, depth + 1)
            apply_modifiers(decoded.resources[added:], entry.modifierExtension)
        elif not is_sent(entry.resource) and is_sent(entry.resourceType):
            _note_unwrapped(state, decoded, base, index)


def _note_unwrapped(state: ReaderState, decoded: DecodedBody, base: str, index: int) -> None:
    """Say that an entry is a resource itself, where it has to hold one in `resource`."""
    decoded.unread += 1
    state.note(Issue.entry_not_read, f"{base}.entry[{index}]")


def _iter_malformed_entries(
    state: ReaderState, decoded: DecodedBody, path: ElementPath, raw: msgspec.Raw
) -> Iterator[BundleEntry | None]:
    """Yield each entry; a malformed one is noted and None, which keeps the indexes right."""
    try:
        raws = decode_raw_list(raw) if is_sent(raw) else []
    except DECODE_ERRORS as error:
        _note_list(state, decoded, path.element("entry"), issue_of_list(error))
        return
    for index, one in enumerate(raws):
        try:
            yield ENTRY.decode(one)
        except DECODE_ERRORS:
            decoded.unread += 1
            state.note(Issue.entry_not_read, path.element(f"entry[{index}]"))
            yield None


def _is_partial(bundle: WholeBundle | Bundle) -> bool:
    """Whether it tells of more matches than it holds, as a count alone does."""
    try:
        total = INTEGER.decode(bundle.total) if is_sent(bundle.total) else 0
    except DECODE_ERRORS:
        return False
    return total > len(bundle.entry or ())


def next_page(raw: msgspec.Raw) -> str | None:
    """Return the URL of the `next` link of a Bundle, if any."""
    if raw is NONE:
        return None
    try:
        links = LINKS.decode(raw)
    except DECODE_ERRORS:
        return None
    return next((link.url for link in links if link.relation == "next" and link.url), None)


def _add_parameters(
    state: ReaderState, decoded: DecodedBody, path: ElementPath, parameters: Parameters, depth: int
) -> None:
    for index, parameter in enumerate(parameters.parameter or ()):
        if parameter.resource is not NONE and is_sent(parameter.resource):
            inner = ElementPath(path.element(f"parameter[{index}].resource"))
            add_resource(state, decoded, inner, parameter.resource, depth)


def _add_contained(
    state: ReaderState,
    decoded: DecodedBody,
    path: ElementPath,
    container: Observation | DiagnosticReport,
) -> None:
    """Add the Observations that a report or a panel contains, and the Patient of a report."""
    try:
        several = decode_raw_list(container.contained) if is_sent(container.contained) else []
    except DECODE_ERRORS as error:
        _note_list(state, decoded, path.element("contained"), issue_of_list(error))
        return
    for index, raw in enumerate(several):
        inner = ElementPath(path.element(f"contained[{index}]"))
        try:
            resource = RESOURCE.decode(raw)
        except DECODE_ERRORS:
            _add_malformed(state, decoded, inner, raw, MAX_DEPTH)
            continue
        if isinstance(resource, Observation):
            inherit(resource, container)
            decoded.resources.append((inner, resource))
        elif isinstance(resource, PatientResource) and isinstance(container, DiagnosticReport):
            resource.id = None
            decoded.resources.append((inner, resource))
        else:
            note_contained(state, path, msgspec.Raw(raw))


def _add_malformed(
    state: ReaderState, decoded: DecodedBody, path: ElementPath, raw: bytes, depth: int
) -> None:
    """Note a malformed resource, unless its type is never read."""
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
    elif kind in TYPES or kind.strip().casefold() in SPELLED_TYPES:
        decoded.unread += 1
        refuse_malformed(state, path, raw, kind)
    elif depth == 0:
        _note_unread(state, decoded, path)
    elif kind in MAY_HOLD_FACTS or (kind not in RESOURCE_TYPES and CODING in bytes(raw)):
        note_unread_type(state, path, kind)


def _note_list(state: ReaderState, decoded: DecodedBody, where: str, issue: Issue) -> None:
    decoded.unread += 1
    state.note(issue, where)
    if issue is Issue.list_too_long:
        decoded.too_long = where


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
    start = len(decoded.resources)
    entries = _iter_malformed_entries(state, decoded, path, bundle.entry)
    note_test_bundle(state, path, bundle.meta)
    decoded.unread += note_misnamed_entries(state, str(path), bundle.entries)
    is_history = bytes(bundle.type) == HISTORY_TYPE
    _add_bundle(state, decoded, path, (bundle.link, entries), depth, is_history=is_history)
    apply_rules(decoded.resources[start:], bundle.implicitRules)
