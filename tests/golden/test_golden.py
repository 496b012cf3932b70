"""Every format of every story as it was kept, read again by a parser that is not ours."""

import json
from pathlib import Path
from typing import Any

import hl7
import pytest
from fhir.resources import R4B
from stories import FILES, FORMATS, STORIES, answers, answers_as_sent
from test_entry_points_agree import told_by_fhir, told_by_json, told_by_message

from cobalamin.service.answers.evidence_text import SHORT_HASH
from cobalamin.service.knowledge.loader import knowledge_hash
from steady import KNOWLEDGE, steady

ALL = list(STORIES)


def kept(name: str, ending: str) -> str:
    return (FILES / f"{name}.{ending}").read_text("utf-8")


@pytest.mark.parametrize("name", ALL)
def test_every_format_says_what_was_kept(name: str) -> None:
    for ending, text in answers(STORIES[name]):
        assert text == kept(name, ending), f"{name}.{ending}: run tests/golden/stories.py"


@pytest.mark.parametrize("name", ALL)
def test_every_answer_says_by_which_knowledge_it_was_made(name: str) -> None:
    sent = dict(answers_as_sent(STORIES[name]))
    assert json.loads(sent["json"])["knowledge"]["hash"] == knowledge_hash()
    assert told_by_fhir(json.loads(sent["fhir.json"]))["knowledgeHash"] == [knowledge_hash()]
    (result,) = (line for line in sent["hl7"].splitlines() if line.startswith("ZCB|"))
    assert knowledge_hash() in result.split("|")
    for card in json.loads(sent["json"])["cards"]:
        assert "sha256" not in card["detail"]


@pytest.mark.parametrize("name", ALL)
def test_every_kept_answer_says_that_there_was_a_hash(name: str) -> None:
    for ending in FORMATS:
        assert KNOWLEDGE in kept(name, ending)
        assert "sha256" not in kept(name, ending)


def test_another_hash_than_the_one_in_use_is_not_made_steady() -> None:
    other = f"sha256:{'0' * 64}"
    assert steady(f"{other} {other[:SHORT_HASH]}") == f"{other} {other[:SHORT_HASH]}"
    assert (
        steady(f"{knowledge_hash()} {knowledge_hash()[:SHORT_HASH]}") == f"{KNOWLEDGE} {KNOWLEDGE}"
    )


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
