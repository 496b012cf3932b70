"""Of several versions of one result only the last counts, and a withdrawn one never."""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from cobalamin.fhir.decode.issues import Remark
from cobalamin.fhir.decode.reader_state import Accepted, Reading, Withdrawn
from cobalamin.fhir.decode.resources import FAULTS, IDENTIFIERS, META, NONE
from cobalamin.service.rules.model.dates import read_when
from cobalamin.service.rules.model.facts import Result

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
Key = tuple[str, ...]


def settle(reading: Reading) -> tuple[Result, ...]:
    """The results that count, in the order in which they were sent."""
    accepted = reading.accepted
    if reading.withdrawn:
        accepted = _without_withdrawn(reading, accepted)
    if len(accepted) > 1 and _may_repeat(accepted):
        accepted = _without_superseded(reading, accepted)
    return tuple(one.result for one in accepted)


def _may_repeat(accepted: list[Accepted]) -> bool:
    """Whether any two share a time or a name, or one corrects something."""
    results = [one.result for one in accepted]
    if any(result.corrected for result in results):
        return True
    if len({result.analyte for result in results}) == len(results):
        return False
    times = {(result.analyte, result.on.text) for result in results}
    names = {(result.analyte, result.reference) for result in results}
    return min(len(times), len(names)) < len(results)


# --- withdrawn results


def _without_withdrawn(reading: Reading, accepted: list[Accepted]) -> list[Accepted]:
    gone = {key: one for one in reading.withdrawn for key in _keys_of_withdrawn(one)}
    kept = []
    for one in accepted:
        copies = (gone[key] for key in _keys(one, identified=True) if key in gone)
        if any(_stamp(one) <= _stamp(copy) for copy in copies):
            reading.refuse(one.result.analyte, Remark.in_error, one.place.path())
        else:
            kept.append(one)
    return kept


def _keys_of_withdrawn(one: Withdrawn) -> Iterator[Key]:
    if one.reference is not None:
        yield ("reference", one.analyte, one.reference)
    for identifier in _identifiers(one.identifier):
        yield ("identifier", one.analyte, *identifier)


# --- superseded results


def _without_superseded(reading: Reading, accepted: list[Accepted]) -> list[Accepted]:
    """A corrected result replaces what has its time or identifier; a new version, the old one."""
    identified = any(one.result.corrected for one in accepted)
    groups: dict[Key, list[int]] = {}
    for index, one in enumerate(accepted):
        for key in _keys(one, identified=identified):
            groups.setdefault(key, []).append(index)
    dropped: dict[int, Remark] = {}
    for key, group in groups.items():
        if len(group) > 1:
            dropped.update(_superseded(accepted, group, key))
    for index, remark in sorted(dropped.items()):
        reading.mention(remark, accepted[index].place.path(), "")
    return [one for index, one in enumerate(accepted) if index not in dropped]


def _keys(one: Accepted, *, identified: bool) -> Iterator[Key]:
    result = one.result
    if result.reference is not None:
        yield ("reference", result.analyte, result.reference)
    yield ("time", result.analyte, result.on.text)
    if identified and one.identifier is not NONE:
        for identifier in _identifiers(one.identifier):
            yield ("identifier", result.analyte, *identifier)


def _superseded(
    accepted: list[Accepted], group: list[int], key: Key
) -> Iterator[tuple[int, Remark]]:
    """The members of a group that another member replaces or repeats."""
    corrected = [index for index in group if accepted[index].result.corrected]
    rivals = group if key[0] == "reference" else corrected
    if rivals:
        newest = max(_stamp(accepted[index]) for index in rivals)
        last = [index for index in rivals if _stamp(accepted[index]) == newest]
        yield from ((index, Remark.superseded) for index in group if index not in last)
        group = last
    if key[0] != "identifier":
        yield from ((index, Remark.repeated) for index in _repeated(accepted, group))


def _repeated(accepted: list[Accepted], group: list[int]) -> Iterator[int]:
    """Those that say what an earlier one said."""
    said: set[object] = set()
    for index in group:
        result = accepted[index].result
        content = (result.quantity, result.finding, result.flag)
        if content in said:
            yield index
        said.add(content)


def _stamp(one: Accepted | Withdrawn) -> datetime:
    """When this version was made: the server's time, else the laboratory's, else long ago."""
    updated = None
    if one.meta is not NONE:
        try:
            updated = META.decode(one.meta).lastUpdated
        except FAULTS:
            updated = None
    try:
        moment = read_when(updated or one.issued or "").instant
    except ValueError:
        moment = None
    if moment is None:
        return _LONG_AGO
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _identifiers(raw: msgspec.Raw) -> set[tuple[str, str]]:
    if raw is NONE:
        return set()
    try:
        sent = IDENTIFIERS.decode(raw)
    except FAULTS:
        return set()
    return {(i.system or "", i.value) for i in sent if i.value}
