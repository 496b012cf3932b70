"""Several versions of one resource, as a history holds them: the newest alone is read."""

from collections.abc import Iterable, Iterator

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import (
    MAX_ID_LENGTH,
    LocatedResource,
    ReaderState,
    reference_of,
)
from cobalamin.fhir.decode.resources import DECODE_ERRORS, META, NONE, ReadResource
from cobalamin.service.rules.model.dates import read_when


def drop_older_versions(
    state: ReaderState, resources: Iterable[LocatedResource]
) -> list[LocatedResource]:
    """The resources without those of which a newer version was sent; each of these is noted.

    Versions are told by `meta.versionId` where all of one resource have a number, else by
    `meta.lastUpdated`. Where neither tells, all are kept.
    """
    several = list(resources)
    identities = [_identity(resource) for _, resource in several]
    if len(set(identities)) == len(identities):
        return several
    groups: dict[tuple[str, str | None], list[int]] = {}
    for index, identity in enumerate(identities):
        groups.setdefault(identity, []).append(index)
    older = {
        index
        for (_, name), group in groups.items()
        if name is not None and len(group) > 1 and _is_of_one([several[index] for index in group])
        for index in _older([several[index][1] for index in group], group)
    }
    for index in sorted(older):
        state.note_once(Issue.superseded, str(several[index][0]), "")
    return [one for index, one in enumerate(several) if index not in older]


def versions_of(resources: Iterable[LocatedResource]) -> Iterator[tuple[str, str]]:
    """The reference of each resource that has one, and its version: the id, else the time of it."""
    for path, resource in resources:
        version, reference = _version(resource), reference_of(*_identity(resource), path)
        if version and reference is not None and len(version) <= MAX_ID_LENGTH:
            yield reference, version


def _version(resource: ReadResource) -> str:
    number, updated = _meta(resource)
    return number or updated


def _identity(resource: ReadResource) -> tuple[str, str | None]:
    return str(resource.__struct_config__.tag), resource.id


def _is_of_one(copies: list[LocatedResource]) -> bool:
    """Whether they are of one server, as far as their full URLs tell."""
    return len({path.full_url for path, _ in copies if path.full_url}) <= 1


def _older(copies: list[ReadResource], indexes: list[int]) -> list[int]:
    numbers = [_number(copy) for copy in copies]
    times = [_updated(copy) for copy in copies]
    versions = numbers if None not in numbers and len(set(numbers)) > 1 else times
    known = [version for version in versions if version is not None]
    if len(known) < len(copies):
        return []
    newest = max(known)
    return [index for index, one in zip(indexes, known, strict=True) if one < newest]


def _number(resource: ReadResource) -> float | None:
    text = _meta(resource)[0]
    return float(text) if text.isascii() and text.isdigit() else None


def _updated(resource: ReadResource) -> float | None:
    """The instant of the version, in seconds; None for one without a zone."""
    try:
        moment = read_when(_meta(resource)[1]).instant
    except ValueError:
        return None
    return None if moment is None or moment.tzinfo is None else moment.timestamp()


def _meta(resource: ReadResource) -> tuple[str, str]:
    try:
        meta = None if resource.meta is NONE else META.decode(resource.meta)
    except DECODE_ERRORS:
        return "", ""
    return ("", "") if meta is None else (meta.versionId or "", meta.lastUpdated or "")
