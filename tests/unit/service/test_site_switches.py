"""A site's choices between published practices: what is refused, and what is told."""

from pathlib import Path

import pytest

from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.loader import load_knowledge
from cobalamin.service.knowledge.site import Site, changes, load_site, with_site


def site_with(tmp_path: Path, name: str, value: str, why: str = "Because.") -> Site:
    file = tmp_path / "site.toml"
    file.write_text(
        f'name = "Example"\n[switches.{name}]\nvalue = "{value}"\nauthor = "A. Example"\n'
        f'why = "{why}"\nreviewed = 2026-11-01\n',
        "utf-8",
    )
    return load_site(file)


@pytest.mark.parametrize(
    ("name", "value", "why", "fault"),
    [
        ("another", "treat", "Because.", "switches.another: is none of pregnancy_low_total"),
        ("pregnancy_low_total", "leave", "Because.", "neither active-b12 nor treat-and-reassess"),
        ("pregnancy_low_total", "active-b12", "<b>", "without markup"),
    ],
)
def test_a_wrong_choice_is_refused(
    name: str, value: str, why: str, fault: str, tmp_path: Path
) -> None:
    with pytest.raises(KnowledgeError, match=fault):
        site_with(tmp_path, name, value, why)


def test_a_choice_is_told_with_what_it_replaces(tmp_path: Path) -> None:
    before = load_knowledge("uk-nice")
    usual = site_with(tmp_path, "medicine_low_without_findings", "treat")
    assert list(changes(before, with_site(before, usual))) == []
    other = site_with(tmp_path, "medicine_low_without_findings", "leave")
    assert list(changes(before, with_site(before, other))) == [
        "A low level through a medicine without findings: treat becomes leave"
    ]
