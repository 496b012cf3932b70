"""The way from facts to an assessment: deterministic, without clock, input or output."""

from collections.abc import Iterator
from datetime import date

from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.evidence.recency import current
from cobalamin.service.rules.findings.anaemia import DEFICIENT_STATUSES, anaemia
from cobalamin.service.rules.findings.b12_status import b12_status, is_adult, status
from cobalamin.service.rules.findings.causes import causes
from cobalamin.service.rules.findings.confounders import confounders
from cobalamin.service.rules.findings.markers import (
    Mma,
    active_b12,
    active_band,
    band,
    methylmalonic_acid,
    mma,
    total_b12,
    total_band,
)
from cobalamin.service.rules.findings.neuropathy import N3, neuropathy, neuropathy_level
from cobalamin.service.rules.model.assessment import (
    Assessment,
    Band,
    Outcome,
    Plan,
    Status,
    Unknown,
)
from cobalamin.service.rules.model.facts import Facts, Note, Result
from cobalamin.service.rules.model.knowledge import Knowledge
from cobalamin.service.rules.model.vocabulary import Analyte as A
from cobalamin.service.rules.model.vocabulary import Feature as F
from cobalamin.service.rules.model.vocabulary import Sex
from cobalamin.service.rules.plan.cautions import cautions
from cobalamin.service.rules.plan.folic_acid import must_hold_folic_acid, needs_b12_for_folate
from cobalamin.service.rules.plan.missing_facts import unknowns, would_matter
from cobalamin.service.rules.plan.pathway import plan_step
from cobalamin.service.rules.plan.suggestions import suggestions

READ_BY_RULES = (
    A.b12_total,
    A.b12_active,
    A.mma,
    A.homocysteine,
    A.haemoglobin,
    A.haematocrit,
    A.mcv,
    A.rdw,
    A.platelets,
    A.neutrophils,
    A.folate_serum,
    A.folate_rbc,
    A.ferritin,
    A.creatinine,
    A.egfr,
    A.potassium,
)
DISAGREE = "several results of one time disagree; the one nearer to deficiency was used"
_STATUS_REASON = {
    Status.deficient: "b12-deficient",
    Status.functional_deficiency: "b12-functional-deficiency",
    Status.indeterminate: "b12-indeterminate",
    Status.unlikely: "b12-deficiency-unlikely",
    Status.on_treatment: "b12-on-treatment",
    Status.not_measured: "b12-not-measured",
    Status.not_assessable: "b12-not-usable",
}


def assess(
    facts: Facts, knowledge: Knowledge, on: date, *, find_unknowns: bool = True
) -> Assessment:
    """What the facts mean on that day by this knowledge; the same input gives the same answer.

    Looking for the unknowns costs as much as everything else; where they are not asked for,
    `unknowns` is empty and the rest is the same.
    """
    case = Case(facts, knowledge, on)
    planned = plan_step(case)
    refused = _refusals_that_matter(case)
    return Assessment(
        outcome=_outcome(case, refused),
        reasons=tuple(_reasons(case, refused)),
        on=on,
        facts=facts,
        status=b12_status(case),
        anaemia=anaemia(case),
        neuropathy=neuropathy(case),
        causes=causes(case),
        confounders=confounders(case),
        plan=Plan(
            rung=planned.step.id,
            route=planned.route,
            urgency=planned.urgency,
            suggestions=suggestions(case),
            cautions=cautions(case),
        ),
        unknowns=_with_refused(unknowns(case), refused) if find_unknowns else (),
        notes=(*facts.notes, *_notes(case)),
    )


# --- the outcome


def planned_outcome(case: Case) -> Outcome:
    """What the step alone means for the caller."""
    silent = plan_step(case).step.silent
    if not is_adult(case) or (silent and status(case) is Status.not_assessable):
        return Outcome.not_assessable
    return Outcome.no_advice if silent or not suggestions(case) else Outcome.advice


def _outcome(case: Case, refused: tuple[A, ...]) -> Outcome:
    """Never silence while a result that could have mattered was refused."""
    planned = planned_outcome(case)
    hidden = planned is Outcome.no_advice and refused
    return Outcome.not_assessable if hidden else planned


