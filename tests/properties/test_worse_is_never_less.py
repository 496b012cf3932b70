"""A worse record never gets a later urgency, a weaker route, or loses a referral.

Worse is a lower vitamin B12, haemoglobin or platelet count, one more positive sign, or one more
cause of deficiency. What a ruling lets go the other way is declared, by name and with its number;
a pair that none of the declared exceptions explains fails. `MIXTURES` in the environment sets how
many records are made worse; 50,000 were for each change and profile on 27 November 2026.
"""

import os
import random
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from lost_care import losses
from msgspec import Struct
from msgspec.structs import replace

from assessments import get_profile
from cobalamin.service.rules.assess import assess_case
from cobalamin.service.rules.evidence.case import Case, FactSet
from cobalamin.service.rules.findings.causes import CAUSES, COMPETING
from cobalamin.service.rules.findings.neuropathy import FOUND, NORMAL, is_established
from cobalamin.service.rules.findings.treatment import is_replaced
from cobalamin.service.rules.findings.worst_findings import is_bladder_or_bowel_alone
from cobalamin.service.rules.model.assessment import Assessment, Route
from cobalamin.service.rules.model.codes import CautionCode as C
from cobalamin.service.rules.model.codes import ReasonCode
from cobalamin.service.rules.model.facts import Facts, FeatureFact, HistoryFact
from cobalamin.service.rules.model.quantities import Quantity
from cobalamin.service.rules.model.vocabulary import Analyte, Feature, History
from cobalamin.service.rules.plan.over_treatment import COMPLAINTS
from mixtures import COUNTS, mixtures
from spec_tables import ON, PROFILES

HOW_MANY = int(os.environ.get("MIXTURES", "400"))
Change = Callable[[Facts, random.Random], Facts | None]


# --- making a record worse


def with_lower(analyte: Analyte) -> Change:
    """The first result of one analyte made lower, in half of the records as low as may be."""

    def lowered(facts: Facts, chosen: random.Random) -> Facts | None:
        found = next((one for one in facts.results if one.analyte is analyte), None)
        if found is None or found.quantity is None:
            return None
        values = [Decimal(value) for value in COUNTS[analyte][1]]
        lower = [value for value in values if value < found.quantity.value]
        if not lower:
            return None
        value = chosen.choice((lower[0], chosen.choice(lower)))
        low = replace(found, quantity=Quantity(value=value, unit=found.quantity.unit))
        results = tuple(low if one is found else one for one in facts.results)
        return replace(facts, results=results)

    return lowered


def with_one_more(group: tuple[object, ...]) -> Change:
    """A symptom or sign of the group that was not recorded before, more or less surely seen."""

    def added(facts: Facts, chosen: random.Random) -> Facts | None:
        known = {fact.code for fact in facts.features}
        code = Feature(str(chosen.choice([code for code in group if code not in known])))
        more = FeatureFact(
            code=code,
            objective=chosen.choice((True, True, None)),
            progressive=chosen.choice((True, None, None)),
        )
        return replace(facts, features=(*facts.features, more))

    return added


def with_one_more_cause(facts: Facts, chosen: random.Random) -> Facts | None:
    """A cause of deficiency that was not recorded before."""
    known = {fact.code for fact in facts.history}
    code = chosen.choice([code for code in CAUSES.order if code not in known])
    return replace(facts, history=(*facts.history, HistoryFact(code=History(str(code)))))


WORSE: dict[str, Change] = {
    "lower total B12": with_lower(Analyte.b12_total),
    "lower active B12": with_lower(Analyte.b12_active),
    "lower haemoglobin": with_lower(Analyte.haemoglobin),
    "lower platelets": with_lower(Analyte.platelets),
    "one more sign of the nerves": with_one_more(FOUND.order),
    "one more symptom": with_one_more(COMPLAINTS.order),
    "one more cause": with_one_more_cause,
}


# --- what a ruling lets go the other way


