"""Results in laboratory messages: what is used, what is refused, and what takes another away."""

from pathlib import Path

import pytest

from messages import (
    MSH,
    OBR,
    PID,
    answered,
    comment,
    errors,
    field,
    message,
    obx,
    outcome,
)

SITE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "site.toml"
CODES = "https://cobalamin.org/fhir/CodeSystem/"


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        pytest.param(obx(value="<50"), "deficient", id="NM with a comparator"),
        pytest.param(obx(value="<^50", kind="SN"), "deficient", id="SN"),
        pytest.param(obx(value=">2000"), "", id="far above"),
        pytest.param(obx(value="120", kind="ST"), "deficient", id="a number as text"),
        pytest.param(obx(value="120."), "deficient", id="no digit behind the point"),
        pytest.param(obx(unit="pg/mL^picograms^UCUM"), "deficient", id="UCUM"),
        pytest.param(obx(unit="X^own^L^pg/mL^p^UCUM"), "deficient", id="UCUM second"),
        pytest.param(obx(unit="PGML^pg/mL^L"), "deficient", id="the unit as the text of a code"),
        pytest.param(obx(unit="pg/mL^picograms^ISO+"), "deficient", id="the unit as the code"),
        pytest.param(obx(code="B12^x^L^2132-9"), "deficient", id="LOINC second"),
        pytest.param(obx(code="B12^x^L^^^^^^^2132-9"), "deficient", id="LOINC third"),
        pytest.param(obx(status="C"), "deficient", id="corrected"),
    ],
)
def test_results_as_laboratories_send_them(segment: str, expected: str) -> None:
    assert outcome(message(segment))[1] == expected


@pytest.mark.parametrize(
    ("segment", "code", "where"),
    [
        pytest.param(obx(unit=""), "unit-missing", "OBX^1^5", id="no unit"),
        pytest.param(obx(unit="g/L"), "unit-not-read", "OBX^1^5", id="unit"),
        pytest.param(obx(status="P"), "status-not-final", "OBX^1^11", id="preliminary"),
        pytest.param(obx(status="X"), "status-withdrawn", "OBX^1^11", id="cancelled"),
        pytest.param(obx(status="D"), "entered-in-error", "OBX^1^11", id="deleted"),
        pytest.param(obx(status=""), "status-missing", "OBX^1^11", id="no status"),
        pytest.param(obx(status="?"), "status-not-known", "OBX^1^11", id="another status"),
        pytest.param(obx(value="120~130"), "several-values", "OBX^1", id="two values"),
        pytest.param(obx(value="5^-^9", kind="SN"), "value-not-read", "OBX^1^5", id="a range"),
        pytest.param(obx(value="low", kind="TX"), "value-not-read", "OBX^1^5", id="free text"),
        pytest.param(obx(value=""), "value-missing", "OBX^1", id="no value"),
        pytest.param(obx(value='""'), "value-absent", "OBX^1^5", id="deleted value"),
        pytest.param(obx(value="98,5"), "value-not-read", "OBX^1^5", id="a comma"),
        pytest.param(obx(value="-5"), "value-not-read", "OBX^1^5", id="a sign before it"),
        pytest.param(obx(system=""), "code-system-missing", "OBX^1^3", id="no code system"),
        pytest.param(
            obx(unit="pg/mL^ng/mL^UCUM"), "unit-and-code-differ", "OBX^1^5", id="two units"
        ),
        pytest.param(
            obx(unit="pmol/L^pg/mL^L"), "unit-and-code-differ", "OBX^1^5", id="two units of a list"
        ),
        pytest.param(obx(taken="16.11.2026"), "date-not-read", "OBX^1^14", id="date"),
    ],
)
def test_what_cannot_be_used_is_a_warning_and_no_comment(
    segment: str, code: str, where: str
) -> None:
    found = answered(message(segment))
    assert field(found, "MSA", 1) == "AA"
    assert (where, code) in errors(found)
    assert comment(found) == ""
    assert field(found, "ZCB", 1) == "not-assessable"
    assert field(found, "ZCB", 4)


def test_the_reports_own_limits_are_used() -> None:
    low = {"homocysteine": obx("13965-9", "12", "umol/L", limits="(5 to 10)")}
    found = answered(message(obx(value="250"), low["homocysteine"]))
    assert field(found, "ZCB", 2) == "indeterminate"
    for limits in ("< 260", "0 - 260", "[0;260]", "up to 260"):
        own = obx("13964-2", "270", "nmol/L", limits=limits)
        assert outcome(message(obx(value="250"), own))[1] == "deficient-by-mma", limits
    own = obx("13964-2", "270", "nmol/L", limits="see report")
    found = answered(message(obx(value="250"), own))
    assert field(found, "ZCB", 2) != "deficient-by-mma"


