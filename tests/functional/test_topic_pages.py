"""The link of a card leads to a page about its topic, and to nothing about a patient."""

import re
from html import unescape
from urllib.parse import urlsplit

import pytest

from app import app_with, example, post, view
from assessments import PROFILES, get_profile
from cobalamin.service.answers.cards import UNAVAILABLE_TOPIC
from html_pages import Page

PUBLIC = "https://b12.example.org"


def topics(profile: str = "uk-nice") -> list[str]:
    wording = get_profile(profile).wording
    rungs = [rung.topic for rung in wording.rungs.values()]
    return [*rungs, *(alert.topic for alert in wording.alerts.values()), UNAVAILABLE_TOPIC]


@pytest.mark.parametrize("profile", PROFILES)
def test_every_topic_has_a_page_without_script_or_outside_asset(profile: str) -> None:
    client = app_with(public_url=PUBLIC, profile=profile).test_client()
    for topic in topics(profile):
        answer = client.get(f"/why/{topic}")
        assert answer.status_code == 200, topic
        assert answer.content_type == "text/html; charset=utf-8"
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        page = Page(answer.text)
        assert {"script", "img", "link", "iframe"}.isdisjoint(page.tags)
        outside = [link for link in page.links if not link.startswith(("#", "/"))]
        assert all(link.startswith("https://") for link in outside)
        assert {link[1:] for link in page.links if link.startswith("#")} <= page.ids
        assert f"Profile {profile}" in page.text
        assert "{" not in page.text


def test_the_same_as_text_where_that_is_asked_for() -> None:
    client = app_with().test_client()
    for topic in topics():
        answer = client.get(f"/why/{topic}", headers={"Accept": "text/plain"})
        assert answer.content_type == "text/plain; charset=utf-8"
        assert "<p>" not in answer.text
        page = Page(client.get(f"/why/{topic}").text)
        words = " ".join(unescape(page.text).split())
        title = answer.text.splitlines()[0]
        assert title in words


def test_the_link_of_a_card_is_answered() -> None:
    (card,) = view(example("patient-view.json"), public_url=PUBLIC).get_json()["cards"]
    (link,) = card["links"]
    url = urlsplit(link["url"])
    assert f"{url.scheme}://{url.netloc}" == PUBLIC
    answer = app_with(public_url=PUBLIC).test_client().get(url.path)
    assert answer.status_code == 200
    assert "When this advice comes" in answer.text


def test_an_unknown_topic_is_404() -> None:
    assert app_with().test_client().get("/why/nothing").status_code == 404


def test_what_left_the_card_is_in_the_answer_and_on_its_page() -> None:
    answer = post("/v1/assessments", example("assessment.json")).get_json()
    topic = answer["cards"][0]["source"]["topic"]["code"]
    page = unescape(Page(app_with().test_client().get(f"/why/{topic}").text).text)
    for caution in answer["plan"]["cautions"]:
        assert caution["text"] in page
        assert caution["verification"]
    # What to expect of treatment is in the answer alone.
    expected = {one["citation"] for one in answer["plan"]["expectations"]}
    elsewhere = {because.get("citation") for because in answer["findings"]["b12Status"]["because"]}
    elsewhere |= {caution["citation"] for caution in answer["plan"]["cautions"]}
    for name, source in answer["sources"].items():
        assert source["title"] in page or name in expected - elsewhere
    status = answer["findings"]["b12Status"]["because"]
    limits = [because["parameter"] for because in status if "parameter" in because]
    assert limits
    for limit in limits:
        assert limit["label"] in page
        assert limit["locator"]
    wording = get_profile().wording
    for suggestion in answer["plan"]["suggestions"]:
        regimen = wording.regimens.get(suggestion["code"])
        if regimen is not None:
            assert regimen.follow_up in page
            assert all(other.text in page for other in regimen.alternatives)
    assert answer["unknowns"]


@pytest.mark.parametrize("accept", ["text/html", "text/plain"])
def test_every_page_says_what_it_is_for_and_that_nobody_has_signed_it(accept: str) -> None:
    client = app_with().test_client()
    for topic in topics():
        text = client.get(f"/why/{topic}", headers={"Accept": accept}).get_data(as_text=True)
        assert "no clinician has signed its knowledge yet" in text, topic
        assert "adults of 16 and over" in text


def test_the_page_of_a_step_tells_muscle_complaints_apart() -> None:
    for topic in topics()[:3]:
        text = app_with().test_client().get(f"/why/{topic}", headers={"Accept": "text/plain"}).text
        told = text[text.index("Cramps, tension and aches") :]
        assert "Low vitamin B12: gradual, over months to years" in told
        assert "Dehydration or electrolytes: sudden, during or after exercise" in told


@pytest.mark.parametrize("profile", PROFILES)
def test_the_source_attributes_stand_at_an_address(profile: str) -> None:
    client = app_with(public_url=PUBLIC, profile=profile).test_client()
    page = unescape(client.get("/why/b12SourceAttributes").text)
    assert [int(number) for number in re.findall(r"\((\d+)\) [A-Z]", page)] == list(range(1, 14))
    for attribute in ("Bibliographic citation", "Developer", "Funding source", "Sex:", "Date of"):
        assert attribute in page
    assert get_profile(profile).knowledge.version in page
