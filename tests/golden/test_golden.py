"""Every format of every story as it was kept, read again by a parser that is not ours."""

import json
from pathlib import Path
from typing import Any

import hl7
import pytest
from fhir.resources import R4B
from stories import FILES, FORMATS, STORIES, answers
from test_doors_agree import told_by_fhir, told_by_json, told_by_message

ALL = list(STORIES)


def kept(name: str, ending: str) -> str:
    return (FILES / f"{name}.{ending}").read_text("utf-8")


@pytest.mark.parametrize("name", ALL)
def test_every_format_says_what_was_kept(name: str) -> None:
    for ending, text in answers(STORIES[name]):
        assert text == kept(name, ending), f"{name}.{ending}: run tests/golden/stories.py"


@pytest.mark.parametrize("name", ALL)
def test_the_kept_formats_tell_one_assessment(name: str) -> None:
    expected = told_by_json(json.loads(kept(name, "json")))
    by_fhir = told_by_fhir(json.loads(kept(name, "fhir.json")))
    assert {key: by_fhir.get(key, []) for key in expected} == expected
    assert told_by_message(kept(name, "hl7").replace("\n", "\r")) == expected


@pytest.mark.parametrize("name", ALL)
def test_the_kept_bundles_are_valid_fhir(name: str) -> None:
    bundle = json.loads(kept(name, "fhir.json"))
    R4B.get_fhir_model_class("Bundle").model_validate(bundle)
    for entry in bundle["entry"]:
        resource: dict[str, Any] = entry["resource"]
        R4B.get_fhir_model_class(resource["resourceType"]).model_validate(resource)


@pytest.mark.parametrize("name", ALL)
def test_the_kept_messages_are_read_by_the_library(name: str) -> None:
    message = hl7.parse(kept(name, "hl7").replace("\n", "\r"))
    assert str(message.segment("MSA")[1]) == "AA"
    assert str(message.segment("MSA")[2]) == "C1"


def test_there_is_a_file_for_each_and_no_other() -> None:
    expected = {Path(f"{name}.{ending}") for name in ALL for ending in FORMATS}
    assert {file.relative_to(FILES) for file in FILES.iterdir()} == expected
    assert len(ALL) == 12


def test_the_stories_differ_in_what_they_come_to() -> None:
    told = [told_by_json(json.loads(kept(name, "json"))) for name in ALL]
    assert len({str(one["rung"] + one["b12Status"] + one["suggestion"]) for one in told}) == 12
