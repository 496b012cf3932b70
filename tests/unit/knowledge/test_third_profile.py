"""A further profile: refused by file, key and reason while a number is wrong, else assessed."""

import shutil
from collections.abc import Iterator
from dataclasses import replace as replaced
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from assessments import a_card_context
from cobalamin.fhir.writer import check_templates
from cobalamin.service.answers.cards import carries_on, to_cards
from cobalamin.service.answers.child_card import concerns_child
from cobalamin.service.knowledge import loader, profile_list, toml_files
from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.loader import load_knowledge
from cobalamin.service.knowledge.profile import Profiles
from cobalamin.service.knowledge.profile_list import profile_ids
from cobalamin.service.knowledge.threshold_checks import (
    BELOW,
    NOT_ABOVE,
    load_threshold_bounds,
    threshold_faults,
)
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.model.assessment import Outcome
from cobalamin.service.rules.model.parameter import Parameter
from contract_checks import check_cards
from spec_tables import misses, spec_rows

MODEL, THIRD = "uk-nice", "xx-third"
TABLE, OWN_TABLE = "nice-ng239-2024", "third-2026"
CACHED = (profile_list.profile_list, loader.load_citations, loader.knowledge_hash)
KNOWLEDGE = {profile: load_knowledge(profile) for profile in profile_ids()}
OWN = tuple(toml_files.load_table(f"thresholds/{TABLE}.toml", dict[str, dict[str, object]]))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The knowledge files with a third profile, which is a copy of the first."""
    for path in toml_files.ROOT.rglob("*.toml"):
        copy = tmp_path / path.relative_to(toml_files.ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    _append(tmp_path / "profiles.toml", f'\n[{THIRD}]\ntitle = "A test"\ntable = "{OWN_TABLE}"\n')
    preferences = (tmp_path / "preferences.toml").read_text("utf-8")
    copied = preferences[preferences.index(f"[{MODEL}]") : preferences.index("[us-aafp]")]
    _append(tmp_path / "preferences.toml", "\n" + copied.replace(MODEL, THIRD))
    shutil.copy(tmp_path / f"thresholds/{TABLE}.toml", tmp_path / f"thresholds/{OWN_TABLE}.toml")
    shutil.copy(tmp_path / f"regimens/{MODEL}.toml", tmp_path / f"regimens/{THIRD}.toml")
    monkeypatch.setattr(toml_files, "ROOT", tmp_path)
    _clear()
    yield tmp_path
    _clear()


def _append(path: Path, text: str) -> None:
    path.write_text(path.read_text("utf-8") + text, "utf-8")


def _clear() -> None:
    for cached in CACHED:
        cached.cache_clear()


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_with_right_numbers_every_row_of_the_spec_tables_holds(folder: Path) -> None:
    assert profile_ids() == ("uk-nice", "us-aafp", THIRD), folder
    knowledge = load_knowledge(THIRD)
    rows = [row for row in spec_rows() if MODEL in row.profiles]
    assert len(rows) > 500
    for row in rows:
        assert not misses(row, knowledge), row.place


def test_with_right_numbers_it_gives_cards_and_valid_drafts(folder: Path) -> None:
    profile = Profiles(profile_ids(), [THIRD])[THIRD]
    assert check_templates(profile) == (), folder
    shown = 0
    for row in spec_rows():
        if MODEL in row.profiles:
            assessment = assess(row.facts, profile.knowledge, row.on)
            ctx = replace(a_card_context(assessment), profile=profile)
            cards = to_cards(ctx)
            check_cards(cards, patient="p1")
            shown += bool(cards)
            carried_on = carries_on(assessment, profile.wording)
            is_advised = assessment.outcome is Outcome.advice and not carried_on
            assert bool(cards) is (is_advised or concerns_child(assessment))
    assert shown > 100


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        pytest.param(
            f"thresholds/{OWN_TABLE}.toml",
            '{ "ng/L" = "180", "pg/mL" = "180", "pmol/L" = "133" }',
            '{ "ng/L" = "18", "pg/mL" = "18", "pmol/L" = "133" }',
            "b12_total_deficient: its units differ by more than 2 %",
            id="units that contradict each other",
        ),
        pytest.param(
            f"thresholds/{OWN_TABLE}.toml",
            '{ "ng/L" = "180", "pg/mL" = "180", "pmol/L" = "133" }',
            '{ "ng/L" = "18", "pg/mL" = "18" }',
            "b12_total_deficient: ng/L: must be from 50 to 300",
            id="out of bounds",
        ),
        pytest.param(
            f"thresholds/{OWN_TABLE}.toml",
            '{ "ng/L" = "350", "pg/mL" = "350", "pmol/L" = "258" }',
            '{ "ng/L" = "150", "pg/mL" = "150" }',
            "b12_total_deficient: must be below b12_total_unlikely",
            id="limits that cross",
        ),
        pytest.param(
            f"thresholds/{OWN_TABLE}.toml",
            '"pmol/L" = "133"',
            '"mmol/L" = "133"',
            "b12_total_deficient: mmol/L: is not a unit of this limit",
            id="a unit of something else",
        ),
        pytest.param(
            f"thresholds/{OWN_TABLE}.toml",
            '{ "mo" = "3" }',
            '{ "mo" = "30" }',
            "maintenance_longest: mo: must be from 1 to 6",
            id="a lost decimal point",
        ),
        pytest.param(
            "threshold_bounds.toml",
            "maintenance_longest",
            "# maintenance_longest",
            "maintenance_longest: needs bounds in threshold_bounds.toml",
            id="a limit without bounds",
        ),
        pytest.param(
            f"regimens/{THIRD}.toml",
            "period = 2\nperiod_max = 3",
            "period = 4\nperiod_max = 6",
            "im-maintenance: is not given every 2 to 3 months, as the thresholds say",
            id="a regimen beside the thresholds",
        ),
    ],
)
def test_a_wrong_number_is_refused_by_file_and_key(
    folder: Path, file: str, old: str, new: str, problem: str
) -> None:
    change(folder / file, old, new)
    named = f"thresholds/{OWN_TABLE}.toml" if file == "threshold_bounds.toml" else file
    with pytest.raises(KnowledgeError) as refused:
        Profiles(profile_ids(), [THIRD])
    assert str(refused.value) == f"{named}: {problem}"


@pytest.mark.parametrize("file", ["thresholds/forgotten.toml", "regimens/forgotten.toml"])
def test_a_file_of_no_listed_profile_is_refused(folder: Path, file: str) -> None:
    shutil.copy(folder / f"thresholds/{TABLE}.toml", folder / file)
    with pytest.raises(KnowledgeError, match=rf"{file}: belongs to no profile of profiles\.toml"):
        load_knowledge(MODEL)


# --- the kinds of slip, over every limit of a profile's own table


# Where a limit may be as low as zero, a lost digit cannot be told from a choice.
@given(key=st.sampled_from(OWN), power=st.sampled_from((-2, -1, 1, 2)), data=st.data())
def test_a_slip_of_the_decimal_point_is_refused(key: str, power: int, data: st.DataObject) -> None:
    knowledge = KNOWLEDGE[MODEL]
    limit: Parameter = getattr(knowledge.thresholds, key)
    assume(power > 0 or load_threshold_bounds()[key].low > 0)
    units = data.draw(st.sets(st.sampled_from(sorted(limit.value)), min_size=1))
    moved = {
        unit: value.scaleb(power) if unit in units else value for unit, value in limit.value.items()
    }
    changed = replace(knowledge.thresholds, **{key: replaced(limit, value=moved)})
    faults = list(threshold_faults(changed, knowledge.units))
    assert faults
    assert faults[0].key == key


@given(pair=st.sampled_from(BELOW + NOT_ABOVE), profile=st.sampled_from(profile_ids()))
def test_limits_in_the_wrong_order_are_refused(pair: tuple[str, str], profile: str) -> None:
    knowledge = KNOWLEDGE[profile]
    lower: Parameter = getattr(knowledge.thresholds, pair[0])
    upper: Parameter = getattr(knowledge.thresholds, pair[1])
    raised = {unit: value * Decimal("1.1") for unit, value in upper.value.items()}
    changed = replace(knowledge.thresholds, **{pair[0]: replaced(lower, value=raised)})
    assert any(fault.key in pair for fault in threshold_faults(changed, knowledge.units))
