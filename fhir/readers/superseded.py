"""Drop superseded, repeated and withdrawn results."""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import AcceptedResult, ReaderState, WithdrawnResult
from cobalamin.fhir.decode.resources import DECODE_ERRORS, IDENTIFIERS, META, NONE
from cobalamin.service.rules.evidence.result_selection import time_key
from cobalamin.service.rules.model.dates import read_when
from cobalamin.service.rules.model.facts import Result

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
Key = tuple[str, ...]


def drop_superseded(state: ReaderState) -> tuple[Result, ...]:
    """Return the results that count, in document order."""
    accepted = state.accepted
    if state.withdrawn:
        accepted = _without_withdrawn(state, accepted)
    if len(accepted) > 1 and _may_repeat(accepted):
        accepted = _without_superseded(state, accepted)
    return tuple(item.result for item in accepted)


def _may_repeat(accepted: list[AcceptedResult]) -> bool:
    """Whether any two share a time or a reference, or one is a correction."""
    results = [item.result for item in accepted]
    if any(result.corrected for result in results):
        return True
    if len({result.analyte for result in results}) == len(results):
        return False
    times = {(result.analyte, time_key(result.on)) for result in results}
    names = {(result.analyte, result.reference) for result in results}
    return min(len(times), len(names)) < len(results)


# --- withdrawn results


def _without_withdrawn(state: ReaderState, accepted: list[AcceptedResult]) -> list[AcceptedResult]:
    gone = {key: item for item in state.withdrawn for key in _keys_of_withdrawn(item)}
    kept = []
    for item in accepted:
        copies = (gone[key] for key in _keys(item, identified=True) if key in gone)
        replacing = next((copy for copy in copies if _replaces(copy, item)), None)
        if replacing is None:
            kept.append(item)
        else:
            state.refuse(item.result.analyte, replacing.issue, str(item.path), on=item.result.on)
    return kept


def _replaces(copy: WithdrawnResult, item: AcceptedResult) -> bool:
    """By version; a correction replaces the uncorrected result whatever the clocks say."""
    is_correction = copy.on is not None and not item.result.corrected
    return is_correction or _version_time(item) <= _version_time(copy)


def _keys_of_withdrawn(withdrawn: WithdrawnResult) -> Iterator[Key]:
    if withdrawn.on is not None:
        yield ("time", withdrawn.analyte, str(time_key(withdrawn.on)))
    if withdrawn.reference is not None:
        yield ("reference", withdrawn.analyte, withdrawn.reference)
    for identifier in _identifiers(withdrawn.identifier):
        yield ("identifier", withdrawn.analyte, *identifier)


# --- superseded results


def _without_superseded(state: ReaderState, accepted: list[AcceptedResult]) -> list[AcceptedResult]:
    """A correction replaces what shares its time or a name; a new version, the old one."""
    identified = any(item.result.corrected for item in accepted)
    groups: dict[Key, list[int]] = {}
    for index, item in enumerate(accepted):
        for key in _keys(item, identified=identified):
            groups.setdefault(key, []).append(index)
    dropped: dict[int, Issue] = {}
    for key, group in groups.items():
        if len(group) > 1:
            dropped.update(_superseded(accepted, group, key))
    for index, issue in sorted(dropped.items()):
        state.note_once(issue, str(accepted[index].path), "")
    return [item for index, item in enumerate(accepted) if index not in dropped]


def _keys(item: AcceptedResult, *, identified: bool) -> Iterator[Key]:
    result = item.result
    if result.reference is not None:
        yield ("reference", result.analyte, result.reference)
    yield ("time", result.analyte, str(time_key(result.on)))
    if identified and item.identifier is not NONE:
        for identifier in _identifiers(item.identifier):
            yield ("identifier", result.analyte, *identifier)


def _superseded(
    accepted: list[AcceptedResult], group: list[int], key: Key
) -> Iterator[tuple[int, Issue]]:
    """Yield the members of a group that another member replaces or repeats."""
    corrected = [index for index in group if accepted[index].result.corrected]
    rivals = corrected or (group if key[0] == "reference" else [])
    if rivals:
        newest = max(_version_time(accepted[index]) for index in rivals)
        last = {index for index in rivals if _version_time(accepted[index]) == newest}
        yield from ((index, Issue.superseded) for index in group if index not in last)
        group = sorted(last)
    if key[0] != "identifier":
        yield from ((index, Issue.repeated) for index in _repeated(accepted, group))


def _repeated(accepted: list[AcceptedResult], group: list[int]) -> Iterator[int]:
    """Yield those with the content of an earlier one."""
    contents: set[object] = set()
    for index in group:
        result = accepted[index].result
        content = (result.quantity, result.finding, result.flag)
        if content in contents:
            yield index
        contents.add(content)


def _version_time(version: AcceptedResult | WithdrawnResult) -> datetime:
    """Time of this version: meta.lastUpdated, else issued, else the minimum."""
    updated = None
    if version.meta is not NONE:
        try:
            updated = META.decode(version.meta).lastUpdated
        except DECODE_ERRORS:
            updated = None
    try:
        moment = read_when(updated or version.issued or "").instant
    except ValueError:
        moment = None
    if moment is None:
        return _LONG_AGO
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _identifiers(raw: msgspec.Raw) -> set[tuple[str, str]]:
    if raw is NONE:
        return set()
    try:
        identifiers = IDENTIFIERS.decode(raw)
    except DECODE_ERRORS:
        return set()
    return {(i.system or "", i.value) for i in identifiers if i.value}
