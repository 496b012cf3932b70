"""The knowledge page shows every entry with its source and state, and can be filtered."""

import html
from typing import Any

import pytest

from app import app_with
from assessments import PROFILES, get_profile
from cobalamin.service.knowledge.code_list import list_codes
from cobalamin.service.rules.model.parameter import Parameter
from html_pages import checked_page


def page(query: str = "") -> str:
    """The text of the page, after what holds of every page was checked."""
    answer = app_with().test_client().get(f"/knowledge{query}")
    assert answer.status_code == 200
    assert answer.content_type == "text/html; charset=utf-8"
    text: str = answer.get_data(as_text=True)
    return " ".join(html.unescape(checked_page(text, answer.headers[POLICY]).text).split())


POLICY = "Content-Security-Policy"


def sourced(profile: str, kind: str) -> list[Any]:
    wording = get_profile(profile).wording
    suggestions = [one for code, one in wording.suggestions.items() if code not in wording.regimens]
    entries: dict[str, list[Any]] = {
        "treatments": list(wording.regimens.values()),
        "cautions": list(wording.cautions.values()),
        "suggestions": suggestions,
    }
    return entries[kind]


def test_every_limit_is_there_in_each_profile_with_its_source_and_review() -> None:
    text = page()
    for profile in PROFILES:
        loaded = get_profile(profile)
        for name in loaded.knowledge.thresholds.__struct_fields__:
            limit: Parameter = getattr(loaded.knowledge.thresholds, name)
            for part in (limit.label, limit.id, limit.locator, limit.why):
                assert " ".join(part.split()) in text, (profile, name)
            assert f"Reviewed {limit.reviewed.isoformat()}." in text
            assert loaded.wording.citations[limit.source] in text


@pytest.mark.parametrize("kind", ["treatments", "cautions", "suggestions"])
def test_every_text_is_there_with_its_source(kind: str) -> None:
    text = page(f"?kind={kind}")
    for profile in PROFILES:
        for entry in sourced(profile, kind):
            assert " ".join(entry.locator.split()) in text
            for part in getattr(entry, "text", ""), getattr(entry, "follow_up", ""):
                assert " ".join(part.split()) in text


def test_every_published_code_is_on_one_of_its_pages() -> None:
    found: list[str] = []
    codes = [code for _, code, _ in list_codes()]
    while len(found) < len(codes):
        text = app_with().test_client().get(f"/knowledge?kind=codes&from={len(found)}").text
        shown = text.count('<th scope="row"><code>')
        assert 0 < shown <= 250
        part = codes[len(found) : len(found) + shown]
        assert all(f"<code>{code}</code>" in text for code in part)
        found += part


def test_a_filter_leaves_what_has_every_word_and_the_state() -> None:
    all_limits, some = page(), page("?q=mma+raised")
    assert "mma_raised_older" in some
    assert "ferritin_low" in all_limits
    assert "ferritin_low" not in some
    assert page("?q=no-such-word").count("0 of ") == 1
    secondary = page("?kind=limits&state=secondary&profile=us-aafp")
    assert "Known by: from a summary" in secondary
    assert "Known by: not yet checked" not in secondary
    one = page("?profile=us-aafp&q=b12_total_deficient")
    assert "uk-nice" in one  # as a choice
    assert "us-aafp" in one
    metformin = page("?kind=codes&system=rxnorm&q=metformin")
    assert "6809" in metformin
    assert "2132-9" not in metformin
    product = page("?kind=codes&q=39111511000001100")
    assert "vitamin B12 (hydroxocobalamin)" in product
    assert "vitamin B12 (hydroxocobalamin)" in page("?kind=codes&q=B03BA03")


@pytest.mark.parametrize(
    "query",
    ["?kind=%3Cb%3E", "?state=x&system=y&from=-1&kind=codes", "?profile=zz", "?from=99999999"],
)
def test_what_is_not_known_in_the_address_chooses_nothing(query: str) -> None:
    assert "<b>" not in app_with().test_client().get(f"/knowledge{query}").text
    assert page(query)


def test_the_reason_of_an_answer_links_to_its_entry() -> None:
    client = app_with().test_client()
    answer = client.post("/try", data={"story": "tingling"}).text
    knowledge = client.get("/knowledge").text
    for key in ("mma_raised", "b12_total_deficient", "homocysteine_raised"):
        assert f'href="/knowledge#{key}"' in answer
        assert f'<tr id="{key}">' in knowledge
