"""A card that was shown and answered is not shown again until something has changed."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask

from app import app_with, example
from cobalamin.service.cli.main import main
from cobalamin.service.records.store import Store
from cobalamin.service.records.tables import FEEDBACK
from cobalamin.service.settings import AuditPolicy, Mode

KEY = ("a secret of a site, of more than 32 characters",)
VIEW = "/cds-services/b12-patient-view"
DAY = 24 * 60 * 60
NOON = 1_795_176_000.0  # 20 November 2026, 12:00 UTC
Json = dict[str, Any]


class Clock:
    """Unix time that a test sets; feedback is stamped with the real one, so it is moved too."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


def the_app(database: str, clock: Callable[[], float], **settings: Any) -> Flask:  # noqa: ANN401
    settings = {"audit": AuditPolicy.required, "audit_key": KEY, **settings}
    return app_with(database_url=database, now=clock, **settings)


def ask(app: Flask, body: Json) -> tuple[list[Json], list[str]]:
    answer = app.test_client().post(VIEW, json=body)
    assert answer.status_code == 200, answer.text
    extension = answer.json["extension"]["org.cobalamin.assessment"]  # type: ignore[index]
    return answer.json["cards"], [one["code"] for one in extension["reasons"]]  # type: ignore[index]


def tell(app: Flask, database: str, card: str, outcome: str = "accepted") -> None:
    """Feedback on a card, received at the time of the test."""
    item: Json = {"card": card, "outcome": outcome, "outcomeTimestamp": "2026-11-20T12:00:00Z"}
    if outcome == "accepted":
        item["acceptedSuggestions"] = [{"id": "s"}]
    answer = app.test_client().post(f"{VIEW}/feedback", json={"feedback": [item]})
    assert answer.status_code == 200, answer.text
    with closing(Store(database)) as store, store.connection() as connection:
        connection.execute(FEEDBACK.update().values(received=int(NOON)))


def routine() -> Json:
    """A request whose plan can wait: a low level without signs and markers."""
    body = example("patient-view.json")
    body["prefetch"] = {"patient": body["prefetch"]["patient"], "labs": body["prefetch"]["labs"]}
    labs = body["prefetch"]["labs"]
    labs["entry"] = [entry for entry in labs["entry"] if _is_b12(entry["resource"])]
    labs["total"] = len(labs["entry"])
    labs["entry"][0]["resource"]["valueQuantity"]["value"] = 100
    return body


def _is_b12(resource: Json) -> bool:
    return any(coding["code"] == "2132-9" for coding in resource["code"]["coding"])


def answered(database: str, body: Json, outcome: str = "accepted", **settings: Any) -> Flask:  # noqa: ANN401
    """An application in which the card of this request was shown and answered."""
    app = the_app(database, Clock(), **settings)
    cards, reasons = ask(app, body)
    assert len(cards) == 1
    assert "already-answered" not in reasons
    tell(app, database, cards[0]["uuid"], outcome)
    return app


@pytest.mark.parametrize("outcome", ["accepted", "overridden"])
def test_an_answered_card_is_not_shown_again_and_the_extension_says_why(
    database: str, outcome: str
) -> None:
    app = answered(database, routine(), outcome)
    for _ in range(2):
        cards, reasons = ask(app, routine())
        assert cards == []
        assert reasons[-1] == "already-answered"


def test_without_feedback_it_is_shown_every_time(database: str) -> None:
    app = the_app(database, Clock())
    for _ in range(3):
        assert len(ask(app, routine())[0]) == 1


def of_another_patient(body: Json) -> None:
    body["context"]["patientId"] = body["prefetch"]["patient"]["id"] = "another"
    for entry in body["prefetch"]["labs"]["entry"]:
        entry["resource"]["subject"] = {"reference": "Patient/another"}


def with_other_value(body: Json) -> None:
    body["prefetch"]["labs"]["entry"][0]["resource"]["valueQuantity"]["value"] = 101


def with_later_result(body: Json) -> None:
    entry = json.loads(json.dumps(body["prefetch"]["labs"]["entry"][0]))
    entry["resource"]["id"] = "later"
    entry["resource"]["effectiveDateTime"] = "2026-11-19T08:00:00Z"
    body["prefetch"]["labs"]["entry"].append(entry)


def with_refused_result(body: Json) -> None:
    entry = json.loads(json.dumps(body["prefetch"]["labs"]["entry"][0]))
    entry["resource"].update(id="refused", effectiveDateTime="2026-11-19T08:00:00Z")
    entry["resource"]["valueQuantity"] = {"value": 3, "unit": "furlong"}
    body["prefetch"]["labs"]["entry"].append(entry)


@pytest.mark.parametrize(
    "change", [of_another_patient, with_other_value, with_later_result, with_refused_result]
)
def test_what_is_new_shows_it_again(database: str, change: Callable[[Json], None]) -> None:
    app, body = answered(database, routine()), routine()
    change(body)
    cards, reasons = ask(app, body)
    assert len(cards) == 1
    assert "already-answered" not in reasons
    assert ask(app, routine())[0] == []


def test_the_same_under_other_ids_stays_answered(database: str) -> None:
    app, body = answered(database, routine()), routine()
    for entry in body["prefetch"]["labs"]["entry"]:
        entry["resource"]["id"] += "-again"
    assert ask(app, body)[0] == []


