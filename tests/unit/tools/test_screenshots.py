"""The pages that the screenshots are taken of, without a browser."""

import pytest

from screenshots import CALLS, FOLDER, WIDTHS, card_pages, why_page

PAGES = dict(card_pages())


@pytest.mark.parametrize("name", CALLS)
def test_a_story_is_shown_at_every_width_with_its_parts_in_bold(name: str) -> None:
    page = PAGES[name]
    for width in WIDTHS:
        assert f"width: {width}px" in page
    assert (
        page.count("<strong>Because</strong>") == page.count('<p class="summary">') >= len(WIDTHS)
    )
    assert "**" not in page
    assert "Why, and what would change it" in page


def test_there_are_eight_stories_and_each_has_its_picture() -> None:
    assert len(CALLS) == 8
    pictures = {file.stem for file in FOLDER.glob("*.png")}
    of_pages = {name for name in pictures if name.startswith("page-")}
    assert pictures - of_pages == {*CALLS, "why"}
    text = (FOLDER / "README.md").read_text("utf-8")
    assert len(of_pages) == 6
    assert all(f"({name}.png)" in text for name in pictures)
    assert all(file.read_bytes().startswith(b"\x89PNG") for file in FOLDER.glob("*.png"))


def test_the_page_behind_a_card_has_its_title() -> None:
    assert "<h1>Deficiency with neurological findings</h1>" in why_page()