class Pair(Struct, frozen=True, kw_only=True):
    """A record, the worse one, and what comes of both."""

    better: Case
    worse: Case
    before: Assessment
    after: Assessment


def is_of_allergy(pair: Pair) -> bool:
    """What an allergy bars is not given, whatever is worse."""
    return C.cobalamin_allergy in (*pair.before.plan.cautions, *pair.after.plan.cautions)


def lets_test_first(pair: Pair) -> bool:
    """A cause that competes is tested before treatment."""
    return pair.after.plan.rung == "R6" and bool(pair.worse.active_history(COMPETING))


def is_explained(pair: Pair) -> bool:
    """A level that something else lowers is tested or left."""
    return bool(pair.worse.active_history(LOWERED_WITHOUT_LACK))


def is_without_response(pair: Pair) -> bool:
    """What does not respond to treatment is looked into, not treated more."""
    return is_replaced(pair.worse) and pair.after.plan.rung in ("R9", "R10")


def is_of_iron(pair: Pair) -> bool:
    """Iron deficiency that explains the anaemia comes first."""
    return ReasonCode.iron_deficiency_first in (*pair.before.reasons, *pair.after.reasons)


def is_old(pair: Pair) -> bool:
    """Findings of more than a year are no reason for haste."""
    return is_established(pair.better) or is_established(pair.worse)


def is_documented_as_normal(pair: Pair) -> bool:
    """A normal sign makes a symptom weigh less."""
    return pair.worse.is_recorded(NORMAL)


def goes_to_emergency(pair: Pair) -> bool:
    """Bladder or bowel alone speaks for another emergency, which comes before tablets."""
    emergency = pair.after.plan.rung == "R3" and is_bladder_or_bowel_alone(pair.worse)
    return emergency and pair.before.plan.route is Route.oral


LOWERED_WITHOUT_LACK = FactSet(
    History.haptocorrin_deficiency, History.oral_contraceptive, History.myeloma
)
# Each exception with the ruling that it comes from.
EXCEPTIONS: dict[str, tuple[str, Callable[[Pair], bool]]] = {
    "competing cause": ("0.11a", lets_test_first),
    "haptocorrin deficiency, pill, myeloma": ("0.11d, f", is_explained),
    "allergy": ("0.7", is_of_allergy),
    "treatment without response": ("0.9", is_without_response),
    "iron deficiency": ("0.18", is_of_iron),
    "established finding": ("5", is_old),
    "documented as normal": ("0.11b", is_documented_as_normal),
    "bladder or bowel alone": ("13", goes_to_emergency),
}


def search(worse: str, profile: str) -> Iterator[tuple[str, Pair]]:
    """Every loss that no exception explains, with the pair that shows it."""
    knowledge = get_profile(profile).knowledge
    chosen = random.Random(worse)  # noqa: S311 - a mixture, not a secret
    for facts in mixtures(HOW_MANY, seed=7):
        more = WORSE[worse](facts, chosen)
        if more is None:
            continue
        better, poorer = Case(facts, knowledge, ON), Case(more, knowledge, ON)
        pair = Pair(
            better=better,
            worse=poorer,
            before=assess_case(better, find_unknowns=False),
            after=assess_case(poorer, find_unknowns=False),
        )
        lost = list(losses(pair.before, pair.after, same_day_covers=True))
        if lost and not any(excepts(pair) for _, excepts in EXCEPTIONS.values()):
            yield f"{pair.before.plan.rung} to {pair.after.plan.rung}: {', '.join(lost)}", pair


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("worse", WORSE)
def test_a_worse_record_never_gets_less(worse: str, profile: str) -> None:
    found = [f"{loss}: {pair.worse.facts}" for loss, pair in search(worse, profile)]
    assert not found, found[0]


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_every_exception_is_declared_with_its_ruling(name: str) -> None:
    ruling, excepts = EXCEPTIONS[name]
    assert ruling
    assert excepts.__doc__
