"""The packet for review: short enough to read, and with everything that is to be judged."""

import re
import tomllib
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from cobalamin.service.knowledge.profile import load_profile
from cobalamin.service.knowledge.profile_list import profile_ids
from cobalamin.service.knowledge.review.groups import load_groups
from cobalamin.service.knowledge.review.items import get_items
from cobalamin.service.knowledge.review.steps import load_step_reviews
from cobalamin.service.rules.plan.pathway import PATHWAY, STEPS_BY_ID

ROOT = Path(__file__).resolve().parents[3]
REVIEW = ROOT / "docs" / "review"
WORDS = ROOT / "service" / "knowledge" / "words" / "en"
MOST_WORDS = 10_000
PROFILES = profile_ids()
LINK_TARGET = re.compile(r"\]\([^)]*\)")


def _packet(profile: str) -> str:
    return (REVIEW / f"{profile}.md").read_text("utf-8")


@pytest.mark.parametrize("profile", PROFILES)
def test_a_packet_has_at_most_10000_words(profile: str) -> None:
    words = LINK_TARGET.sub("]", _packet(profile)).split()
    assert sum(bool(re.search(r"[A-Za-z0-9]", word)) for word in words) <= MOST_WORDS


@pytest.mark.parametrize("profile", PROFILES)
def test_every_step_has_a_page_in_the_order_that_counts(profile: str) -> None:
    pages = re.findall(r"^## .* · .* \(`(R\d+)`\)$", _packet(profile), re.MULTILINE)
    assert pages == [*(step.id for step in PATHWAY), "R1"]


@pytest.mark.parametrize("profile", PROFILES)
def test_what_is_to_be_judged_is_in_the_packet(profile: str) -> None:
    packet, loaded = _packet(profile), load_profile(profile)
    words, items = loaded.wording, get_items(loaded.knowledge, loaded.wording)
    for code, review in load_step_reviews().items():
        key = code if code == "reading" else f"step:{code}"
        assert f"{key}:{items[key].digest[:12]}" in packet
        for text in (*review.ours, *review.differs, *review.doubts):
            assert text in packet
        assert all(one.counts_when in packet for one in review.inputs)
        assert all(one.says in packet for one in review.basis)
    for group in load_groups().values():
        assert group.title in packet
        assert all(words.facts[code] in packet for code in group.members)
    for regimen in words.regimens.values():
        assert all(step.text in packet for step in regimen.steps)
    for code in STEPS_BY_ID:
        assert words.rungs[code].title in packet
        silent = STEPS_BY_ID[code].silent
        assert silent or words.rungs[code].default.replace("{when}", "today/this week") in packet
    said = [one.card or one.text for one in words.cautions.values() if not one.waits]
    said += [one.do for one in words.alerts.values()]
    said += [one.text for one in words.comments.meanings.values()]
    assert not [text for text in said if text not in packet]


def _strings(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for member in value.values() for text in _strings(member)]
    if isinstance(value, list):
        return [text for member in value for text in _strings(member)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("path", sorted(WORDS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_text_of_the_knowledge_is_on_a_page(path: Path) -> None:
    page = (REVIEW / "texts.md").read_text("utf-8")
    texts = _strings(tomllib.loads(path.read_text("utf-8")))
    assert texts
    assert not [text for text in texts if text.replace("|", "&#124;") not in page]


@pytest.mark.parametrize("profile", PROFILES)
def test_the_picture_draws_each_step_and_each_exit_without_a_card(profile: str) -> None:
    picture = ET.fromstring((REVIEW / f"{profile}.svg").read_text("utf-8"))  # noqa: S314 - ours
    texts = [node.text or "" for node in picture.iter() if node.tag.endswith("text")]
    assert all(any(f"({step.id})" in text for text in texts) for step in PATHWAY)
    assert texts.count("no card") == sum(step.silent for step in PATHWAY)
    assert ET.tostring(picture)
    assert "<svg " in (REVIEW / f"{profile}.html").read_text("utf-8")
