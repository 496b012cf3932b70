"""Inputs of the kinds that public reports of faults describe: each gets the right answer."""

import json
from pathlib import Path
from typing import Any

import hl7
import pytest

from app import KEY, app_with
from entry_points import HL7V2, JSON
from messages import errors, field

FILES = sorted((Path(__file__).parent / "reported").glob("*.json"))
Json = dict[str, Any]


def answer_to(sent: Json) -> Any:  # noqa: ANN401
    """The answer to the body at its address, of its day."""
    body, address = sent["body"], sent["address"]
    is_message = address == "/hl7v2"
    data = body if isinstance(body, str) else json.dumps(body)
    client = app_with().test_client()
    query = "" if address.startswith("/cds-services/") else f"?asOf={sent['asOf']}"
    kind = HL7V2 if is_message else JSON
    return client.post(f"{address}{query}", data=data.encode(), content_type=kind)


def found_in_message(text: str) -> Json:
    message = hl7.parse(text)
    return {"outcome": field(message, "ZCB", 1), "errors": [list(one) for one in errors(message)]}


def found_in_answer(body: Json) -> Json:
    """What a file may expect of an assessment or of the answer of a service."""
    told = body["extension"][KEY] if "extension" in body else body
    findings = told.get("findings", {})
    return {
        "outcome": told["outcome"],
        "reasons": [reason["code"] for reason in told["reasons"]],
        "notes": sorted({note["code"] for note in told["notes"]}),
        "cards": len(body["cards"]),
        "b12": findings.get("b12Status", {}).get("value"),
        "anaemia": findings.get("anaemia", {}).get("value"),
        "causes": [cause["code"] for cause in findings.get("causes", [])],
    }


@pytest.mark.parametrize("file", [pytest.param(file, id=file.stem) for file in FILES])
def test_a_reported_input_gets_its_answer(file: Path) -> None:
    sent = json.loads(file.read_text("utf-8"))
    expected = sent["expect"]
    answer = answer_to(sent)
    assert answer.status_code == expected.pop("http", 200), answer.text
    assert sent["about"]
    if answer.status_code == 200:
        is_message = sent["address"] == "/hl7v2"
        found = found_in_message(answer.text) if is_message else found_in_answer(answer.get_json())
        assert expected
        for name, value in expected.items():
            if name in ("reasons", "errors"):
                assert [one for one in value if one not in found[name]] == []
            else:
                assert found[name] == value, name
