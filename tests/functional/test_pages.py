"""The pages for people: what they say, who may open them, and what they never load."""

from dataclasses import replace
from typing import Any

import pytest

from app import app_of, app_with
from assessments import get_profile
from cobalamin.service.settings import Environment, Mode, Settings
from html_pages import Page, checked_page

OPEN_PAGES = ["/", "/try", "/knowledge"]


def page_at(address: str, **settings: Any) -> Page:  # noqa: ANN401
    """The page, after what holds of every page was checked."""
    answer = app_with(**settings).test_client().get(address)
    assert answer.status_code == 200
    assert answer.content_type == "text/html; charset=utf-8"
    return checked_page(answer.get_data(as_text=True), answer.headers["Content-Security-Policy"])


def test_the_start_page_says_what_this_is_for_whom_and_in_which_state() -> None:
    page = page_at("/", mode=Mode.silent)
    knowledge = get_profile("uk-nice").knowledge
    for said in (
        "not for self-diagnosis",
        "No clinician has signed its knowledge yet",
        "adults of 16 and over",
        "0.1.0",
        f"Profile{knowledge.profile}: ",
        knowledge.version,
        knowledge.hash,
        "silent: everything is assessed, and no card is shown",
        "no client registry is set",
    ):
        assert said in page.text.replace("\n", ""), said


@pytest.mark.parametrize("address", OPEN_PAGES)
def test_the_pages_are_off_outside_development_unless_switched_on(address: str) -> None:
    settings = Settings(environment=Environment.production, profile="uk-nice")
    assert app_of(settings).test_client().get(address).status_code == 404
    shown = app_of(replace(settings, pages=True)).test_client().get(address)
    assert shown.status_code == 200


def test_an_explanation_names_no_other_page_where_they_are_off() -> None:
    settings = Settings(environment=Environment.production, profile="uk-nice")
    text = app_of(settings).test_client().get("/why/b12OrderOral").get_data(as_text=True)
    assert 'href="/"' not in text
    assert Page(text).text.count("Cobalamin, vitamin B12 decision support") == 1