@pytest.mark.parametrize(("days", "shown"), [(89, 0), (90, 0), (91, 1)])
def test_an_answer_holds_for_90_days(database: str, days: int, shown: int) -> None:
    answered(database, routine())
    clock = Clock()
    clock.now += days * DAY
    assert len(ask(the_app(database, clock), routine())[0]) == shown


@pytest.mark.parametrize(("days", "shown"), [(14, 0), (15, 1)])
def test_what_is_for_this_week_for_14_days(database: str, days: int, shown: int) -> None:
    body = example("patient-view.json")
    answered(database, body)
    clock = Clock()
    clock.now += days * DAY
    assert len(ask(the_app(database, clock), body)[0]) == shown


def test_what_is_for_today_is_always_shown(database: str) -> None:
    body = routine()
    entry = json.loads(json.dumps(body["prefetch"]["labs"]["entry"][0]))["resource"]
    entry["id"], entry["valueQuantity"]["value"] = "potassium", 2.1
    entry["code"]["coding"] = [{"system": "http://loinc.org", "code": "2823-3"}]
    entry["valueQuantity"].update(unit="mmol/L", code="mmol/L")
    entry.pop("referenceRange", None)
    cramp = {
        "resourceType": "Observation",
        "id": "weak",
        "status": "final",
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "26544005"}]},
        "subject": entry["subject"],
        "effectiveDateTime": "2026-11-18T10:15:00Z",
        "valueBoolean": True,
    }
    body["prefetch"]["labs"]["entry"].append({"resource": entry})
    body["prefetch"]["symptoms"] = {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"resource": cramp}],
    }
    app = the_app(database, Clock())
    cards, _ = ask(app, body)
    assert [card["indicator"] for card in cards] == ["critical"]
    tell(app, database, cards[0]["uuid"])
    assert len(ask(app, body)[0]) == 1


def test_other_knowledge_or_profile_shows_it_again(database: str) -> None:
    answered(database, routine())
    assert len(ask(the_app(database, Clock(), profile="us-aafp"), routine())[0]) == 1
    site = Path(__file__).resolve().parents[2] / "docs" / "examples" / "site.toml"
    assert len(ask(the_app(database, Clock(), site=site), routine())[0]) == 1


def test_a_site_may_want_every_card(database: str) -> None:
    app = answered(database, routine(), hide_answered=False)
    assert len(ask(app, routine())[0]) == 1


def test_the_laboratory_gets_its_answer_every_time(database: str) -> None:
    app = answered(database, routine())
    bundle: Json = {"resourceType": "Bundle", "type": "collection", "entry": []}
    prefetch = routine()["prefetch"]
    bundle["entry"] = [{"resource": prefetch["patient"]}, *prefetch["labs"]["entry"]]
    answer = app.test_client().post("/v1/assessments", json=bundle)
    assert answer.json["outcome"] == "advice"  # type: ignore[index]
    assert len(answer.json["cards"]) == 1  # type: ignore[index]


# --- the report


def report(database: str, *arguments: str) -> list[list[str]]:
    told = {"COBALAMIN_ENVIRONMENT": "development", "COBALAMIN_DATABASE_URL": database}
    done = CliRunner().invoke(main, ["feedback", "report", *arguments], env=told)
    assert done.exit_code == 0, done.output
    return [line.split("\t") for line in done.stdout.splitlines()]


def test_the_report_tells_what_became_of_the_cards_that_were_shown(database: str) -> None:
    app = answered(database, routine(), "overridden", hide_answered=False)
    ask(app, routine())  # shown, and never answered
    ask(the_app(database, Clock(), mode=Mode.silent), routine())  # made, and not shown
    heading, *lines = report(database, "--by", "topic")
    assert heading == ["topic", "outcome", "reason", "count", "share", "from", "to"]
    topic = lines[0][0]
    assert lines == [
        [topic, "shown", "-", "2", "-", "-", "-"],
        [topic, "returned", "-", "1", "50.0 %", "9.5 %", "90.5 %"],
        [topic, "overridden", "-", "1", "50.0 %", "9.5 %", "90.5 %"],
        [topic, "overridden", "not given", "1", "50.0 %", "9.5 %", "90.5 %"],
        [topic, "none", "-", "1", "50.0 %", "9.5 %", "90.5 %"],
    ]
    assert [line[0] for line in report(database, "--by", "client")][1:] == ["-"] * 5
    assert len({line[0] for line in report(database, "--by", "knowledge")[1:]}) == 1
    assert report(database, "--by", "topic", "--since", "2999-01-01") == [heading]
    assert report(database)[1:] == [["b12-patient-view", "overridden", "-", "1"]]


def test_of_several_feedbacks_on_a_card_the_latest_counts(database: str) -> None:
    app = answered(database, routine(), "overridden")
    with closing(Store(database)) as store, store.connection() as connection:
        row = dict(connection.execute(FEEDBACK.select()).mappings().one())
        later = {"outcome": "accepted", "at": "2026-11-20T13:00:00.000000Z"}
        connection.execute(FEEDBACK.insert().values({**row, **later}))
    counted = {line[1]: line[3] for line in report(database, "--by", "topic")[1:]}
    assert counted == {"shown": "1", "returned": "1", "accepted": "1"}
    assert app is not None
