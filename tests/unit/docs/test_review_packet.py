"""The packet for review: short enough to read, and with everything that is to be judged."""

import re
import tomllib
from pathlib import Path
from string import Formatter
from xml.etree import ElementTree as ET

import pytest

from cobalamin.service.knowledge.profile import load_profile
from cobalamin.service.knowledge.profile_list import profile_ids
from cobalamin.service.knowledge.review.groups import load_groups
from cobalamin.service.knowledge.review.items import get_items
from cobalamin.service.knowledge.review.steps import load_step_reviews
from cobalamin.service.rules.model.parameter import Bound
from cobalamin.service.rules.plan.pathway import PATHWAY, STEPS_BY_ID

ROOT = Path(__file__).resolve().parents[3]
REVIEW = ROOT / "docs" / "review"
KNOWLEDGE = ROOT / "service" / "knowledge"
FILES = sorted((*KNOWLEDGE.glob("words/en/*.toml"), *KNOWLEDGE.glob("regimens/*.toml")))
MOST_WORDS = 10_000
PROFILES = profile_ids()
SIDE = re.compile(r" (below|above|before|after|from|within|in|for|by|up to) which ")
EQUATION = tuple(
    f"number:egfr_{name}" for name in ("scale", "kappa", "alpha", "slope", "age", "female")
)
HAZARD = re.compile(r"^\| H\d+ \| .* \| (\w+) \| ([^|]*) \| [^|]* \| [^|]* \|$", re.MULTILINE)
CELL_LANGUAGE = re.compile(r"\| B12 (?:low|high|normal) \||10\*9|\bhct\b|\bage \?|\w_\w")
LINK_TARGET = re.compile(r"\]\([^)]*\)")


def _packet(profile: str) -> str:
    """The packet without the codes and leaves that it adds to steps and links in its texts."""
    text = (REVIEW / f"{profile}.md").read_text("utf-8")
    return re.sub(r"(?<=\d)/R\d+\b|, leaf \d+(?=\])", "", text)


def _said_here(text: str, profile: str) -> str | None:
    """A text without the country that it is for; None where that is another one."""
    country = re.match(r"([A-Z]{2}): ", text)
    if country is None:
        return text
    return text[country.end() :] if profile.startswith(country[1].lower()) else None


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
        texts = (*review.ours, *review.differs, *review.doubts, *(one.says for one in review.basis))
        here = [said for text in texts if (said := _said_here(text, profile)) is not None]
        elsewhere = [text[len("UK: ") :] for text in texts if _said_here(text, profile) is None]
        assert not [text for text in here if text not in packet]
        assert not [text for text in elsewhere if text in packet]
        assert review.no_card is None or review.no_card in packet
        assert all(one.counts_when in packet for one in review.inputs)
    rows = packet[packet.index("# Who counts as what") : packet.index("# Doses")].splitlines()
    for group in load_groups().values():
        (row,) = (line for line in rows if line.startswith(f"| **{group.title}** "))
        assert all(words.facts[code] in row for code in group.members)
    for regimen in words.regimens.values():
        assert all(step.text in packet for step in regimen.steps)
    for code in STEPS_BY_ID:
        assert words.rungs[code].title in packet
        silent = STEPS_BY_ID[code].silent
        assert silent or words.rungs[code].default.replace("{when}", "[when]") in packet
        if report := words.comments.steps.get(code):
            forms = (report.text, (report.tests or report.text).replace("{tests}", "[tests]"))
            assert any(one.replace("{when}", "[when]") in packet for one in forms)
    printed = [one.card or one.text for one in words.cautions.values() if not one.waits]
    printed += [one.do for one in words.alerts.values()]
    printed += [one.text for one in words.comments.meanings.values()]
    assert not [text for text in printed if text not in packet]