def test_the_time_of_the_order_is_that_of_its_results() -> None:
    old = OBR.replace("20261116", "20230101")
    body = "\r".join((MSH, PID, old, obx(value="600"), OBR, obx("787-2", "110", "fL")))
    assert field(answered(body), "ZCB", 2) != "deficient"
    notes = dict(errors(answered(f"{MSH}\r{PID}\rOBR|1\r{obx()}")))
    assert notes == {"OBX^1": "date-missing"}


def test_a_corrected_result_says_what_it_supersedes() -> None:
    body = message(obx(value="600"), obx(value="120", status="C"))
    assert "supersed" in comment(answered(body)).lower()


def test_local_codes_come_from_the_site_file() -> None:
    local = obx("B12", system="https://lab.example.org/codes")
    assert outcome(message(local))[1] == ""
    assert outcome(message(local), site=SITE)[1] == "deficient"


VIBRATION = "130980003"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("not tested", "TX"),
        ("absent", "FT"),
        ("^^L", "CWE"),
        ("no~yes", "ST"),
        ('""', "CWE"),
        ("perhaps", "ST"),
    ],
)
def test_a_sign_with_a_value_that_is_not_read_is_not_there(value: str, kind: str) -> None:
    found = answered(message(obx(value="250"), obx(VIBRATION, value, "", kind=kind, system="SCT")))
    assert field(found, "ZCB", 2) == "indeterminate"
    assert "nerves" not in comment(found)
    coded = answered(message(obx(value="250"), obx(VIBRATION, "", "", kind="", system="SCT")))
    assert "nerves" in comment(coded)


def test_words_about_a_film_are_not_taken_for_what_it_shows() -> None:
    film = obx("hypersegmented_neutrophils", "none", "", kind="TX", system=f"{CODES}analyte")
    assert ("OBX^2^5", "value-not-read") in errors(answered(message(obx(), film)))


@pytest.mark.parametrize("status", ["D", "X", "W"])
@pytest.mark.parametrize("number", ["A1", ""])
def test_a_deleted_result_takes_its_earlier_version_with_it(status: str, number: str) -> None:
    order = OBR.replace("OBR|1||", f"OBR|1||{number}")
    sent = obx("718-7", "70", "g/L")
    deleted = obx("718-7", "", "g/L", status=status)
    found = answered(f"{MSH}\r{PID}\r{order}\r{sent}\r{deleted}\r{obx()}")
    assert [where for where, _ in errors(found)] == ["OBX^2^11", "OBX^1"]


def test_a_correction_names_its_result_by_order_and_code() -> None:
    order = OBR.replace("OBR|1||", "OBR|1||A1")
    wrong, right = obx(value="600", taken="20261116"), obx(status="C", taken="20261115")
    for numbered, code in ((order, "deficient"), (OBR, "")):
        body = f"{MSH}\r{PID}\r{numbered}\r{wrong}\r{right}"
        assert field(answered(body), "ZCB", 2) == code


@pytest.mark.parametrize(
    ("born", "outcome_told"),
    [
        ("2010", "not-assessable"),
        ("20100101^Y", "not-assessable"),
        ("20101121", "not-assessable"),
        ("20101120", "no-advice"),
        ("201011", "not-assessable"),
        ("20101101^L", "not-assessable"),
        ("20101101120000-0800", "no-advice"),
    ],
)
def test_nobody_is_taken_for_older_than_their_birth_is_known(born: str, outcome_told: str) -> None:
    body = message(obx(value="600"), pid=(PID.replace("19690412", born),))
    assert outcome(body)[0] == outcome_told


def test_that_the_patient_has_died_is_told() -> None:
    dead = f"{PID}{'|' * 22}Y"
    assert ("PID^1", "patient-deceased") in errors(answered(message(obx(), pid=(dead,))))


def test_what_the_rules_note_stands_in_the_acknowledgement() -> None:
    found = answered(message(obx(), obx(value="600")))
    assert errors(found) == [("OBX^2", "results-disagree")]
    found = answered(message(obx("787-2", "110", "fL"), obx(value="600")))
    (note,) = [str(one).split("|") for one in found if str(one[0]) == "ERR"]
    assert (note[4], note[5].split("^")[0]) == ("I", "large-cells-not-explained")
    assert note[7] == "results"


@pytest.mark.parametrize("system", ["LN", "L", ""])
def test_a_code_that_is_not_known_warns(system: str) -> None:
    found = answered(message(obx("99999-9", system=system), obx()))
    (note,) = [str(one).split("|") for one in found if str(one[0]) == "ERR"]
    assert (note[2], note[4]) == ("OBX^1^3", "W")
    assert field(found, "ZCB", 1) == "advice"
