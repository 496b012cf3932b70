"""A body that is not JSON is told with its kind, or with line, column and path of the fault."""

import gzip
import json
import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cobalamin.fhir.decode.json_faults import find_json_fault, path_at

FORM = """{
  "patient": {"age": 57},
  "results": [
    {"analyte": "mcv", "value": 96},
    {"analyte": "b12_total", "value": 205, "unit": "pg/mL"}
  ]
}"""


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "it is empty"),
        (b" \r\n\t", "it is empty"),
        (gzip.compress(b"{}", mtime=0), "it is compressed"),
        (b"PK\x03\x04\x14\x00", "it is compressed"),
        (FORM.encode("utf-16"), "UTF-16"),
        (FORM.encode("utf-16-le"), "UTF-16"),
        (FORM.encode("utf-16-be"), "UTF-16"),
        (FORM.encode("utf-32"), "UTF-16 or UTF-32"),
        (b'<?xml version="1.0"?><Bundle/>', "it looks like XML"),
        (b"  <html>", "it looks like XML"),
        (b"MSH|^~\\&|LAB|", "it looks like HL7 v2; send it to /hl7v2"),
        (b'{"patient": {}}\n{"patient": {}}\n', "several documents"),
        (b"[1]\n[2]", "several documents"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_another_kind_of_body_is_named(body: bytes, said: str) -> None:
    assert said in find_json_fault(body).message


@pytest.mark.parametrize(
    "number",
    [
        "0205",
        "+205",
        "205,5",
        "<205",
        "> 205",
        "NaN",
        "Infinity",
        "-Infinity",
        "0x1F",
        ".5",
        "205.",
        "2e",
        "--1",
        "1.2.3",
    ],
)
def test_one_bad_number_is_named_with_its_place(number: str) -> None:
    fault = find_json_fault(FORM.replace("205", number).encode())
    assert "a number is not written as JSON has it" in fault.message
    assert fault.where == "results[1].value" or "," in number
    line, column = map(int, re.findall(r"\d+", fault.message)[:2])
    assert line == 5
    assert 38 <= column <= 40 + len(number)


@pytest.mark.parametrize(
    ("old", "new", "said", "line", "where"),
    [
        ("57}", "57,}", "a comma before a closing bracket", 2, "patient"),
        (
            '"mL"}'.replace("mL", "pg/mL"),
            '"pg/mL"},',
            "a comma before a closing bracket",
            5,
            "results[1]",
        ),
        (
            '"b12_total"',
            "\u201cb12_total\u201d",
            "typographic quotation mark",
            5,
            "results[1].analyte",
        ),
        ('"unit"', "\u00abunit\u00bb", "typographic quotation mark", 5, "results[1]"),
        ('"mcv"', "'mcv'", "a single quotation mark", 4, "results[0].analyte"),
        ('"results"', "results", "the name of a member must stand between", 3, None),
        ('"age":', '"age"', "a colon is missing", 2, "patient"),
        ("96}", "96", "a comma or a closing bracket is missing", 5, "results[0]"),
        ("57", "None", "write null, true or false", 2, "patient.age"),
        ("57", "True", "write null, true or false", 2, "patient.age"),
        ("57", "undefined", "write null, true or false", 2, "patient.age"),
        ("57", "57 // years", "a comment", 2, "patient.age"),
        ('"mcv"', '"m\ncv"', "a line break or control character", 4, "results[0].analyte"),
        ('"mcv"', '"m\\cv"', "write a backslash twice", 4, "results[0].analyte"),
        ("57", "1e999", "a number is too large", 2, "patient.age"),
    ],
)
def test_a_fault_is_named_with_line_and_path(
    old: str, new: str, said: str, line: int, where: str | None
) -> None:
    fault = find_json_fault(FORM.replace(old, new, 1).encode())
    assert said in fault.message
    assert fault.message.startswith(f"the body is not JSON: line {line}, column ")
    assert fault.where == where


def test_a_column_counts_characters_and_not_bytes() -> None:
    fault = find_json_fault('{"\u00e9\u00e9": 01}'.encode())
    assert "line 1, column 8:" in fault.message
    assert fault.where == "?"


def test_a_character_that_is_not_utf_8_is_named_with_its_place() -> None:
    fault = find_json_fault(b'{"patient": {\n"id": "M\xfcller"}}')
    assert fault.message.endswith("line 2, column 9: a character that is not UTF-8")
    assert fault.where == "patient.id"


@pytest.mark.parametrize("end", range(1, len(FORM) - 1, 7))
def test_a_body_that_was_cut_off_is_named_so(end: int) -> None:
    fault = find_json_fault(FORM[:end].encode())
    assert "it was cut off" in fault.message or "is not written" in fault.message


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text('ab \u00e9"\\', max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=2), inner),
    max_leaves=8,
)


@given(st.binary(max_size=40) | JSON.map(lambda value: json.dumps(value).encode()), st.data())
def test_any_bytes_get_a_message_without_what_was_sent(body: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(body)))
    broken = body[:at] + b"@CANARY@" + body[at:]
    fault = find_json_fault(broken)
    assert fault.message.startswith("the body is not JSON")
    assert "CANARY" not in fault.message + (fault.where or "")


@given(JSON, st.data())
def test_the_path_of_every_number_leads_to_it(value: object, data: st.DataObject) -> None:
    body = json.dumps(value).encode()
    numbers = [
        found for found in re.finditer(rb'"(?:[^"\\]|\\.)*"|-?\d+', body) if found[0][:1] != b'"'
    ]
    if not numbers:
        return
    chosen = data.draw(st.sampled_from(numbers))
    found: object = msgspec.json.decode(body)
    path = path_at(body, chosen.start())
    if "?" in path or b'""' in body:
        return
    for part in re.findall(r"\[(\d+)\]|([a-c]+)", path):
        found = found[int(part[0])] if part[0] else found[part[1]]  # type: ignore[index]
    assert found == int(chosen[0])