@pytest.mark.parametrize("profile", PROFILES)
def test_each_item_to_judge_is_printed_with_the_key_that_sign_accepts(profile: str) -> None:
    packet, loaded = _packet(profile), load_profile(profile)
    words, items = loaded.wording, get_items(loaded.knowledge, loaded.wording)
    digests = dict(re.findall(r"\| ☐ \| ☐ \| `([^`]+):([0-9a-f]{12})` \|$", packet, re.MULTILINE))
    assert all(items[key].digest.startswith(digest) for key, digest in digests.items())
    printed = digests.keys()
    limits = [key for key in items if key.startswith("number:") and not key.startswith(EQUATION)]
    shown = [f"caution:{code}" for code, one in words.cautions.items() if not one.waits]
    whole = [key for key in items if key.startswith(("group:", "alert:", "meaning:", "dose:"))]
    assert {*shown, *whole} <= printed
    assert set(limits) <= printed


@pytest.mark.parametrize("profile", PROFILES)
def test_the_route_table_names_its_causes_as_the_groups_do(profile: str) -> None:
    packet = _packet(profile)
    table = packet.partition("**Route by cause**")[2].partition("\n# ")[0]
    causes = re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", table, re.MULTILINE)[1:]
    assert len(causes) == len(load_profile(profile).knowledge.care.route_by_mechanism)
    for cause, route in causes[:-1]:
        (row,) = re.findall(rf"^\| \*\*{re.escape(cause)}\*\* .*$", packet, re.MULTILINE)
        assert f"{route.capitalize()} (step " in row
    assert causes[-1][0] == "No cause known"


def _strings(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for member in value.values() for text in _strings(member)]
    if isinstance(value, list):
        return [text for member in value for text in _strings(member)]
    return [value] if isinstance(value, str) else []


def _missing(text: str, page: str) -> list[str]:
    """The texts of a knowledge file, as TOML, that stand on no page."""
    texts = _strings(tomllib.loads(text))
    assert texts
    return [one for one in texts if one.replace("|", "&#124;") not in page]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_text_of_the_knowledge_is_on_a_page(path: Path) -> None:
    page = (REVIEW / "texts.md").read_text("utf-8")
    text = path.read_text("utf-8")
    assert not _missing(text, page)
    added = 'new = "A text that somebody added."\n'
    assert _missing(f"{added}{text}", page) == ["A text that somebody added."]


@pytest.mark.parametrize("profile", PROFILES)
def test_the_list_of_contents_names_each_part(profile: str) -> None:
    packet = _packet(profile)
    contents = re.search(r"^\*\*Contents\*\*(.*)$", packet, re.MULTILINE)
    assert contents
    linked = set(re.findall(r"\(#([^)]*)\)", contents[1]))
    headings = re.findall(r"^# (.*)$", packet, re.MULTILINE)[1:]
    assert {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings} <= linked


@pytest.mark.parametrize("profile", PROFILES)
def test_each_limit_for_today_is_in_the_list_for_today(profile: str) -> None:
    limits = load_profile(profile).knowledge.thresholds
    reading = load_step_reviews()["reading"]
    named = {
        name
        for text in (*reading.for_today, reading.definitions or "")
        for _, name, _, _ in Formatter().parse(text)
    }
    for name in limits.__struct_fields__:
        label = getattr(limits, name).label
        alone = "no haemoglobin is known" not in label and "muscle breakdown" not in label
        if alone and ("for today" in label or "same day" in label):
            assert name in named, label
    listed = _packet(profile).partition("## For today")[2].partition("###")[0]
    assert f"below {limits.haemoglobin_same_day.number} g/L" in listed


@pytest.mark.parametrize("profile", PROFILES)
def test_each_limit_says_on_which_side_something_follows(profile: str) -> None:
    limits = load_profile(profile).knowledge.thresholds
    packet = _packet(profile)
    for name in limits.__struct_fields__:
        limit = getattr(limits, name)
        if not limit.label.startswith("CKD-EPI"):
            way = re.search(
                r" (below|above|before|after|from|within|in|for|by|up to) which ", limit.label
            )
            assert way, limit.label
            strict = way[1] in ("below", "above", "before", "after")
            assert strict == (limit.bound is Bound.exclusive), limit.label
    assert (
        "| Total B12 < 180 ng/L (133 pmol/L) | deficiency is confirmedᴮ |" in packet
        or profile != "uk-nice"
    )
    assert "| Age ≥ 16 years | adult advice is given |" in packet


