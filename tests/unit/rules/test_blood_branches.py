"""Blood rules at the branches that no published patient takes."""

import pytest
from msgspec.structs import replace

from cobalamin.service.knowledge.loader import load_knowledge
from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.findings.blood_count import has_low_reticulocytes
from cobalamin.service.rules.model.facts import Flag
from cobalamin.service.rules.plan.first_measurement import has_unexplained_large_cells
from cobalamin.service.rules.plan.megaloblastic import has_megaloblastic_anaemia
from spec_tables import ON, read_facts

KNOWLEDGE = load_knowledge("uk-nice")


def a_case(**given: str) -> Case:
    return Case(read_facts(dict(given)), KNOWLEDGE, ON)


@pytest.mark.parametrize(
    ("history", "unexplained"),
    [
        ("hydroxycarbamide since 2026-01-01", False),
        ("hydroxycarbamide since 2026-11-19", True),
        ("hydroxycarbamide", True),
    ],
)
def test_a_medicine_explains_large_cells_only_if_b12_is_known_to_be_measured_since(
    history: str, *, unexplained: bool
) -> None:
    case = a_case(b12="600 ng/L @2026-06-01", mcv="112 fL", history=history)
    assert has_unexplained_large_cells(case) is unexplained


@pytest.mark.parametrize(("b12", "expected"), [("98 ng/L", True), ("600 ng/L", False)])
def test_large_cells_and_anaemia_are_megaloblastic_only_with_deficiency(
    b12: str, *, expected: bool
) -> None:
    assert has_megaloblastic_anaemia(a_case(b12=b12, hb="90 g/L", mcv="112 fL")) is expected


@pytest.mark.parametrize(("flag", "is_low"), [(Flag.low, True), (Flag.normal, False)])
def test_a_share_of_reticulocytes_counts_by_its_flag_before_any_number(
    flag: Flag, *, is_low: bool
) -> None:
    facts = read_facts({"reticulocytes": "1 %", "red_cell_count": "4 10*12/L"})
    share, cells = facts.results
    flagged = replace(facts, results=(replace(share, flag=flag), cells))
    assert has_low_reticulocytes(Case(flagged, KNOWLEDGE, ON)) is is_low