def _refusals_that_matter(case: Case) -> tuple[A, ...]:
    """Analytes with no accepted result whose refused one could have changed the answer."""
    refused = {refusal.analyte for refusal in case.facts.refusals}
    if not refused:
        return ()
    open_ones = (a for a in A if a in refused and case.latest(a) is None)
    return tuple(analyte for analyte in open_ones if would_matter(case, analyte))


def _with_refused(found: tuple[Unknown, ...], refused: tuple[A, ...]) -> tuple[Unknown, ...]:
    listed = {unknown.fact for unknown in found}
    return (*found, *(Unknown(fact=analyte) for analyte in refused if analyte not in listed))


# --- the reasons


def _reasons(case: Case, refused: tuple[A, ...]) -> Iterator[str]:
    adult = is_adult(case)
    if adult is None:
        yield "age-unknown"
        return
    if not adult:
        yield "paediatric-not-supported"
        return
    value = status(case)
    yield _STATUS_REASON[value]
    if value is Status.deficient and band(case) is not Band.deficient:
        yield "mma-decides"
    if mma(case) is Mma.held_back:
        yield "mma-held-back"
    if mma(case) is Mma.normal and value is Status.indeterminate:
        yield "mma-normal"
    if value in DEFICIENT_STATUSES and _blood_looks_normal(case):
        yield "normal-blood-does-not-exclude"
    if must_hold_folic_acid(case) or needs_b12_for_folate(case):
        yield "folate-before-b12"
    if refused:
        yield "result-refused"


def _blood_looks_normal(case: Case) -> bool:
    found = anaemia(case)
    return found.value.value == "none" or found.cells.value == "normocytic"


# --- notes about what was sent and did not count


def _notes(case: Case) -> Iterator[Note]:
    for result in case.facts.results:
        if result.on.first > case.on:
            yield _note(result, "result-in-future", "dated after the day of assessment; not used")
    sent = case.record.results
    for results in [sent[analyte] for analyte in READ_BY_RULES if analyte in sent]:
        if not _counts(case, results[0]):
            yield _note(results[0], "result-too-old", "too old to count; not used")
        if _disagree(*results[:2]):
            yield _note(results[1], "results-disagree", DISAGREE)
    yield from _spanning(case)
    yield from _beyond_b12(case)
    if case.sex is Sex.male and case.is_pregnant:
        text = "a pregnancy is recorded for a man; check the record"
        yield Note(code="pregnancy-not-plausible", where="patient", text=text, severity="warning")


def _disagree(first: Result, second: Result | None = None) -> bool:
    """Two numbers of one time: one of them was chosen, and that is said."""
    if second is None or first.quantity == second.quantity:
        return False
    same_time = (first.on.last, first.on.instant) == (second.on.last, second.on.instant)
    return same_time and first.corrected == second.corrected


def _beyond_b12(case: Case) -> Iterator[Note]:
    """Signs that call for a look at the cord or the nerves whatever vitamin B12 says."""
    weakness = case.feature(F.weakness)
    fast = weakness is not None and weakness.present and weakness.objective and weakness.progressive
    if fast or (case.is_present(F.bladder_bowel_dysfunction) and neuropathy_level(case) < N3):
        yield Note(
            code="look-beyond-b12",
            where="features",
            text="progressive weakness, or bladder or bowel dysfunction, is recorded: consider the "
            "cord and other nerves, whatever vitamin B12 says",
            severity="warning",
        )


def _counts(case: Case, result: Result) -> bool:
    if result.quantity is None or current(case, result.analyte) is not None:
        return True
    kept = (total_b12(case), active_b12(case), methylmalonic_acid(case))
    return result in kept


def _spanning(case: Case) -> Iterator[Note]:
    rows = ((total_b12(case), total_band(case)), (active_b12(case), active_band(case)))
    for result, one in rows:
        if result is None or result.quantity is None or result.quantity.comparator is None:
            continue
        if one is Band.indeterminate:
            text = "the comparator leaves more than one band open; read as indeterminate"
            yield _note(result, "comparator-spans-bands", text)


def _note(result: Result, code: str, text: str) -> Note:
    where = result.reference or result.analyte.value
    return Note(
        code=code, where=where, text=f"{result.analyte.value}: {text}", severity="information"
    )