@pytest.mark.parametrize("profile", PROFILES)
def test_hazards_have_a_severity_and_what_is_left_out_a_reason(profile: str) -> None:
    packet = _packet(profile)
    safety = (ROOT / "docs" / "safety" / "README.md").read_text("utf-8")
    rows = re.findall(
        r"^\| H\d+ \| .* \| (\w+) \| ([^|]*) \| [^|]* \| [^|]* \|$", safety, re.MULTILINE
    )
    assert len(rows) == len(re.findall(r"^\| H\d+ \|", safety, re.MULTILINE)) > 0
    assert {severity for severity, _ in rows} <= {"major", "considerable", "significant", "minor"}
    assert all(f"| {severity}: {harm} |" in packet for severity, harm in rows)
    hazards = packet.partition("\n# Hazards\n")[2].partition("\n# ")[0]
    listed = re.findall(r"^\| H\d+ .* \| [^|]+ \|  \|  \|  \| ☐ \| ☐ \|$", hazards, re.MULTILINE)
    assert len(listed) == len(rows)
    left_out = packet.partition("\n# Left out\n")[2].partition("\n# ")[0]
    left = re.findall(r"^\| [^|]+ \| ([^|]*) \| ☐ \| ☐ \|$", left_out, re.MULTILINE)
    assert left
    assert all(re.fullmatch(r"[A-Z].*\.", reason) for reason in left)


@pytest.mark.parametrize("profile", PROFILES)
def test_cases_are_written_in_words(profile: str) -> None:
    steps = _packet(profile).partition("\n# The steps\n")[2].partition("\n# Numbers")[0]
    assert not CELL_LANGUAGE.findall(re.sub(r"`number:\w+`|_{4}", "", steps))
    assert "**Route by cause**, from" in _packet(profile)


@pytest.mark.parametrize("profile", PROFILES)
def test_the_picture_draws_each_step_and_each_exit_without_a_card(profile: str) -> None:
    picture = ET.fromstring((REVIEW / f"{profile}.svg").read_text("utf-8"))  # noqa: S314 - ours
    texts = [node.text or "" for node in picture.iter() if node.tag.endswith("text")]
    assert all(any(f"({step.id})" in text for text in texts) for step in PATHWAY)
    assert texts.count("no card") == sum(step.silent for step in PATHWAY)
    exits = [one for one in load_step_reviews().values() if one.no_card]
    assert sum(text.startswith("no card: ") for text in texts) == len(exits)
    assert any("(R1)" in text for text in texts)
    assert texts.count("yes") == len(PATHWAY) + 1
    assert ET.tostring(picture)
    assert "<svg " in (REVIEW / f"{profile}.html").read_text("utf-8")


@pytest.mark.parametrize("profile", PROFILES)
def test_each_link_within_the_packet_names_its_leaf(profile: str) -> None:
    packet = (REVIEW / f"{profile}.md").read_text("utf-8")
    leaves, leaf = {}, 1
    for heading, number in re.findall(r"^#+ ([^\n]*)$(?:\n\n\*– (\d+) –\*)?", packet, re.MULTILINE):
        assert not number or int(number) == leaf + 1
        leaf += bool(number)
        leaves[re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")] = str(leaf)
    contents, _, rest = packet.partition("\n**Decide first**")
    listed = re.findall(r"\[[^\]]*\]\(#([^)]*)\) (\d+)", contents)
    linked = re.findall(r"\[[^\]]*, leaf (\d+)\]\(#([^)]*)\)", rest)
    assert listed
    assert len(linked) == rest.count("](#") > 0
    assert all(leaves[target] == number for target, number in listed)
    assert all(leaves[target] == number for number, target in linked)


@pytest.mark.parametrize("name", ["metformin", "acid_suppression"])
def test_a_group_says_the_exposure_of_its_limit(name: str) -> None:
    limit = getattr(load_profile(PROFILES[0]).knowledge.thresholds, f"{name}_exposure")
    assert f"after more than {limit.number} days" in load_groups()[name].counts_as
