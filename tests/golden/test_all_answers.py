"""Nothing is answered otherwise than was kept, whichever input, profile or format it is."""

import pytest
from all_answers import COMMAND, NOT_ASSESSED, answers_of, differences, groups, kept, line, lines_of
from msgspec.structs import replace
from stories import STORIES

from app import EXAMPLES
from assessments import get_profile
from cobalamin.service.knowledge.profile_list import profile_ids
from spec_tables import TABLES, all_rows

GROUPS = groups()
SHOWN = 20
STORY = "deficient-with-nerves"


@pytest.mark.parametrize("group", GROUPS)
def test_every_answer_is_what_was_kept(group: str) -> None:
    found = list(differences(kept().get(group, {}), lines_of(GROUPS[group])))
    more = f"\nand {len(found) - SHOWN} others" if len(found) > SHOWN else ""
    assert not found, (
        f"{len(found)} answers of {group} changed:\n" + "\n".join(found[:SHOWN]) + more + f"\n"
        f"To see the answers: `{COMMAND} dump FOLDER` here and before the change. "
        f"If it is meant: `{COMMAND} write`."
    )


def test_what_was_kept_is_of_these_inputs_in_every_profile() -> None:
    assert kept().keys() == GROUPS.keys()
    assert {path.name for path in TABLES.glob("*.md")} < GROUPS.keys()
    assert {row.given for row in all_rows()} <= {name for one in GROUPS.values() for name in one}
    assert GROUPS["stories"].keys() == STORIES.keys()
    examples = {one.name for one in EXAMPLES.iterdir() if one.is_file()}
    assert GROUPS["docs/examples"].keys() == examples - NOT_ASSESSED
    for inputs in kept().values():
        for lines in inputs.values():
            assert tuple(lines) == profile_ids()


def test_an_answer_is_the_same_when_it_is_made_again() -> None:
    asked = GROUPS["stories"][STORY]
    assert line(answers_of(asked, "uk-nice")) == line(answers_of(asked, "uk-nice"))


@pytest.mark.parametrize("kind", ["json", "fhir", "text", "hl7", "operation", "message"])
def test_one_character_of_one_format_is_seen(kind: str) -> None:
    answers = answers_of(GROUPS["stories"][STORY], "uk-nice")
    longer = answers | {kind: answers[kind] + " "}
    (said,) = differences({STORY: {"p": line(answers)}}, {STORY: {"p": line(longer)}})
    name, before, after = (text.split() for text in said.splitlines())
    assert name == [f"{STORY},", "p"]
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert [old.partition(":")[0] for old, _ in changed] == ["-", kind]


def test_an_input_that_comes_or_goes_is_seen() -> None:
    kept_line = {"uk-nice": "R4"}
    assert list(differences({"a": kept_line}, {"a": kept_line})) == []
    assert list(differences({"a": kept_line}, {})) == ["a, uk-nice\n  - R4\n  + not there"]
    assert list(differences({}, {"a": kept_line})) == ["a, uk-nice\n  - not there\n  + R4"]


def test_a_changed_limit_is_seen_in_one_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    other, same = profile_ids()[0], profile_ids()[1:]
    known = get_profile(other)
    limits = known.knowledge.thresholds
    moved = {"b12_total_deficient": limits.b12_total_unlikely}
    changed = replace(known.knowledge, thresholds=replace(limits, **moved))
    made = {
        other: replace(known, knowledge=changed),
        **{profile: get_profile(profile) for profile in same},
    }
    monkeypatch.setattr("all_answers.get_profile", made.__getitem__)
    name = "b12: 250 ng/L"
    (said,) = differences(
        {name: kept()["01-status.md"][name]}, lines_of({name: GROUPS["01-status.md"][name]})
    )
    assert said.startswith(f"{name}, {other}\n  - R16 indeterminate")
