"""Notes about what was sent and did not count, and about what to look for beside vitamin B12."""

from collections.abc import Iterator

from cobalamin.service.rules.evidence.case import Case, FactSet
from cobalamin.service.rules.evidence.recency import current
from cobalamin.service.rules.evidence.record import ends_later, is_to_begin
from cobalamin.service.rules.findings.gestation import is_gestation_refused
from cobalamin.service.rules.findings.markers import (
    active_b12,
    active_band,
    is_high_b12,
    methylmalonic_acid,
    total_b12,
    total_band,
)
from cobalamin.service.rules.findings.neuropathy import N3, neuropathy_level
from cobalamin.service.rules.model.assessment import Band
from cobalamin.service.rules.model.facts import HistoryFact, Note, Result
from cobalamin.service.rules.model.vocabulary import Analyte as A
from cobalamin.service.rules.model.vocabulary import Feature as F
from cobalamin.service.rules.model.vocabulary import History as H
from cobalamin.service.rules.model.vocabulary import Sex
from cobalamin.service.rules.plan.reasons import cells_are_not_explained

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
SOURCES_OF_B12 = FactSet(
    H.b12_replacement_parenteral,
    H.b12_replacement_oral,
    H.b12_supplement,
    H.hydroxocobalamin_antidote,
)
GESTATION = "the recorded gestation is before its beginning or too long; not used"
DISAGREE = "several results of one time disagree; the one nearer to deficiency was used"


def notes(case: Case) -> Iterator[Note]:
    """Every note that the rules add to those of the reader."""
    for result in case.facts.results:
        if result.on.first > case.on:
            text = "dated after the day of assessment; not used"
            yield _note(result, "result-in-future", text, "warning")
    for fact in case.facts.history:
        if is_to_begin(fact, case.on) or ends_later(fact, case.on):
            yield _date_in_future(fact)
    sent = case.record.results
    for results in [sent[analyte] for analyte in READ_BY_RULES if analyte in sent]:
        if not _counts(case, results[0]):
            yield _note(results[0], "result-too-old", "too old to count; not used")
        if _disagree(*results[:2]):
            yield _note(results[1], "results-disagree", DISAGREE, "warning")
    yield from _spanning(case)
    yield from _beyond_b12(case)
    yield from _other_explanations(case)
    if is_gestation_refused(case):
        yield Note(code="gestation-not-plausible", where="patient", text=GESTATION)
    if case.sex is Sex.male and case.is_pregnant:
        text = "a pregnancy is recorded for a man; check the record"
        yield Note(code="pregnancy-not-plausible", where="patient", text=text, severity="warning")


def _date_in_future(fact: HistoryFact) -> Note:
    text = f"{fact.code.value}: dated after the day of assessment; that date does not count"
    return Note(code="date-in-future", where=fact.reference or "history", text=text)


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


def _other_explanations(case: Case) -> Iterator[Note]:
    """What to look for where vitamin B12 is ample and large cells, or its level, need a cause."""
    total = total_b12(case)
    if cells_are_not_explained(case):
        text = (
            "large cells beside sufficient vitamin B12: consider alcohol, liver, folate, thyroid "
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
    rows = ((total_b12(case), total_band(case)), (active_b12(case), active_band(case)))
    for result, one in rows:
        if result is None or result.quantity is None or result.quantity.comparator is None:
            continue
        if one is Band.indeterminate:
            text = "the comparator leaves more than one band open; read as indeterminate"
            yield _note(result, "comparator-spans-bands", text)


def _note(result: Result, code: str, text: str, severity: str = "information") -> Note:
    where = result.reference or result.analyte.value
    return Note(code=code, where=where, text=f"{result.analyte.value}: {text}", severity=severity)
