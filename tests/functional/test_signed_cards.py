"""Cards and pages say who signed what they rest on, and a site may show signed ones alone."""

import logging
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from app import TODAY, app_with, example, view
from assessments import get_profile
from cobalamin.service.knowledge.review import signatures
from cobalamin.service.knowledge.review.items import get_items
from cobalamin.service.knowledge.review.signatures import Signature

PROFILE = get_profile("uk-nice")
ITEMS = get_items(PROFILE.knowledge, PROFILE.wording)
TOPIC = PROFILE.wording.rungs["R4"].topic
Sign = Callable[..., None]


def own_clock() -> Callable[[], float]:
    """A clock that no other application has, so that none is shared with it."""
    return lambda: 0.0


def cards(*, signed_only: bool = False) -> list[dict[str, Any]]:
    """The cards of a patient of step R4, by an application of its own."""
    body = view(example("patient-view.json"), signed_only=signed_only, now=own_clock()).get_json()
    shown: list[dict[str, Any]] = body["cards"]
    return shown


@pytest.fixture
def sign(monkeypatch: pytest.MonkeyPatch) -> Sign:
    def signed(*, verdict: str = "agree", comment: str = "", look_again: date = date.max) -> None:
        one = Signature(
            item="step:R4",
            profile="uk-nice",
            digest=ITEMS["step:R4"].digest,
            name="A. Haematologist",
            registration="1234567",
            role="consultant",
            day=date(2026, 11, 1),
            look_again=look_again,
            verdict=verdict,  # type: ignore[arg-type]
            comment=comment,
        )
        monkeypatch.setattr(signatures, "load_signatures", lambda: (one,))

    return signed


def test_without_a_signature_a_card_and_its_page_say_so() -> None:
    (card,) = cards()
    assert card["detail"].endswith("profile uk-nice · not signed")
    assert (
        PROFILE.wording.pages.not_signed
        in app_with(now=own_clock()).test_client().get(f"/why/{TOPIC}").text
    )


def test_a_signature_is_named_on_the_card_and_on_its_page(sign: Sign) -> None:
    sign()
    (card,) = cards()
    assert card["detail"].endswith("profile uk-nice · signed by A. Haematologist on 2026-11-01")
    page = (
        app_with(now=own_clock())
        .test_client()
        .get(f"/why/{TOPIC}", headers={"Accept": "text/plain"})
        .text
    )
    assert "Signed by A. Haematologist, consultant, on 2026-11-01" in page


def test_an_objection_stands_on_the_page_and_the_card_is_not_signed(sign: Sign) -> None:
    sign(verdict="object", comment="Too soon.")
    (card,) = cards()
    assert card["detail"].endswith("not signed")
    assert "Too soon." in app_with(now=own_clock()).test_client().get(f"/why/{TOPIC}").text


def test_a_site_may_refuse_cards_that_nobody_signed(
    sign: Sign, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="cobalamin.signatures"):
        body = view(example("patient-view.json"), signed_only=True, now=own_clock()).get_json()
    assert "0 of 22 steps of uk-nice" in caplog.text
    assert body["cards"] == []
    assert "not-signed" in str(body["extension"])
    sign()
    assert len(cards(signed_only=True)) == 1
    sign(look_again=TODAY.replace(year=TODAY.year - 1))
    assert cards(signed_only=True) == []
