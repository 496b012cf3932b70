"""The comparison of muscle complaints stands in the answer of whoever complains of muscles."""

from assessments import get_profile
from cobalamin.service.answers.plain import to_plain
from cobalamin.service.rules.assess import assess
from spec_tables import ON, read_facts


def findings_of(**given: str) -> dict[str, object]:
    chosen = get_profile("uk-nice")
    findings = to_plain(assess(read_facts(given), chosen.knowledge, ON), chosen, [])["findings"]
    assert isinstance(findings, dict)
    return findings


def test_both_tables_stand_in_the_answer_for_a_patient_with_cramps() -> None:
    muscle = findings_of(b12="600 ng/L", features="muscle_cramp legs; dark_urine")["muscle"]
    assert isinstance(muscle, dict)
    cells = muscle["tables"]
    assert {cell["table"] for cell in cells} == {"muscle_tension", "muscle_aches"}
    assert len(cells) == 42
    assert all(cell["text"] and cell["citation"] for cell in cells)
    place = ("accompanying", "dehydration_electrolytes")
    (cell,) = [c for c in cells if (c["row"], c["column"]) == place]
    assert (cell["for"], cell["against"]) == (["dark_urine"], [])


def test_without_a_complaint_the_comparison_is_absent() -> None:
    assert "muscle" not in findings_of(b12="600 ng/L", features="numbness")


def test_earlier_levels_are_shown() -> None:
    status = findings_of(b12="300 ng/L; 400 ng/L @2025-12-01")["b12Status"]
    assert isinstance(status, dict)
    assert [earlier["date"] for earlier in status["earlier"]] == ["2025-12-01"]


def test_results_that_never_decide_are_shown() -> None:
    shown = findings_of(b12="300 ng/L", gastrin="900 ng/L", parietal_cell_antibody="positive")
    status = shown["b12Status"]
    assert isinstance(status, dict)
    assert [one["analyte"] for one in status["supporting"]] == ["gastrin", "parietal_cell_antibody"]
    assert status["value"] == "indeterminate"
