"""How serious the blood count is: a severe picture, and a count that is for today.

A line is low where there is anaemia, platelets are below their limit, or neutrophils are below 1.0.
Neutrophils of 1.0 to 1.8 are usual in benign ethnic neutropenia, so they make no picture severe and
bring no referral; they count for megaloblastic change and for the watch over potassium alone.
"""

from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.evidence.comparisons import is_under
from cobalamin.service.rules.evidence.groups import load_group
from cobalamin.service.rules.evidence.recency import current, is_within
from cobalamin.service.rules.findings.blood_count import (
    has_anaemia,
    has_haemolysis,
    has_low_neutrophils,
    has_low_platelets,
    has_schistocytes,
    red_cells,
    red_cells_are_under,
)
from cobalamin.service.rules.findings.neuropathy import N2, neuropathy_level
from cobalamin.service.rules.model.facts import Result
from cobalamin.service.rules.model.truth import Truth, all_of, any_of
from cobalamin.service.rules.model.vocabulary import Analyte as A

DANGER_SIGNS = load_group("danger_signs")
SEVERAL = 2
COUNT = (A.haemoglobin, A.haematocrit, A.platelets, A.neutrophils, A.schistocytes)


@concept
def has_neutropenia(case: Case) -> Truth:
    """Neutrophils below the limit of a low line."""
    return is_under(case, current(case, A.neutrophils), case.thresholds.neutrophils_marked)


@concept
def has_two_low_lines(case: Case) -> bool:
    """Two or more of red cells, platelets and neutrophils are known to be low."""
    lines = (has_anaemia(case), has_low_platelets(case), has_neutropenia(case))
    return lines.count(True) >= SEVERAL


@concept
def has_cytopenia(case: Case) -> Truth:
    """Low platelets or neutropenia."""
    return any_of((has_low_platelets(case), has_neutropenia(case)))


@concept
def has_pancytopenia(case: Case) -> Truth:
    """All three lines are low; here neutrophils of 1.0 to 1.8 count as low."""
    return all_of((has_anaemia(case), has_low_platelets(case), has_low_neutrophils(case)))


@concept
def has_marked_anaemia(case: Case) -> Truth:
    """Haemoglobin below 100 g/L, or the haematocrit that stands in for it."""
    thresholds = case.thresholds
    return red_cells_are_under(
        case, thresholds.haemoglobin_with_cytopenia, thresholds.haematocrit_with_cytopenia
    )


@concept
def has_dangerous_anaemia(case: Case) -> Truth:
    """Haemoglobin below 80 g/L, or its haematocrit, in pregnancy as well.

    `findings.anaemia.value` names the severity in pregnancy by the lower limit of the WHO.
    """
    thresholds = case.thresholds
    return red_cells_are_under(case, thresholds.haemoglobin_severe, thresholds.haematocrit_severe)


@concept
def has_few_platelets(case: Case) -> Truth:
    """Platelets below 100: with anaemia, or in pregnancy, somebody must look."""
    return is_under(case, current(case, A.platelets), case.thresholds.platelets_marked)


@concept
def resembles_thrombotic_microangiopathy(case: Case) -> bool:
    """Low platelets with fragments or haemolysis, unless anaemia is known to be absent."""
    broken = any_of((has_schistocytes(case), has_haemolysis(case)))
    low = has_low_platelets(case) and has_anaemia(case) is not False
    return bool(low and broken)


@concept
def is_severe_blood_picture(case: Case) -> bool:
    """A count that calls for haematology whatever vitamin B12 says.

    Anaemia with platelets below 100 is one only where haemoglobin is below 100 g/L: mild changes of
    both lines are common in general practice and in liver disease.
    """
    two_lines = has_two_low_lines(case) and any_of(
        (has_marked_anaemia(case), has_neutropenia(case))
    )
    return bool(
        any_of(
            (
                has_dangerous_anaemia(case),
                two_lines,
                all_of((has_anaemia(case), has_haemolysis(case))),
                has_schistocytes(case),
                _has_very_few_platelets(case),
                _has_very_few_neutrophils(case),
            )
        )
        or resembles_thrombotic_microangiopathy(case)
    )


def _has_very_few_platelets(case: Case) -> Truth:
    return is_under(case, current(case, A.platelets), case.thresholds.platelets_bleeding)


def _has_very_few_neutrophils(case: Case) -> Truth:
    return is_under(case, current(case, A.neutrophils), case.thresholds.neutrophils_very_low)


# --- today


@concept
def is_blood_for_today(case: Case) -> bool:
    """A count of the last six weeks that nobody should leave until tomorrow."""
    platelets, neutrophils = current(case, A.platelets), current(case, A.neutrophils)
    film = current(case, A.schistocytes)
    return bool(
        (_is_recent(case, red_cells(case)) and _is_anaemia_for_today(case))
        or (_is_recent(case, platelets) and _has_very_few_platelets(case))
        or (_is_recent(case, neutrophils) and _has_very_few_neutrophils(case))
        or (_is_recent(case, film) and has_schistocytes(case))
        or (_is_recent(case, platelets) and resembles_thrombotic_microangiopathy(case))
    )


def _is_anaemia_for_today(case: Case) -> bool:
    """Very low, or low with a second low line, a nerve sign or a sign of danger."""
    thresholds = case.thresholds
    if case.is_pregnant:
        return bool(has_dangerous_anaemia(case))
    if red_cells_are_under(case, thresholds.haemoglobin_same_day, thresholds.haematocrit_same_day):
        return True
    danger = (
        has_two_low_lines(case)
        or neuropathy_level(case) >= N2
        or bool(case.present_features(DANGER_SIGNS))
    )
    return bool(has_dangerous_anaemia(case)) and danger


def _is_recent(case: Case, result: Result | None) -> bool:
    return result is not None and is_within(case, result, case.thresholds.result_age_same_day)


@concept
def is_count_recent(case: Case) -> bool:
    """Haemoglobin or haematocrit was measured within the last six weeks."""
    return _is_recent(case, red_cells(case))


@concept
def is_severe_by_an_old_count(case: Case) -> bool:
    """A severe picture of which some part is too old to call for action today."""
    parts = [current(case, analyte) for analyte in COUNT]
    old = any(part is not None and not _is_recent(case, part) for part in parts)
    return is_severe_blood_picture(case) and old
