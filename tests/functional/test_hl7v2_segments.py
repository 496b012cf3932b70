"""Segments that are not read, values without a type, two units, several specimens: never silent."""

import hl7
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cobalamin.service.lab.hl7v2.message import UNREAD_SEGMENTS
from messages import answered, errors, message, obx, outcome

SEGMENTS = {
    "AL1": "AL1|1|DA|70618^Penicillin^RXNORM|SV|Rash",
    "DG1": "DG1|1||D51.0^Pernicious anaemia^I10|||F",
    "IAM": "IAM|1|DA|X^Cobalt^L|SV||A",
    "PRB": "PRB|AD|20260101|84027009^Pernicious anaemia^SCT|1",
    "PR1": "PR1|1||26452005^Total gastrectomy^SCT||20200101",
    "RXA": "RXA|0|1|20261001|20261001|B03BA03^Hydroxocobalamin^ATC|1|mg",
    "RXE": "RXE|1|6809^Metformin^RXNORM|1||tab",
    "RXO": "RXO|4511^Folic acid^RXNORM|5||mg",
}


def notes_of(answer: hl7.Message) -> set[str]:
    return {code for _, code in errors(answer)}


@pytest.mark.parametrize("name", sorted(UNREAD_SEGMENTS))
def test_a_segment_that_is_not_read_warns_once(name: str) -> None:
    segment = SEGMENTS.get(name, f"{name}|1|x^y^z")
    found = answered(message(segment, segment, obx()))
    assert errors(found).count((f"{name}^1", "segment-not-read")) == 1


def test_a_segment_that_merges_persons_is_said_and_leaves_no_list_unknown() -> None:
    found, usual = answered(message("MRG|P2^^^LAB^MR", obx())), answered(message(obx()))
    assert ("MRG^1", "segment-not-read") in errors(found)
    assert [str(one) for one in found if str(one[0]) != "ERR"][1:] == [
        str(one) for one in usual if str(one[0]) != "ERR"
    ][1:]


@pytest.mark.parametrize("order", ["X^name^L", "99999-9^name^LN"])
def test_an_order_of_an_unknown_code_is_said_where_it_holds_no_result(order: str) -> None:
    request = f"OBR|2|||{order}|||20261116084000+0000"
    other = obx("718-7", "13", "g/dL")
    usual, found = notes_of(answered(message(obx()))), notes_of(answered(message(obx(), request)))
    assert found - usual in ({"code-system-not-read"}, {"code-not-known"})
    assert notes_of(answered(message(obx(), request, other))) == usual


def test_a_message_without_them_says_nothing_of_them() -> None:
    assert "segment-not-read" not in notes_of(answered(message("NTE|1||a note", obx())))


@pytest.mark.parametrize("name", ["AL1", "IAM"])
@pytest.mark.parametrize(
    ("substance", "warns"),
    [("Vitamin B12 injection", True), ("COBALT", True), ("Penicillin", False)],
)
def test_an_allergy_that_may_bar_vitamin_b12_is_one_that_was_not_read(
    name: str, substance: str, *, warns: bool
) -> None:
    found = answered(message(f"{name}|1|DA|X^{substance}^L", obx()))
    (report,) = [str(segment) for segment in found if str(segment[0]) == "ZCB"]
    assert ("allergy-not-read" in report) is warns


@settings(max_examples=60, deadline=None)
@given(lines=st.lists(st.sampled_from(sorted(SEGMENTS.values())), max_size=6), at=st.booleans())
def test_each_type_of_any_mixture_is_said(lines: list[str], at: object) -> None:
    body = message(*lines, obx()) if at else message(obx(), *lines)
    said = {where[:3] for where, code in errors(answered(body)) if code == "segment-not-read"}
    assert said == {line[:3] for line in lines}


def test_other_marks_are_read_as_marks() -> None:
    other = message("AL1|1|DA|X^cobalt^L", obx()).replace("|", "#").replace("^", "!")
    (report,) = [str(one) for one in answered(other) if str(one[0]) == "ZCB"]
    assert "allergy-not-read" in report


# --- values without a type


