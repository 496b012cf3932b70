"""A newcomer's way through the pages, with and without JavaScript, on a phone and on a desk."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

WIDTHS = (320, 1280)
SECONDS = 30_000


class Window:
    """One tab of the browser, which keeps what the pages ask for and complain about."""

    def __init__(self, context: Any, site: str) -> None:  # noqa: ANN401 - of playwright
        self.site = site
        self.page = context.new_page()
        self.page.set_default_timeout(SECONDS)
        self.asked: list[str] = []
        self.said: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self.said.append(message.text))

    def card(self) -> str:
        """The summary of the first card that is shown."""
        text: str = self.page.locator(".card .summary").first.inner_text()
        return text


def check(page: Any, width: int) -> None:  # noqa: ANN401 - of playwright
    """Nothing is wider than the window, and a heading says where one is."""
    assert page.locator("h1").count() == 1
    for selector in ("main", "header.top", "footer"):
        box = page.locator(selector).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width


def opened(page: Any, link: Any) -> Any:  # noqa: ANN401 - of playwright
    """The tab that a link opens."""
    with page.expect_popup() as popup:
        link.click()
    popup.value.wait_for_load_state()
    return popup.value


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def javascript(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(params=WIDTHS, ids=str)
def width(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def window(chromium: Any, site: str, width: int, javascript: bool) -> Iterator[Window]:  # noqa: ANN401, FBT001
    viewport = {"width": width, "height": 900}
    context = chromium.new_context(viewport=viewport, java_script_enabled=javascript)
    yield Window(context, site)
    context.close()


def test_a_newcomer_finds_the_way(window: Window, width: int) -> None:
    page = window.page
    page.goto(window.site)
    assert "not for self-diagnosis" in page.locator("main").inner_text()
    check(page, width)

    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Try it").click()
    check(page, width)
    page.get_by_role("button", name="Raised MMA, weak kidneys").click()
    check(page, width)
    first = window.card()

    value = page.get_by_label("Total vitamin B12: value")
    assert value.input_value() == "250"
    value.fill("98")
    page.locator("#form").get_by_role("button", name="Assess").click()
    changed = window.card()
    assert changed != first
    assert "98 ng/L" in changed
    assert "The answer has moved." in page.locator("#answer").inner_text()
    check(page, width)

    page.get_by_role("group", name="Haemoglobin").get_by_role("button", name="severe").click()
    flipped = window.card()
    assert flipped != changed
    assert "severe blood picture" in flipped
    pressed = page.get_by_role("group", name="Haemoglobin").locator("[aria-pressed=true]")
    assert "severe anaemia" in pressed.inner_text()
    check(page, width)

    why = opened(page, page.get_by_role("link", name="what stands behind this card"))
    assert "When this advice comes" in why.locator("main").inner_text()
    check(why, width)

    reason = page.locator(".reasons").get_by_role("link", name="limit 180").first
    knowledge = opened(page, reason)
    assert urlsplit(knowledge.url).path == "/knowledge"
    entry = knowledge.locator(f"#{urlsplit(knowledge.url).fragment}")
    assert "180 ng/L" in entry.inner_text()
    check(knowledge, width)
    assert window.card() == flipped
    assert not window.said
    assert all(url.startswith(window.site) for url in window.asked)


def test_a_pasted_body_keeps_its_switches(window: Window, width: int) -> None:
    page = window.page
    page.goto(f"{window.site}/try")
    page.get_by_text("Paste or upload a body").click()
    form = '{"patient": {"age": 61, "sex": "female"}, "results": [{"analyte": "b12_total", '
    form += '"value": 90, "unit": "ng/L", "date": "2026-11-20"}], "asOf": "2026-11-22"}'
    page.locator("#body").fill(form)
    page.locator("#pasted").get_by_role("button", name="Assess").click()
    before = window.card()
    page.get_by_role("group", name="Haemoglobin").get_by_role("button", name="severe").click()
    assert window.card() != before
    assert page.locator("#body").input_value() == form
    page.get_by_role("group", name="Haemoglobin").get_by_role("button", name="not known").click()
    assert window.card() == before
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as a row").click()
    assert download.value.suggested_filename == "patient.md"
    check(page, width)
