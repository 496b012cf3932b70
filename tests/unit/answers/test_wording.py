"""Every code has its words; a file that is wrong refuses to load and names the key."""

import shutil
from pathlib import Path

import msgspec
import pytest

from assessments import PROFILES, get_profile
from cobalamin.service.knowledge import toml_files
from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.loader import load_citations
from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.knowledge.wording_loader import load_wording
from cobalamin.service.rules.model.assessment import Route, Tier, Urgency
from cobalamin.service.rules.model.codes import CAUTION_CODES, SUGGESTION_CODES
from cobalamin.service.rules.model.vocabulary import Analyte, Feature, History, Intake

KNOWLEDGE = Path(str(toml_files.ROOT))


def load_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, old: str, new: str
) -> Wording:
    """The wording of uk-nice after one change to one file."""
    copy = tmp_path / "knowledge"
    shutil.copytree(KNOWLEDGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    text = (copy / file).read_text("utf-8")
    assert old in text
    (copy / file).write_text(text.replace(old, new, 1), "utf-8")
    citations = load_citations()
    monkeypatch.setattr(toml_files, "ROOT", copy)
    return load_wording("uk-nice", citations)


@pytest.mark.parametrize("profile", PROFILES)
def test_every_fact_has_a_label(profile: str) -> None:
    facts = get_profile(profile).wording.facts
    assert all(facts[code] for code in (*Analyte, *Feature, *History, "age", "sex"))


def test_every_suggestion_and_caution_has_its_words() -> None:
    wording = get_profile().wording
    assert set(wording.suggestions) == SUGGESTION_CODES
    assert set(wording.cautions) == CAUTION_CODES
    assert set(wording.labels) == SUGGESTION_CODES


def test_cautions_are_short() -> None:
    assert max(len(caution.text) for caution in get_profile().wording.cautions.values()) <= 220


def test_every_value_of_a_closed_set_has_its_words() -> None:
    terms = get_profile().wording.terms
    assert set(terms.tier) == set(Tier)
    assert set(terms.route) == set(Route)
    assert set(terms.urgency) == {urgency.name for urgency in Urgency}


def test_nerve_findings_that_were_not_recorded_are_said_to_be_so() -> None:
    terms = get_profile().wording.terms
    assert terms.tier[Tier.unknown] == "not recorded"
    assert "injections come first" in terms.unrecorded_nerves["injections_first"]


def texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for member in value.values() for text in texts(member)]
    if isinstance(value, list | tuple):
        return [text for member in value for text in texts(member)]
    return []


@pytest.mark.parametrize("profile", PROFILES)
def test_no_text_commands_or_says_that_deficiency_is_excluded(profile: str) -> None:
    wording = get_profile(profile).wording
    parts = (wording.labels, wording.reasons, wording.cautions, wording.rungs, wording.headlines)
    said = " | ".join(text for part in parts for text in texts(msgspec.to_builtins(part))).lower()
    for word in ("excluded", "must ", "you should", "rules out", "no deficiency"):
        assert word not in said


def test_a_reason_without_words_still_says_something() -> None:
    assert get_profile().wording.reason("new-code_here") == "new code here"
    assert get_profile().wording.finding("metformin") == "metformin"


CHANGES = [
    ("words/en/analytes.toml", 'mma = "', 'mmm = "', "words/en/analytes.toml: mma: is missing"),
    ("words/en/features.toml", 'falls = "falls"', "", "words/en/features.toml: falls: is missing"),
    ("words/en/cautions.toml", "[pseudo-tma]", "[pseudo-ttp]", "pseudo-tma: is missing"),
    ("words/en/suggestions.toml", "[test-mma]", "[test-mmm]", "test-mma: is missing"),
    ("words/en/suggestions.toml", 'kind = "test"', 'kind = "pill"', "Invalid enum value"),
    ("words/en/suggestions.toml", "[test-b12]", "[test-b12]\ncolour = 1", "unknown field `colour`"),
    ("words/en/cautions.toml", 'source = "bnssg-b12"', 'source = "rumour"', 'cites "rumour"'),
    ("words/en/cautions.toml", 'text = "No liver', 'text = "<b>No liver', "markup"),
    ("words/en/reasons.toml", 'mma-normal = "', f'mma-normal = "{"x" * 101}', "longer than"),
    ("words/en/reasons.toml", "mma-normal = ", 'mma-normal = ""\nmma-flat = ', "is empty"),
    ("words/en/rungs.toml", '"b12FolicAcid"', '"b12-folic-acid"', "topic of its own"),
    ("words/en/rungs.toml", '"b12FolicAcid"', '"b12Pregnancy"', "topic of its own"),
    (
        "words/en/headlines.toml",
        'N3 = ", with serious',
        'N4 = ", with serious',
        "Invalid enum value",
    ),
    ("words/en/terms.toml", 'N3 = "N3', 'N9 = "N3', "Invalid enum value"),
    ("words/en/terms.toml", "[tier]", "[tier]\n[tier]", "words/en/terms.toml"),
    ("regimens/uk-nice.toml", "[im-maintenance]", "[test-b12]", "test-b12: Object missing"),
    ("words/en/suggestions.toml", 'kind = "medication"', 'kind = "test"', "code of a medicine"),
    ("regimens/uk-nice.toml", 'dose = "1"', 'dose = "10"', "out of bounds"),
    ("regimens/uk-nice.toml", 'dose = "50"', 'dose = "5"', "out of bounds"),
    ("regimens/uk-nice.toml", "frequency = 3", "frequency = 0", "below 1"),
    ("regimens/uk-nice.toml", 'lasts_unit = "wk"', "", "needs both"),
    ("regimens/uk-nice.toml", 'route = "intramuscular"', 'route = "intravenous"', "enum"),
    ("regimens/uk-nice.toml", 'source = "bnf-', 'source = "bnf2-', "citations.toml lacks"),
    ("regimens/bounds.toml", "[nasal]", "[rectal]", "nasal: is missing"),
]


@pytest.mark.parametrize(("file", "old", "new", "problem"), CHANGES)
def test_a_wrong_file_refuses_to_load_and_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, old: str, new: str, problem: str
) -> None:
    with pytest.raises(KnowledgeError) as caught:
        load_changed(tmp_path, monkeypatch, file, old, new)
    assert problem in str(caught.value)
    assert str(caught.value).startswith((file, "regimens/uk-nice.toml: im-loading-standard"))


def test_a_missing_file_refuses_to_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    citations = load_citations()
    monkeypatch.setattr(toml_files, "ROOT", tmp_path)
    with pytest.raises(KnowledgeError, match=r"words/en/terms\.toml"):
        load_wording("uk-nice", citations)


@pytest.mark.parametrize("profile", PROFILES)
def test_every_dose_that_was_not_checked_says_so(profile: str) -> None:
    wording = get_profile(profile).wording
    for code, regimen in wording.regimens.items():
        assert regimen.source in wording.citations, code
        assert regimen.locator, code
    unchecked = {c for c, r in wording.regimens.items() if r.verification.value == "unverified"}
    assert unchecked == ({"im-loading-neurological"} if profile == "us-aafp" else set())


def test_each_way_of_taking_vitamin_b12_has_words() -> None:
    wording = get_profile("uk-nice").wording
    for intake in Intake:
        assert f"vitamin_b12_{intake}" in wording.facts