@pytest.mark.parametrize("kind", ["XX", "DT", "TM", "TS", "DTM", "TX", "FT", "ED", "QQ"])
def test_a_value_of_a_kind_that_is_not_read_is_refused(kind: str) -> None:
    found = answered(message(obx(kind=kind)))
    assert ("OBX^1^5", "value-not-read") in errors(found)
    assert outcome(message(obx(kind=kind)))[1] != "deficient"


@given(kind=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=3))
@settings(max_examples=40, deadline=None)
def test_no_other_kind_is_read_as_a_number(kind: str) -> None:
    assume(kind not in ("NM", "ST", "SN", "ID", "IS", "CE", "CF", "CWE", "CNE"))
    assert "value-not-read" in notes_of(answered(message(obx(kind=kind))))


def test_a_value_without_a_kind_is_read_and_said() -> None:
    found = answered(message(obx(kind="")))
    assert ("OBX^1^2", "value-type-missing") in errors(found)
    assert outcome(message(obx(kind="")))[1] == "deficient"
    assert "value-type-missing" not in notes_of(answered(message(obx(kind="", value=""))))


# --- two units

SAME = ["pg/mL", "ng/L"]
OTHER = ["pmol/L", "ng/mL", "nmol/L", "ug/L", "g/dL"]


@pytest.mark.parametrize("other", OTHER)
@pytest.mark.parametrize(
    "written", ["pg/mL^^UCUM^{0}^^L", "pg/mL^p^UCUM^{0}^x^UCUM", "pg/mL^^L^{0}^^L", "pg/mL^{0}^L"]
)
def test_a_second_unit_of_another_meaning_is_refused(written: str, other: str) -> None:
    found = answered(message(obx(unit=written.format(other))))
    assert notes_of(found) & {"unit-and-code-differ", "unit-not-of-code"}
    assert outcome(message(obx(unit=written.format(other))))[1] != "deficient"


@pytest.mark.parametrize(
    "unit",
    ["pg/mL^^UCUM^ng/L^^L", "pg/mL^^UCUM^PGML^own^L", "pg/mL^picograms per millilitre^UCUM"],
)
def test_a_second_unit_of_the_same_size_takes_nothing_away(unit: str) -> None:
    assert outcome(message(obx(unit=unit)))[1] == "deficient"


# --- several specimens


@pytest.mark.parametrize(
    ("kinds", "is_refused"),
    [
        (["SER^Serum^HL70487", "PLAS^Plasma^HL70487"], False),
        (["SER^Serum^HL70487", "UR^Urine^HL70487"], True),
        (["UR^Urine^HL70487", "SER^Serum^HL70487"], True),
        (["CSF^CSF^HL70487", "UR^Urine^HL70487"], True),
        (["SER^Serum^HL70487", "SER^Serum^HL70487", "CSF^CSF^HL70487"], True),
    ],
)
def test_of_several_specimens_each_must_fit(kinds: list[str], *, is_refused: bool) -> None:
    specimens = [f"SPM|{at}|||{kind}" for at, kind in enumerate(kinds, start=1)]
    found = answered(message(obx(), *specimens))
    assert ("specimen-of-another-kind" in notes_of(found)) is is_refused


# --- comments, cancelled orders, methods and flags


@given(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=40))
@settings(max_examples=25, deadline=None)
def test_any_comment_is_said(text: str) -> None:
    assert ("NTE^1", "comment-not-read") in errors(answered(message(obx(), f"NTE|1|L|{text}")))
    asked = message(obx()).replace("+0000", f"+0000||||||{text}")
    assert ("OBR^1^13", "comment-not-read") in errors(answered(asked))


@pytest.mark.parametrize("control", ["ORC|CA|1", "ORC|CR|1", "ORC|OC|1", "ORC|SC|1|||CA", "orc|ca"])
def test_results_of_a_cancelled_order_do_not_count(control: str) -> None:
    body = message(obx()).replace("OBR|", f"{control.upper()}\rOBR|")
    assert outcome(body)[0] == "not-assessable"
    assert ("OBX^1^11", "status-withdrawn") in errors(answered(body))


