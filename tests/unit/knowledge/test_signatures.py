"""A signature covers the content of one item, and lapses when that changes and only then."""

import json
import shutil
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

import spec_tables
from assessments import get_profile
from cobalamin.service.cli.main import main
from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.profile import load_profile
from cobalamin.service.knowledge.review import items as items_module
from cobalamin.service.knowledge.review.changes import (
    get_changes,
    lapsed,
    load_signed_contents,
)
from cobalamin.service.knowledge.review.items import get_items
from cobalamin.service.knowledge.review.lines import ReviewItem
from cobalamin.service.knowledge.review.signatures import (
    Answered,
    Signature,
    SignatureState,
    load_signatures,
    select_valid,
)
from cobalamin.service.knowledge.review.signing import add_signatures
from cobalamin.service.rules.model.assessment import Urgency
from cobalamin.service.rules.plan.pathway import STEPS_BY_ID
from knowledge_copies import replace_text, use_copy
from review_cases import cases_by_step
from spec_tables import all_rows

DAY = date(2026, 11, 20)
LATER = DAY + timedelta(days=365)
Items = Mapping[str, ReviewItem]
NUMBER = "thresholds/nice-ng239-2024.toml"


def _items() -> Items:
    profile = load_profile("uk-nice")
    return get_items(profile.knowledge, profile.wording)


@pytest.fixture(scope="module")
def before() -> Items:
    profile = get_profile("uk-nice")
    return get_items(profile.knowledge, profile.wording)


