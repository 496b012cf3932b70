"""Which tests would help next; none that has a result which still counts."""

from collections.abc import Iterable

from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.evidence.recency import current, current_antibody, is_within
from cobalamin.service.rules.findings.anaemia import may_mask_macrocytosis
from cobalamin.service.rules.findings.b12_status import may_be_iron_anaemia_of_pregnancy, status
from cobalamin.service.rules.findings.blood_count import is_microcytic
from cobalamin.service.rules.findings.causes import is_sampled_after_injection, mechanism
from cobalamin.service.rules.findings.kidney import Kidney, kidney
from cobalamin.service.rules.findings.markers import (
    Mma,
    active_band,
    band,
    folate_is_known,
    has_negative_antibody,
    mma,
)
from cobalamin.service.rules.model.assessment import Band, Status
from cobalamin.service.rules.model.vocabulary import Analyte as A
from cobalamin.service.rules.model.vocabulary import History as H
from cobalamin.service.rules.model.vocabulary import Mechanism

MEASURES = {
    "test-b12": (A.b12_total, A.b12_active),
    "test-b12-active": (A.b12_active,),
    "test-mma": (A.mma,),
    "test-homocysteine": (A.homocysteine,),
    "test-fbc": (A.haemoglobin,),
    "test-film-retics": (A.reticulocytes,),
    "test-folate": (A.folate_serum, A.folate_rbc),
    "test-ferritin": (A.ferritin,),
    "test-intrinsic-factor-antibody": (A.intrinsic_factor_antibody,),
    "test-coeliac": (A.ttg_iga,),
    "test-h-pylori": (A.h_pylori,),
    "test-gastrin": (A.gastrin,),
    "test-creatinine": (A.creatinine, A.egfr),
    "test-potassium": (A.potassium,),
    "test-adamts13": (A.adamts13,),
    "test-liver": (A.ggt, A.alt),
    "test-thyroid": (A.tsh,),
    "test-copper": (A.copper,),
    "test-glucose": (A.hba1c,),
}
# Assays differ by more than the patient does within a few weeks.
RETESTED = {
    "test-b12": A.b12_total,
    "test-b12-active": A.b12_active,
    "test-mma": A.mma,
    "test-homocysteine": A.homocysteine,
}


def due(case: Case, codes: Iterable[str]) -> tuple[str, ...]:
    """Of these tests, those that have no result which still counts."""
    return tuple([code for code in codes if not is_answered(case, code)])


def is_answered(case: Case, code: str) -> bool:
    """Whether any of the analytes that a test measures has a usable result."""
    if code == "test-intrinsic-factor-antibody":
        return _antibody_is_answered(case)
    if code in RETESTED and was_just_measured(case, RETESTED[code]):
        return True
    if code == "test-b12":
        return band(case) is not Band.none
    if code == "test-b12-active":
        return active_band(case) is not Band.none
    for analyte in MEASURES.get(code, ()):  # noqa: SIM110 - asked often, and any() is slower
        if current(case, analyte) is not None:
            return True
    return False


def was_just_measured(case: Case, analyte: A) -> bool:
    """A number so recent that the laboratory would not measure again, whether it counts or not."""
    newest = case.latest(analyte)
    if newest is None or newest.quantity is None:
        return False
    return is_within(case, newest, case.thresholds.retest_interval)


def _antibody_is_answered(case: Case) -> bool:
    antibody = current_antibody(case)
    return antibody is not None and not is_sampled_after_injection(case, antibody)


@concept
def first_test(case: Case) -> str:
    """The test of B12 status to begin with where none was made."""
    if case.is_pregnant:
        return "test-b12-active"
    nitrous_oxide = case.has(H.nitrous_oxide_recreational)
    return "test-homocysteine" if nitrous_oxide else "test-b12"


def next_marker(case: Case) -> tuple[str, ...]:
    """MMA, or active B12 where MMA cannot be trusted, unless it is known."""
    doubtful = kidney(case) in (Kidney.reduced, Kidney.severe)
    return due(case, ("test-b12-active" if case.is_pregnant or doubtful else "test-mma",))


@concept
def next_markers(case: Case) -> tuple[str, ...]:
    """What separates an indeterminate status: MMA, or active B12 where MMA cannot be trusted."""
    if case.has(H.nitrous_oxide_recreational):
        return due(case, ("test-homocysteine", "test-mma"))
    tests = next_marker(case)
    if tests:
        return tests
    return due(case, ("test-mma", "test-b12-active", "test-homocysteine"))[:1]


@concept
def before_first_dose(case: Case) -> tuple[str, ...]:
    """Functional markers that treatment would change, so the sample comes first."""
    return due(case, ("test-b12", "test-mma", "test-homocysteine"))


def cause_tests(case: Case) -> tuple[str, ...]:
    """Where no cause is recorded: the antibody and the profile's other tests, then gastrin."""
    if mechanism(case) is not Mechanism.unknown:
        return ()
    tests = due(case, case.knowledge.care.tests_for_unknown_cause)
    return (*tests, *due(case, ("test-gastrin",))) if has_negative_antibody(case) else tests


def iron_tests(case: Case) -> tuple[str, ...]:
    """Ferritin where iron deficiency may hide large cells, or explain a pregnant anaemia."""
    asked = (
        may_mask_macrocytosis(case)
        or may_be_iron_anaemia_of_pregnancy(case)
        or bool(is_microcytic(case))
    )
    return due(case, ("test-ferritin",)) if asked else ()


def kidney_tests(case: Case) -> tuple[str, ...]:
    """Creatinine where a raised MMA was believed although kidney function is not known."""
    believed = mma(case) is Mma.raised and kidney(case) is Kidney.unknown
    return due(case, ("test-creatinine",)) if believed else ()


def needs_folate(case: Case) -> bool:
    """No folate result still counts."""
    return not folate_is_known(case)


def is_unmeasured(case: Case) -> bool:
    """No usable B12, whatever the reason."""
    return status(case) in (Status.not_measured, Status.not_assessable)