@pytest.mark.parametrize("control", ["ORC|RE|1", "ORC|NW|1|||CM", "ORC|SC|1|||IP", "ORC"])
def test_results_of_any_other_order_do(control: str) -> None:
    body = message(obx()).replace("OBR|", f"{control}\rOBR|")
    assert outcome(body) == outcome(message(obx()))


def test_an_order_without_control_is_not_that_of_the_one_before() -> None:
    other = "OBR|2|||B12^B12^L|||20261116084000+0000"
    body = message(obx("718-7", "121", "g/L"), other, obx()).replace("OBR|1", "ORC|CA|1\rOBR|1")
    assert outcome(body)[0] == "advice"


def test_a_method_of_another_test_and_an_unknown_flag_are_said() -> None:
    active = obx() + "|||HTC^Holotranscobalamin^L"
    assert ("OBX^1^17", "text-names-another") in errors(answered(message(active)))
    assert ("OBX^1^8", "interpretation-not-read") in errors(answered(message(obx(flag="QQ"))))


PENDING = "OBR|2|||B12^Vitamin B12^L|||20261116084000+0000" + "|" * 18


@pytest.mark.parametrize(("status", "code"), [("I", "status-not-final"), ("F", "value-missing")])
def test_an_order_of_vitamin_b12_without_result_is_said(status: str, code: str) -> None:
    body = message(obx("718-7", "121", "g/L"), PENDING + status)
    assert ("OBR^2", code) in errors(answered(body))
    assert outcome(body)[0] == "not-assessable"


@pytest.mark.parametrize("status", ["", "F", "I", "X"])
def test_an_order_whose_result_stands_elsewhere_refuses_nothing(status: str) -> None:
    body = message(obx(), PENDING + status)
    assert outcome(body)[0] == "advice"


@given(st.text(st.characters(categories=["L", "N"]), max_size=20))
@settings(max_examples=10, deadline=None)
def test_a_segment_of_a_sites_own_is_said_for_information(text: str) -> None:
    assert ("ZB1^1", "segment-not-read") in errors(answered(message(obx(), f"ZB1|1|{text}")))


def test_a_report_as_text_is_said() -> None:
    told = message(obx("C^Comment", "Vitamin B12 120 ng/L", "", kind="FT", system="L"))
    found = errors(answered(told))
    assert found.count(("OBX^1^5", "comment-not-read")) == len(["it is there", "names B12"])


SPECIMEN = "SPM|1|||SER^Serum^HL70487"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ("|" * 17 + "RH^Hemolysis^HL70490", "specimen-not-usable"),
        ("|" * 16 + "N", "specimen-not-usable"),
        ("|" * 20 + "HEM^Hemolyzed^HL70493", "specimen-condition"),
        ("|" * 20 + "ROOM^Room temperature^HL70493~CLOT^Clotted^HL70493", "specimen-condition"),
    ],
)
def test_what_is_said_of_the_specimen_is_not_passed_over(more: str, code: str) -> None:
    assert ("OBX^1", code) in errors(answered(message(obx(), SPECIMEN + more)))


@pytest.mark.parametrize("more", ["", "|" * 16 + "Y", "|" * 20 + "COOL^Cool^HL70493"])
def test_an_ordinary_specimen_is(more: str) -> None:
    assert errors(answered(message(obx(), SPECIMEN + more))) == []


@pytest.mark.parametrize("line", ["NTE|1|L|x", "AL1|1", "ZB1|", "DG1|1", "x"])
def test_a_message_of_far_too_many_segments_is_refused(line: str) -> None:
    found = answered(message(obx(), *[line] * 50_000))
    assert [str(one[1]) for one in found if str(one[0]) == "MSA"] == ["AE"]
    assert "104" in str(found)


def test_blank_lines_are_no_segments() -> None:
    assert outcome(message(obx()) + "\r\n" * 60_000)[0] == "advice"


def test_an_allergy_longer_than_any_is_one_that_was_not_read() -> None:
    found = answered(message("AL1|1|DA|" + "~x" * 20_000, obx()))
    assert "allergy-not-read" in str(found)
