"""Notes of the rules: data that was not used, and findings that vitamin B12 does not explain."""

from collections.abc import Iterator

from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.evidence.groups import load_group
from cobalamin.service.rules.evidence.recency import current
from cobalamin.service.rules.evidence.record import ends_later, is_to_begin
from cobalamin.service.rules.evidence.result_selection import find_newest
from cobalamin.service.rules.findings.b12_status import status
from cobalamin.service.rules.findings.causes import COMPETING_WITH_NERVES
from cobalamin.service.rules.findings.gestation import is_gestation_refused
from cobalamin.service.rules.findings.markers import (
    active_b12,
    active_band,
    is_high_b12,
    methylmalonic_acid,
    total_b12,
    total_band,
)
from cobalamin.service.rules.findings.neuropathy import N1, N3, neuropathy_level
from cobalamin.service.rules.model.assessment import Band, Status
from cobalamin.service.rules.model.facts import HistoryFact, Note, Result
from cobalamin.service.rules.model.vocabulary import Analyte as A
from cobalamin.service.rules.model.vocabulary import Feature as F
from cobalamin.service.rules.model.vocabulary import Sex
from cobalamin.service.rules.plan.pathway import plan_step
from cobalamin.service.rules.plan.reasons import cells_are_not_explained
from cobalamin.service.rules.plan.recorded_diagnosis import has_untreated_diagnosis

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
SOURCES_OF_B12 = load_group("sources_of_b12")
GESTATION = "the recorded gestation is before its beginning or too long; not used"
DISAGREE = (
    "several results of one time, or of a day without an order, disagree; the one nearer to "
    "deficiency was used"
)
AHEAD = "dated after the day of assessment, which began earlier where it was written; used"
OUTDATED = "a newer result was sent and cannot be used; an older one counts only if it is low"


def notes(case: Case) -> Iterator[Note]:
    """All notes that the rules add to those of the reader."""
    yield from _about_dates(case)
    yield from _about_chosen_results(case)
    yield from _spanning(case)
    yield from _other_nerve_causes(case)
    yield from _other_blood_causes(case)
    if is_gestation_refused(case):
        yield Note(code="gestation-not-plausible", where="patient", text=GESTATION)
    if case.sex is Sex.male and case.is_pregnant:
        text = "a pregnancy is recorded for a man; check the record"
        yield Note(code="pregnancy-not-plausible", where="patient", text=text, severity="warning")


def _about_dates(case: Case) -> Iterator[Note]:
    for result in case.facts.results:
        if result.on.first > case.on:
            yield _note(result, "result-dated-ahead", AHEAD)
    for fact in case.facts.history:
        if is_to_begin(fact, case.on) or ends_later(fact, case.on):
            yield _date_in_future(fact)


def _about_chosen_results(case: Case) -> Iterator[Note]:
    """Results that are too old, disagree, or stand before a newer one that cannot be used."""
    by_analyte = case.record.results
    for results in [by_analyte[analyte] for analyte in READ_BY_RULES if analyte in by_analyte]:
        if not _counts(case, results[0]):
            yield _note(results[0], "result-too-old", "too old to count; not used")
        yield from _disagreeing(results)
    for analyte in (A.b12_total, A.b12_active):
        if analyte in case.record.outdated:
            yield _note(by_analyte[analyte][0], "newer-result-not-usable", OUTDATED, "warning")


def _date_in_future(fact: HistoryFact) -> Note:
    text = f"{fact.code.value}: dated after the day of assessment; that date does not count"
    return Note(code="date-in-future", where=fact.reference or "history", text=text)


def _disagreeing(results: tuple[Result, ...]) -> Iterator[Note]:
    """The other results that may be the newest, with a different number than the chosen one."""
    for other in find_newest(results) if results[1:] else ():
        if other.quantity != results[0].quantity:
            yield _note(other, "results-disagree", DISAGREE, "warning")


def _other_nerve_causes(case: Case) -> Iterator[Note]:
    """Findings that need another explanation of cord or nerves, whatever the B12 result."""
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
    if status(case) is Status.unlikely and has_untreated_diagnosis(case):
        text = "vitamin B12 deficiency is recorded, and no treatment is: ask who treats"
        yield Note(code="diagnosis-recorded", where="conditions", text=text, severity="information")
    competing = case.active_history(COMPETING_WITH_NERVES)
    if competing and neuropathy_level(case) >= N1 and plan_step(case).step.names_competing:
        names = ", ".join(fact.code.replace("_", " ") for fact in competing)
        yield Note(
            code="look-beyond-b12",
            where="history",
            text=f"what may explain the nerve findings is recorded as well: {names}",
            severity="information",
        )


def _other_blood_causes(case: Case) -> Iterator[Note]:
    """Macrocytosis that sufficient B12 does not explain, and a high level without a source."""
    total = total_b12(case)
    if cells_are_not_explained(case):
        text = (
            "large cells with sufficient vitamin B12: consider alcohol, liver, folate, thyroid "
            "and a blood film"
        )
        yield Note(
            code="large-cells-not-explained", where="results", text=text, severity="information"
        )
    if total is not None and is_high_b12(case) and not case.active_history(SOURCES_OF_B12):
        text = (
            "above the usual range without a source on record: ask what is taken, and consider "
            "liver, kidney and marrow"
        )
        yield _note(total, "high-b12-without-source", text)


def _counts(case: Case, result: Result) -> bool:
    if result.quantity is None or current(case, result.analyte) is not None:
        return True
    kept = (total_b12(case), active_b12(case), methylmalonic_acid(case))
    return result in kept


def _spanning(case: Case) -> Iterator[Note]:
    """B12 results whose comparator leaves more than one band open."""
    rows = ((total_b12(case), total_band(case)), (active_b12(case), active_band(case)))
    for result, band in rows:
        if result is None or result.quantity is None or result.quantity.comparator is None:
            continue
        if band is Band.indeterminate:
            text = "the comparator leaves more than one band open; read as indeterminate"
            yield _note(result, "comparator-spans-bands", text)


def _note(result: Result, code: str, text: str, severity: str = "information") -> Note:
    where = result.reference or result.analyte.value
    return Note(code=code, where=where, text=f"{result.analyte.value}: {text}", severity=severity)
