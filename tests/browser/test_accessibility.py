"""axe-core finds nothing serious on any page, light and dark, on a phone and on a desk."""

from typing import Any

import pytest

STORIES = ("falling", "muscles", "no-unit")
ADDRESSES = (
    "/",
    "/try",
    "/knowledge",
    "/knowledge?kind=treatments",
    "/knowledge?kind=comparisons",
    "/knowledge?kind=codes",
    "/knowledge?q=no-such-word",
    "/why/b12NeurologicalTreatment",
    "/ops",
    "/docs",
)
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module", params=[("light", 1280), ("dark", 320)], ids=["desk", "phone"])
def page(request: pytest.FixtureRequest, chromium: Any) -> Any:  # noqa: ANN401 - of playwright
    scheme, width = request.param
    viewport = {"width": width, "height": 900}
    context = chromium.new_context(viewport=viewport, color_scheme=scheme)
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()


def serious(page: Any, axe: str) -> list[str]:  # noqa: ANN401 - of playwright
    """The serious findings of axe-core, each with the elements that it is about."""
    page.evaluate(axe)
    found = page.evaluate("tags => axe.run({runOnly: tags})", TAGS)
    assert found["passes"]
    return [
        f"{one['id']}: {one['help']}: {[node['html'][:160] for node in one['nodes'][:4]]}"
        for one in found["violations"]
        if one["impact"] in SERIOUS
    ]


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_page_has_no_serious_finding(page: Any, site: str, axe: str, path: str) -> None:  # noqa: ANN401
    assert page.goto(f"{site}{path}").status == 200
    assert serious(page, axe) == []


@pytest.mark.parametrize("story", STORIES)
def test_an_answer_has_no_serious_finding(page: Any, site: str, axe: str, story: str) -> None:  # noqa: ANN401
    page.goto(f"{site}/try")
    page.locator(f"button[value={story}]").click()
    for details in page.locator("details:not([open]) > summary").all()[::-1]:
        details.click()
    assert serious(page, axe) == []


def test_an_error_has_no_serious_finding(page: Any, site: str, axe: str) -> None:  # noqa: ANN401
    page.goto(f"{site}/try")
    page.locator("#age").fill("old")
    page.locator("#form").get_by_role("button", name="Assess").click()
    assert "This could not be assessed" in page.locator("[role=alert]").inner_text()
    assert serious(page, axe) == []
