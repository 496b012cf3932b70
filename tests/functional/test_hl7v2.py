"""Laboratory messages: what is read, what is refused, and that nothing is a fault."""

from itertools import product

import hl7
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from app import SHARED, app_with
from messages import (
    MSH,
    NAMES,
    OBR,
    PID,
    answered,
    comment,
    errors,
    field,
    message,
    obx,
    outcome,
    send,
)

TINGLING = obx("91019004", "", "", kind="", system="SCT")
NIST = SHARED / "hl7v2" / "microsoft__LRI_2.0-NG_CBC_Typ_Message.hl7"


# --- the acknowledgement


def test_a_message_is_acknowledged_to_its_sender() -> None:
    found = answered(message(obx()))
    assert [field(found, "MSH", number) for number in (3, 4, 5, 6)] == [
        "COBALAMIN",
        "HOSPITAL",
        "LIS",
        "LAB",
    ]
    assert (field(found, "MSA", 1), field(found, "MSA", 2)) == ("AA", "C1")
    assert field(found, "MSH", 9, 3) == "ACK"
    assert comment(found).startswith("This vitamin B12 level makes a deficiency likely.")
    assert field(found, "ZCB", 3) == "required"


def test_no_comment_on_a_normal_result() -> None:
    found = answered(message(obx(value="600")))
    assert comment(found) == ""
    assert (field(found, "ZCB", 1), field(found, "ZCB", 2)) == ("no-advice", "")


def test_tests_that_could_be_added_carry_their_loinc_code() -> None:
    found = answered(message(obx(value="250"), TINGLING))
    assert (field(found, "ZCB", 5), field(found, "ZCB", 5, 4)) == ("test-mma", "13964-2")


def test_a_test_that_is_under_way_is_not_added() -> None:
    pending = obx("13964-2", "", "nmol/L", status="P")
    found = answered(message(obx(value="250"), pending, TINGLING))
    assert "test-mma" not in str(found.segment("ZCB")[5])


@pytest.mark.parametrize("version", ["2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.8"])
def test_every_version_is_read(version: str) -> None:
    assert outcome(message(obx(), msh=MSH.replace("2.5.1", version)))[1] == "deficient"


@pytest.mark.parametrize(
    ("msh", "verdict", "code", "where"),
    [
        (MSH.replace("ORU^R01", "ADT^A01"), "AR", "200", "MSH^1^9"),
        (MSH.replace("ORU^R01", "ORU^R30"), "AR", "201", "MSH^1^9"),
        (MSH.replace("2.5.1", "2.2"), "AR", "203", "MSH^1^12"),
        (MSH + "||||||EBCDIC", "AE", "102", "MSH^1^18"),
    ],
)
def test_what_is_not_served_is_rejected(msh: str, verdict: str, code: str, where: str) -> None:
    found = answered(message(obx(), msh=msh))
    assert (field(found, "MSA", 1), field(found, "MSA", 2)) == (verdict, "C1")
    assert field(found, "ERR", 3) == code
    assert str(found.segment("ERR")[2]) == where
    assert field(found, "ZCB", 1) == ""


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(PID, PID.replace("P1", "P2"), id="another number"),
        pytest.param(PID, PID.replace("LAB^MR", "WARD^MR"), id="of another giver"),
        pytest.param(PID, PID.replace("19690412", "20150412"), id="another birth"),
        pytest.param(PID, PID.removesuffix("F") + "M", id="another sex"),
        pytest.param("PID|1|||||19690412|F", "PID|1|||||19690412|F", id="no number"),
    ],
)
def test_two_patients_in_a_message_are_rejected(first: str, second: str) -> None:
    found = answered(message(obx(), pid=(first, second)))
    assert (field(found, "MSA", 1), field(found, "ERR", 3)) == ("AR", "198")
    assert str(found.segment("ERR")[2]) == "PID^2"
    assert comment(found) == ""


def test_the_same_patient_named_twice_is_one() -> None:
    assert outcome(message(obx(), pid=(PID, PID)))[1] == "deficient"


ONE, OTHER = message(obx()), message(obx(value="600"), msh=MSH.replace("C1", "C2"))
BATCHES = {
    "a file": (f"FHS|^~\\&|LIS\rBHS|^~\\&|LIS\r{ONE}BTS|1\rFTS|1\r", "FHS^1"),
    "a batch": (f"BHS|^~\\&|LIS\r{ONE}BTS|1\r", "BHS^1"),
    "two messages": (ONE + OTHER, "MSH^2"),
    "two frames": (f"\x0b{ONE}\x1c\r\x0b{OTHER}\x1c\r", "MSH^2"),
}


@pytest.mark.parametrize("name", BATCHES)
def test_several_messages_are_rejected_and_never_read_as_one(name: str) -> None:
    body, where = BATCHES[name]
    found = answered(body)
    assert (field(found, "MSA", 1), field(found, "MSA", 2)) == ("AR", "C1")
    assert (field(found, "ERR", 3), str(found.segment("ERR")[2])) == ("200", where)
    assert comment(found) == ""


def test_a_batch_without_a_message_has_no_header_to_answer_to() -> None:
    assert send("BHS|^~\\&|LIS\rBTS|0\r").status_code == 400


@pytest.mark.parametrize("mark", ["|", "^", "~", "\rOBX"])
def test_a_message_of_far_too_many_parts_is_refused_before_it_is_taken_apart(mark: str) -> None:
    found = answered(message("OBX|1|ST|x||" + mark * 300_000))
    assert (field(found, "MSA", 1), field(found, "ERR", 3)) == ("AE", "104")
    assert send("MSH|^~\\&" + "|" * 300_000).status_code == 400


