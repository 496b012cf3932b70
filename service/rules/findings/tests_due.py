"""Which tests would help next; none that has a result which still counts."""

from collections.abc import Iterable

from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.evidence.recency import current, current_antibody, is_within
from cobalamin.service.rules.findings.anaemia import may_mask_macrocytosis
from cobalamin.service.rules.findings.b12_status import status
from cobalamin.service.rules.findings.blood_count import is_microcytic
from cobalamin.service.rules.findings.causes import (
    is_sampled_after_injection,
    mechanism,
    nitrous_oxide_exposure,
    was_just_injected,
)
from cobalamin.service.rules.findings.kidney import Kidney, kidney
from cobalamin.service.rules.findings.markers import (
    Mma,
    active_band,
    band,
    folate_is_known,
    has_negative_antibody,
    mma,
)
from cobalamin.service.rules.findings.pending import is_pending
from cobalamin.service.rules.findings.pregnancy import may_be_iron_anaemia_of_pregnancy
from cobalamin.service.rules.model.assessment import Band, Status
from cobalamin.service.rules.model.codes import Codes
from cobalamin.service.rules.model.codes import SuggestionCode as S
from cobalamin.service.rules.model.vocabulary import Analyte as A
from cobalamin.service.rules.model.vocabulary import Mechanism

MEASURES = {
    S.test_b12: (A.b12_total, A.b12_active),
    S.test_b12_active: (A.b12_active,),
    S.test_mma: (A.mma,),
    S.test_homocysteine: (A.homocysteine,),
    S.test_fbc: (A.haemoglobin,),
    S.test_film_retics: (A.reticulocytes,),
    S.test_folate: (A.folate_serum, A.folate_rbc),
    S.test_ferritin: (A.ferritin,),
    S.test_intrinsic_factor_antibody: (A.intrinsic_factor_antibody,),
    S.test_coeliac: (A.ttg_iga,),
    S.test_h_pylori: (A.h_pylori,),
    S.test_gastrin: (A.gastrin,),
    S.test_creatinine: (A.creatinine, A.egfr),
    S.test_potassium: (A.potassium,),
    S.test_adamts13: (A.adamts13,),
    S.test_liver: (A.ggt, A.alt),
    S.test_thyroid: (A.tsh,),
    S.test_copper: (A.copper,),
    S.test_glucose: (A.hba1c,),
}
# Assays differ by more than the patient does within a few weeks.
RETESTED = {
    S.test_b12: A.b12_total,
    S.test_b12_active: A.b12_active,
    S.test_mma: A.mma,
    S.test_homocysteine: A.homocysteine,
}


def due(case: Case, codes: Iterable[S]) -> Codes:
    """Of these tests, those that have no result which still counts."""
    return tuple([code for code in codes if not is_answered(case, code)])


def is_answered(case: Case, code: S) -> bool:
    """Whether any of the analytes that a test measures has a usable result."""
    if code == S.test_intrinsic_factor_antibody:
        return _antibody_is_answered(case)
    if code in RETESTED and is_known_or_pending(case, RETESTED[code]):
        return True
    if code == S.test_b12:
        return band(case) is not Band.none
    if code == S.test_b12_active:
        return active_band(case) is not Band.none
    for analyte in MEASURES.get(code, ()):  # noqa: SIM110 - asked often, and any() is slower
        if current(case, analyte) is not None:
            return True
    return False


def is_known_or_pending(case: Case, analyte: A) -> bool:
    """Measured so recently, or under way, that the same test would add nothing."""
    return is_pending(case, analyte) or was_just_measured(case, analyte)


def was_just_measured(case: Case, analyte: A) -> bool:
    """A number so recent that the laboratory would not measure again, whether it counts or not."""
    newest = case.latest(analyte)
    if newest is None or newest.quantity is None:
        return False
    return is_within(case, newest, case.thresholds.retest_interval)


def _antibody_is_answered(case: Case) -> bool:
    """Known, or not to be relied on for days: a dose that was just given may make it positive."""
    antibody = current_antibody(case)
    if antibody is None:
        return was_just_injected(case)
    return not is_sampled_after_injection(case, antibody)


@concept
def first_test(case: Case) -> S:
    """The test of B12 status to begin with where none was made."""
    if case.is_pregnant:
        return S.test_b12_active
    return S.test_homocysteine if nitrous_oxide_exposure(case) else S.test_b12


def first_tests(case: Case) -> Codes:
    """The first test, or B12 itself where that one is answered; none that was just made."""
    return due(case, (first_test(case), S.test_b12))[:1]


def next_marker(case: Case) -> Codes:
    """MMA, or active B12 where MMA cannot be trusted, unless it is known."""
    by_active = case.is_pregnant or is_mma_doubtful(case)
    return due(case, (S.test_b12_active if by_active else S.test_mma,))


@concept
def is_mma_doubtful(case: Case) -> bool:
    """Kidney function is known to be reduced, which raises MMA by itself."""
    return kidney(case) in (Kidney.reduced, Kidney.severe)


@concept
def next_markers(case: Case) -> Codes:
    """What separates an indeterminate status: MMA, or active B12 where MMA cannot be trusted."""
    if nitrous_oxide_exposure(case):
        return due(case, (S.test_homocysteine, S.test_mma))
    tests = next_marker(case)
    if tests:
        return tests
    return due(case, (S.test_mma, S.test_b12_active, S.test_homocysteine))[:1]


@concept
def before_first_dose(case: Case) -> Codes:
    """Markers that treatment would change, so the sample comes first; in pregnancy active B12.

    Kidney disease raises MMA and homocysteine by itself: active B12 alone, unless nitrous oxide
    leaves the levels of the vitamin as they are.
    """
    if is_mma_doubtful(case) and not nitrous_oxide_exposure(case):
        return due(case, (S.test_b12, S.test_b12_active))
    active = (S.test_b12_active,) if case.is_pregnant else ()
    return due(case, (S.test_b12, *active, S.test_mma, S.test_homocysteine))


def cause_tests(case: Case) -> Codes:
    """Where no cause is recorded: the antibody and the profile's other tests, then gastrin."""
    if mechanism(case) is not Mechanism.unknown:
        return ()
    tests = due(case, case.knowledge.care.tests_for_unknown_cause)
    return (*tests, *due(case, (S.test_gastrin,))) if has_negative_antibody(case) else tests


def iron_tests(case: Case) -> Codes:
    """Ferritin where iron deficiency may hide large cells, or explain a pregnant anaemia."""
    hidden = may_mask_macrocytosis(case) or bool(is_microcytic(case))
    is_open = hidden or may_be_iron_anaemia_of_pregnancy(case)
    return due(case, (S.test_ferritin,)) if is_open else ()


def kidney_tests(case: Case) -> Codes:
    """Creatinine where a raised MMA was believed although kidney function is not known."""
    believed = mma(case) is Mma.raised and kidney(case) is Kidney.unknown
    return due(case, (S.test_creatinine,)) if believed else ()


def needs_folate(case: Case) -> bool:
    """No folate result still counts."""
    return not folate_is_known(case)


def is_unmeasured(case: Case) -> bool:
    """No usable B12, whatever the reason."""
    return status(case) in (Status.not_measured, Status.not_assessable)
