"""Values, times and headers of HL7 v2 as laboratories write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cobalamin.service.lab.hl7v2.message import parse
from cobalamin.service.lab.hl7v2.times import fhir_time
from cobalamin.service.rules.model.dates import read_when
from messages import MSH, PID, answered, errors, field, message, obx, outcome, send


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        pytest.param(obx(value="=^120", kind="SN"), "deficient", id="SN with an equals sign"),
        pytest.param(obx(value="^120", kind="SN"), "deficient", id="SN without a comparator"),
        pytest.param(obx(value="<=^120", kind="SN"), "deficient", id="SN at most"),
        pytest.param(obx(value="+120"), "deficient", id="NM with a plus sign"),
        pytest.param(obx(value="=^+120", kind="SN"), "deficient", id="both"),
        pytest.param(obx(value="LESS THAN 150", kind="ST"), "deficient", id="less than"),
        pytest.param(obx(value="GREATER THAN 2000", kind="ST"), "", id="greater than"),
        pytest.param(obx(value="GREATER THAN 2000"), "", id="greater than as a number"),
        pytest.param(obx(value="120.500"), "deficient", id="three digits of a number"),
    ],
)
def test_what_is_valid_is_read(segment: str, expected: str) -> None:
    sent = message(segment)
    assert outcome(sent)[1] == expected
    assert not {code for _, code in errors(answered(sent))} & {"value-not-read", "unit-missing"}


@pytest.mark.parametrize(
    "segment",
    [
        pytest.param(obx(value="12.500", kind="ST"), id="text"),
        pytest.param(obx(value="<12.500", kind="ST"), id="with a comparator"),
        pytest.param(obx(value="12,500"), id="a comma"),
        pytest.param(obx(value="LESS THAN 2.500", kind="ST"), id="in words"),
    ],
)
def test_what_is_ambiguous_is_refused(segment: str) -> None:
    sent = message(segment)
    assert outcome(sent)[0] == "not-assessable"
    assert "value-not-read" in {code for _, code in errors(answered(sent))}


def test_a_range_with_an_ambiguous_limit_is_not_used() -> None:
    assert outcome(message(obx(limits="1.500-7.500")))[1] == "deficient"
    assert outcome(message(obx(code="751-8", value="2000", unit="/uL", limits="1.500-7.500")))


# --- times


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("19690000", "1969"),
        ("19690400", "1969-04"),
        ("196900000000", "1969"),
        ("20261116084060", "2026-11-16T08:40:60"),
        ("20261116084060+0100", "2026-11-16T08:40:60+01:00"),
    ],
)
def test_times_keep_what_is_known(sent: str, read: str) -> None:
    assert fhir_time(sent) == read


@given(st.times(), st.sampled_from(("", "+0100", "-0500")), st.booleans())
def test_second_60_is_the_last_of_its_minute(
    time: object,
    zone: str,
    text: bool,  # noqa: FBT001 - drawn
) -> None:
    clock = str(time)[:5]
    offset = f"{zone[:3]}:{zone[3:]}" if zone else ""
    on = read_when(f"2026-11-16{' ' if text else 'T'}{clock}:60{offset}")
    assert on.instant is not None
    assert on.instant.second == 59
    assert on.text.startswith("2026-11-16")


def test_a_birth_of_which_only_the_year_is_known_gives_an_age() -> None:
    sent = message(obx(), pid=[PID.replace("19690412", "19690000")])
    assert outcome(sent)[1] == "deficient"
    assert not errors(answered(sent))


@pytest.mark.parametrize("sex", ["W", "X", "1", "female"])
def test_a_sex_that_is_not_in_the_table_is_a_warning(sex: str) -> None:
    pid = PID[:-1] + sex
    found = errors(answered(message(obx(), pid=[pid])))
    expected = [] if sex == "female" else [("PID^1^8", "sex-not-read")]
    assert found == expected


# --- the header


@pytest.mark.parametrize("marks", ["^~", "^", "^~\\", ""])
def test_marks_that_are_left_out_are_the_usual_ones(marks: str) -> None:
    sent = message(obx(), msh=MSH.replace("^~\\&", marks))
    assert outcome(sent)[1] == "deficient"


@given(st.text(alphabet="^~\\&#|$%a1", max_size=6))
def test_any_marks_get_an_acknowledgement_or_are_no_header(marks: str) -> None:
    found = send(message(obx(), msh=MSH.replace("^~\\&", marks)))
    assert found.status_code == 400 or found.text.startswith("MSH|")


def test_an_active_b12_under_the_code_of_the_total_is_refused() -> None:
    sent = message(obx().replace("^name^", "^Holotranscobalamin^"))
    assert outcome(sent)[0] == "not-assessable"
    assert ("OBX^1^3", "text-names-another") in errors(answered(sent))


def test_a_message_without_a_plus_is_parsed_alike() -> None:
    plain, signed = (parse(message(obx(value=value)).encode()) for value in ("120", "+120"))
    assert plain.header == signed.header
    assert field(answered(message(obx(value="+120"))), "MSA", 1) == "AA"


@pytest.mark.parametrize("value", ["10828004^Positive^SCT", "POS^Positive^HL70078", "L1^own^L"])
def test_a_coded_value_is_read(value: str) -> None:
    antibody = obx(code="31444-3", kind="CWE", value=value, unit="")
    sent = message(obx(value="600"), antibody)
    code = outcome(sent)[1]
    assert code == ("" if value.startswith("L1") else "antibody-positive")


@pytest.mark.parametrize("between", ["", " ", "\\r", "\\n", "\\X0D\\", "\t", "<CR>"])
def test_a_message_without_line_ends_is_told_so(between: str) -> None:
    sent = message(obx()).rstrip("\r").replace("\r", between)
    found = send(sent)
    assert found.status_code == 200
    ack = answered(sent)
    assert field(ack, "MSA", 1) == "AE"
    assert "end each with a carriage return" in found.get_data(as_text=True)


@pytest.mark.parametrize("between", ["\r", "\n", "\r\n", "\r\r"])
def test_every_usual_line_end_is_read(between: str) -> None:
    assert outcome(message(obx()).replace("\r", between))[1] == "deficient"