def _sign(item: ReviewItem, **changed: object) -> Signature:
    given: dict[str, object] = {
        "item": item.key,
        "profile": "uk-nice",
        "digest": item.digest,
        "name": "A. Haematologist",
        "registration": "1234567",
        "role": "consultant",
        "day": DAY,
        "look_again": LATER,
        "verdict": "agree",
    }
    return Signature(**(given | changed))  # type: ignore[arg-type]


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The knowledge files as a copy."""
    return use_copy(tmp_path, monkeypatch)


def _replace(file: str, old: str, new: str) -> Callable[[Path], None]:
    return lambda root: replace_text(root / file, old, new)


@pytest.mark.parametrize(
    ("change", "covered", "line"),
    [
        (
            _replace(NUMBER, '"180"', '"181"'),
            "number:b12_total_deficient",
            "181",
        ),
        (
            _replace("words/en/rungs.toml", "suggest neurological loading", "suggest loading"),
            "step:R4",
            "headline.default: suggest loading",
        ),
        (
            _replace("regimens/uk-nice.toml", "three times a week", "twice a week"),
            "dose:im-loading-standard",
            "twice a week",
        ),
        (
            _replace("groups.toml", '"fish_tapeworm", ', ""),
            "group:poor_absorption",
            "fish_tapeworm",
        ),
        (
            _replace(
                "words/en/cautions.toml",
                '[antidote-product]\ntext = "The',
                '[antidote-product]\ntext = "A',
            ),
            "caution:antidote-product",
            "text: A recorded",
        ),
    ],
    ids=["digit of a limit", "word of a card", "dose", "member of a group", "caution"],
)
def test_a_change_lapses_exactly_the_signatures_that_covered_it(
    copied: Path, before: Items, change: Callable[[Path], None], covered: str, line: str
) -> None:
    signatures = [_sign(item) for item in before.values()]
    contents = {item.digest: item.lines for item in before.values()}
    change(copied)
    after = _items()
    assert [one.item for one, _ in lapsed(signatures, after, DAY)] == [covered]
    (shown,) = get_changes(signatures, after, contents)
    assert shown.signature.item == covered
    assert any(line in text for text in (*shown.removed, *shown.added))
    assert len(shown.removed) <= 2
    assert covered not in select_valid(signatures, after, DAY)
    assert len(select_valid(signatures, after, DAY)) == len(before) - 1


NERVES = "| 100 ng/L | memory_loss progressive |  | R4 | parenteral | soon |"
US_ONLY = "| us-aafp | 100 ng/L |  |  | bariatric_surgery | R13 | oral |"


@pytest.mark.parametrize(
    ("table", "old", "new", "covered", "lines"),
    [
        (
            "06-pathway.md",
            NERVES,
            NERVES.replace("soon", "urgent"),
            ["step:R4"],
            ["- case: b12: 100 ng/L; features: memory_loss progressive = ", "urgency: urgent"],
        ),
        (
            "06-pathway.md",
            NERVES,
            NERVES.replace("R4", "R6"),
            ["step:R4", "step:R6"],
            ["rung: R6; urgency: soon"],
        ),
        ("04-causes.md", US_ONLY, US_ONLY.replace("oral", "parenteral"), [], []),
    ],
    ids=["how soon", "another step", "another profile"],
)
def test_a_changed_outcome_of_a_case_lapses_the_signature_of_its_step(  # noqa: PLR0913, PLR0917
    copied: Path,
    before: Items,
    monkeypatch: pytest.MonkeyPatch,
    table: str,
    old: str,
    new: str,
    covered: list[str],
    lines: list[str],
) -> None:
    add_signatures(copied, [_sign(item) for item in before.values()], before.values())
    tables = copied / "tables"
    shutil.copytree(spec_tables.TABLES, tables)
    monkeypatch.setattr(spec_tables, "TABLES", tables)
    _replace(f"tables/{table}", old, new)(copied)
    cases = copied / "cases.json"
    cases.write_text(json.dumps(cases_by_step(all_rows())), "utf-8")
    monkeypatch.setattr(items_module, "CASES", cases)
    signatures = load_signatures()
    assert [one.item for one, _ in lapsed(signatures, _items(), DAY)] == covered
    review = CliRunner().invoke(main, ["knowledge", "review", "--since", str(DAY)]).stdout
    heads = [line for line in review.splitlines() if not line.startswith("  ")]
    assert heads == [f"{item}: signed by A. Haematologist on {DAY}" for item in covered]
    assert all(line in review for line in lines)
    assert len(review.splitlines()) - len(heads) == 2 * bool(covered)


def test_a_changed_row_of_the_pathway_lapses_the_signature_of_its_step(
    before: Items, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = msgspec.structs.replace(STEPS_BY_ID["R12"], urgency=Urgency.urgent)
    monkeypatch.setattr(items_module, "STEPS_BY_ID", {**STEPS_BY_ID, "R12": changed})
    signatures = [_sign(item) for item in before.values()]
    (shown,) = get_changes(signatures, _items(), {one.digest: one.lines for one in before.values()})
    assert shown.signature.item == "step:R12"
    assert (shown.removed, shown.added) == (("urgency: soon",), ("urgency: urgent",))


def test_where_a_text_stands_in_its_file_does_not_count(copied: Path, before: Items) -> None:
    file = copied / "words" / "en" / "cautions.toml"
    first, *others = file.read_text("utf-8").split("\n\n[")
    head, *entries = [first, *others]
    moved = "\n\n[".join([head, *reversed(entries)])
    file.write_text(moved.rstrip("\n") + "\n", "utf-8")
    signatures = [_sign(item) for item in before.values()]
    assert not list(lapsed(signatures, _items(), DAY))


def test_an_objection_stands_until_it_is_answered(before: Items) -> None:
    item = before["step:R4"]
    objection = _sign(item, verdict="object", comment="Too soon.", day=DAY - timedelta(days=9))
    agreed = _sign(item)
    assert not select_valid([objection, agreed], before, DAY)
    assert [state for _, state in lapsed([objection], before, DAY)] == [SignatureState.objected]
    done = Answered(day=DAY, name="B. Author", text="The step says this week now.")
    answered = _sign(item, verdict="object", comment="Too soon.", answered=done)
    assert select_valid([answered, agreed], before, DAY) == {"step:R4": agreed}
    assert not list(lapsed([answered], before, DAY))


def test_a_signature_ends_with_the_day_on_which_it_is_looked_at_again(before: Items) -> None:
    one = _sign(before["step:R4"])
    assert one.state(before, LATER) is SignatureState.valid
    assert one.state(before, LATER + timedelta(days=1)) is SignatureState.expired


def test_signing_keeps_the_content_and_a_review_shows_old_beside_new(copied: Path) -> None:
    run = CliRunner()
    who = ["--name", "A. Haematologist", "--registration", "1234567", "--role", "consultant"]
    days = ["--date", "2026-11-20", "--look-again", "2027-11-20"]
    items = ["step:R4", "number:b12_total_deficient"]
    signed = run.invoke(main, ["knowledge", "sign", *items, *who, *days])
    assert signed.exit_code == 0, signed.output
    assert [one.item for one in load_signatures()] == items
    assert set(load_signed_contents()) == {one.digest for one in load_signatures()}
    assert "signed by" not in run.invoke(main, ["knowledge", "review"]).stdout
    _replace(NUMBER, '"180"', '"181"')(copied)
    review = run.invoke(main, ["knowledge", "review", "--since", "2026-11-20"])
    assert "number:b12_total_deficient: signed by A. Haematologist on 2026-11-20" in review.stdout
    assert "+ value.ng/L: 181" in review.stdout
    assert "step:R4" not in review.stdout
    check = run.invoke(main, ["knowledge", "check"])
    assert "number:b12_total_deficient: signature of A. Haematologist of 2026-11-20: lapsed" in (
        check.output
    )


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"profile": "fr"}, "no profile"),
        ({"registration": " "}, "must not be empty"),
        ({"verdict": "object"}, "needs a comment"),
        ({"look_again": DAY}, "later than date"),
    ],
)
def test_an_entry_that_is_not_filled_in_is_refused(
    copied: Path, before: Items, changed: dict[str, object], problem: str
) -> None:
    item = before["step:R4"]
    add_signatures(copied, [_sign(item, **changed)], [item])
    with pytest.raises(KnowledgeError, match=problem):
        load_signatures()
