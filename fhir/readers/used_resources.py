"""Which resources of a body are used, and which lists it does not hold."""

from collections.abc import Iterable, Iterator, Mapping

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import LISTS, LocatedResource, ReaderState, list_of
from cobalamin.fhir.decode.resources import Observation
from cobalamin.fhir.values.codings import read_code
from cobalamin.fhir.values.dates import parse_effective_time_or_none

CONTAINED = ".contained["
MEDICATION_LISTS = frozenset({"medications", "statements", "administrations"})


def lists_not_sent(resources: Iterable[LocatedResource]) -> tuple[str, ...]:
    """The lists of a Bundle that hold nothing; the three of medicines count as one."""
    present = {list_of(path, resource) for path, resource in resources}
    if not MEDICATION_LISTS.isdisjoint(present):
        present |= MEDICATION_LISTS
    return tuple(name for name in dict.fromkeys(LISTS.values()) if name not in present)


def valid_resources(
    state: ReaderState, resources: Iterable[LocatedResource], invalid: Mapping[str, str]
) -> Iterator[LocatedResource]:
    """Yield the valid resources; an invalid result is refused.

    A contained resource is part of its container and as valid as that.
    """
    for path, resource in resources:
        outer, contained, _ = str(path).partition(CONTAINED)
        element = invalid.get(outer)
        if element is None:
            yield path, resource
            continue
        element = "" if contained else element
        meaning = None
        if isinstance(resource, Observation):
            meaning = read_code(state, path, resource.code)
        if isinstance(resource, Observation) and meaning is not None and meaning.analyte:
            on = parse_effective_time_or_none(state, resource)
            state.refuse(meaning.analyte, Issue.not_valid, path.element(element), on=on)
        else:
            state.note(Issue.not_valid, path.element(element))