def test_a_long_document_beside_the_results_is_no_hindrance() -> None:
    report = obx("11502-2", "^application^pdf^Base64^" + "QUJD" * 500_000, "", kind="ED")
    assert outcome(message(report, obx()))[1] == "deficient"


def test_a_message_without_results_is_rejected() -> None:
    assert field(answered(message()), "MSA", 1) == "AE"


@pytest.mark.parametrize("body", ["", "x", "MSH", "MSH|", "PID|1", "MSH|aaaa|", "\x0b"])
def test_without_a_header_the_status_says_so(body: str) -> None:
    found = send(body)
    assert found.status_code == 400
    assert found.get_json(force=True)["where"] == "MSH"


def test_the_query_names_profile_and_day() -> None:
    client = app_with().test_client()

    def ask(query: str) -> TestResponse:
        sent = message(obx())
        return client.post(f"/hl7v2?{query}", data=sent, content_type="application/hl7-v2")

    def told(query: str) -> hl7.Message:
        return hl7.parse(ask(query).get_data(as_text=True))

    assert field(told("profile=us-aafp"), "ZCB", 6) == "us-aafp"
    assert field(told("asOf=2020-01-01"), "ZCB", 9) == "not-assessable"
    assert field(told("asOf=2026-11-20"), "ZCB", 9) == "deficient"
    assert ask("profile=none").status_code == 422


def test_another_media_type_is_refused() -> None:
    client = app_with().test_client()
    assert client.post("/hl7v2", data=message(obx()), content_type="text/plain").status_code == 415
    found = client.post(
        "/hl7v2",
        data=message(obx()),
        content_type="application/hl7-v2",
        headers={"Accept": "application/xml"},
    )
    assert found.status_code == 406


# --- the encoding


@pytest.mark.parametrize(("end", "frame"), list(product(("\r", "\n", "\r\n"), (False, True))))
def test_line_ends_and_frames(end: str, *, frame: bool) -> None:
    body = message(obx()).replace("\r", end)
    assert outcome(f"\x0b{body}\x1c\r" if frame else body)[1] == "deficient"


def test_other_separators_are_read() -> None:
    body = message(obx(limits="[180-914]")).replace("|", "#").replace("^", "!")
    assert outcome(body)[1] == "deficient"


@pytest.mark.parametrize(("name", "encoding"), [("8859/1", "latin-1"), ("UNICODE UTF-8", "utf-8")])
def test_character_sets(name: str, encoding: str) -> None:
    body = message(obx(), msh=f"{MSH}||||||{name}", pid=(PID.replace("Example", "Müller"),))
    assert field(answered(body.encode(encoding)), "MSA", 1) == "AA"


def test_a_message_in_another_character_set_than_it_says_is_an_error() -> None:
    body = message(obx(), pid=(PID.replace("Example", "Müller"),)).encode("latin-1")
    found = answered(body)
    assert (field(found, "MSA", 1), field(found, "ERR", 2, 3)) == ("AE", "18")


def test_escapes_and_segments_of_ones_own() -> None:
    body = message("ZZZ|1|x", "NTE|1|L|\\F\\ a \\S\\ b", obx(limits="180\\X2D\\914"))
    assert outcome(body)[1] == "deficient"


# --- real and odd messages


@pytest.mark.skipif(not NIST.is_file(), reason="the shared data are not here")
def test_the_nist_message_is_read_and_its_haemoglobin_not_believed() -> None:
    found = answered(NIST.read_bytes())
    assert (field(found, "MSA", 1), field(found, "MSA", 2)) == ("AA", "NIST-LRI-NG-002.00")
    assert ("OBX^2^5", "unit-not-read") in errors(found)
    assert comment(found) == ""
    assert field(found, "ZCB", 4) == "result-refused"


PARTS = ["", "|", "^", "~", "\\", "&", '""', "\\X", "x" * 300, "9" * 60, "<", "MSH|", "\x00", "é"]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 20), st.sampled_from(PARTS)), max_size=4)
)
def test_no_mutation_of_a_message_is_a_fault(changes: list[tuple[int, int, str]]) -> None:
    segments = [MSH, PID, OBR, obx(limits="180-914", flag="L"), obx(NAMES["mcv"], "112", "fL")]
    for segment, place, part in changes:
        fields = segments[segment].split("|")
        fields[place % len(fields)] = part
        segments[segment] = "|".join(fields)
    found = send("\r".join(segments))
    assert found.status_code in (200, 400), found.text
    if found.status_code == 200:
        assert field(answered("\r".join(segments)), "MSA", 1) in ("AA", "AE", "AR")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_are_a_fault(body: bytes) -> None:
    assert send(b"MSH|^~\\&|" + body).status_code in (200, 400)
    # What begins as gzip does is refused as such.
    assert send(body).status_code in ((415,) if body.startswith(b"\x1f\x8b") else (200, 400))


@pytest.mark.parametrize(
    "text", ["\\\\", "\\Zsecret\\", "\\C2842\\", "\\M1\\", "\\X0Z\\", "\\", "\\.sp99\\"]
)
def test_what_was_sent_is_never_logged(text: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(0):
        found = send(message(obx(), pid=(PID.replace("Example", f"Secret{text}"),)))
    assert found.status_code == 200
    assert "ecret" not in caplog.text
