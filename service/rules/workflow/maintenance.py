"""When the next injection of a course that goes on falls due."""

from datetime import date

from msgspec import Struct

from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.findings.causes import mechanism
from cobalamin.service.rules.findings.neuropathy import N1, neuropathy_level
from cobalamin.service.rules.findings.treatment import is_loading
from cobalamin.service.rules.model.dates import months_after
from cobalamin.service.rules.model.vocabulary import History as H
from cobalamin.service.rules.model.vocabulary import Mechanism


class Due(Struct, frozen=True):
    """The last injection was given by `after`; the next falls between the other two days."""

    after: date
    earliest: date
    latest: date


@concept
def next_injection(case: Case) -> Due | None:
    """By the profile's interval from the last injection on record; None where it sets none.

    A course of loading has its own days, and for a lack in the diet alone sources name
    intervals of up to half a year. With a nerve finding the shorter end of the interval counts.
    The last day of an order that has ended is not that of an injection.
    """
    injection = case.history(H.b12_replacement_parenteral)
    if injection is None or injection.last is None or not injection.active or is_loading(case):
        return None
    if injection.last.first > case.on:
        return None
    if mechanism(case) is Mechanism.diet:
        return None
    shortest, longest = case.thresholds.maintenance_shortest, case.thresholds.maintenance_longest
    most = shortest if neuropathy_level(case) >= N1 else longest
    return Due(
        after=injection.last.last,
        earliest=months_after(injection.last.first, int(shortest.number)),
        latest=months_after(injection.last.last, int(most.number)),
    )
