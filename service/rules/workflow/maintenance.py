"""When the next injection of a course that goes on falls due, comes early or has lapsed."""

from datetime import date

from msgspec import Struct

from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.findings.causes import mechanism
from cobalamin.service.rules.findings.neuropathy import N1, neuropathy_level
from cobalamin.service.rules.findings.response import is_loading
from cobalamin.service.rules.model.dates import days_after, months_after
from cobalamin.service.rules.model.vocabulary import History as H
from cobalamin.service.rules.model.vocabulary import Mechanism


class Due(Struct, frozen=True, kw_only=True):
    """The last injection was given by `after`; the next falls due from `earliest` to `latest`.

    An order is early before `early_until`, because it orders supply and not a dose. A dose is
    overdue after `grace_until`.
    """

    after: date
    earliest: date
    latest: date
    early_until: date
    grace_until: date


@concept
def has_lapsed(case: Case) -> bool:
    """Whether the last injection on record is so old that the level can be measured again."""
    injection = case.history(H.b12_replacement_parenteral)
    if injection is None or injection.last is None:
        return False
    lapses = months_after(injection.last.last, int(case.thresholds.maintenance_lapse.number))
    return case.on > lapses


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
    if mechanism(case) is Mechanism.diet:
        return None
    limits, last = case.thresholds, injection.last.last
    shortest, longest = limits.maintenance_shortest, limits.maintenance_longest
    most = shortest if neuropathy_level(case) >= N1 else longest
    latest = months_after(last, int(most.number))
    return Due(
        after=last,
        earliest=months_after(injection.last.first, int(shortest.number)),
        latest=latest,
        early_until=days_after(injection.last.first, int(limits.maintenance_early.number)),
        grace_until=days_after(latest, int(limits.maintenance_grace.number)),
    )
