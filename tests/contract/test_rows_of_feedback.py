"""Requirements of CDS Hooks for feedback, by their row number, on both kinds of database."""

import json
import logging
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app import app_with, example, view
from clients import guarded, key_entry, with_key, write_registry
from cobalamin.service.cds_hooks.feedback import MOST_ITEMS
from cobalamin.service.cds_hooks.services import SERVICES
from cobalamin.service.cli.main import main
from cobalamin.service.records.migrate import upgrade
from cobalamin.service.records.store import Store
from cobalamin.service.records.tables import FEEDBACK, USED_TOKENS
from cobalamin.service.settings import Service
from databases import new_database
from exchanges import tolerated
from tokens import PUBLIC_URL, a_token, jwt_entry, key_set

PATH = "/cds-services/b12-patient-view/feedback"
CARD = "8c6f0f7e-64a1-4c3e-9a44-2f6b1de6f0a1"
TAKEN = "4e5d4b1c-7f0a-4f6e-8f57-0d2f7b7c5a10"
SYSTEM = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"
WHEN = "2026-11-20T10:15:30Z"
CANARY = "canary-4711"
Json = dict[str, Any]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def migrated(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    with new_database(request.param, tmp_path_factory.mktemp("database")) as address:
        with closing(Store(address)) as store:
            upgrade(store)
        yield address


@pytest.fixture
def database(migrated: str) -> str:
    """The same database for all tests, emptied for each: making one takes longer than a test."""
    with closing(Store(migrated)) as store, store.connection() as connection:
        connection.execute(FEEDBACK.delete())
        connection.execute(USED_TOKENS.delete())
    return migrated


@pytest.fixture
def app(database: str) -> Flask:
    return app_with(database_url=database)


def accepted(**changes: object) -> Json:
    item = {
        "card": CARD,
        "outcome": "accepted",
        "acceptedSuggestions": [{"id": TAKEN}],
        "outcomeTimestamp": WHEN,
    }
    return {name: value for name, value in {**item, **changes}.items() if value is not ...}


def overridden(**changes: object) -> Json:
    item = {"card": CARD, "outcome": "overridden", "outcomeTimestamp": WHEN}
    return {name: value for name, value in {**item, **changes}.items() if value is not ...}


def send(app: Flask, *items: object, path: str = PATH, **headers: str) -> TestResponse:
    return app.test_client().post(path, json={"feedback": list(items)}, headers=headers)


def verdicts(answer: TestResponse) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["verdict"] for item in answer.get_json()["feedback"]]


def kept(database: str) -> list[Json]:
    with closing(Store(database)) as store, store.connection() as connection:
        rows = connection.execute(select(FEEDBACK).order_by(FEEDBACK.c.at, FEEDBACK.c.outcome))
        return [dict(row._mapping) for row in rows]


def test_row_109_every_service_takes_feedback(database: str) -> None:
    app = app_with(database_url=database, services=tuple(Service))
    for number, service in enumerate(SERVICES):
        path = f"/cds-services/{service.id}/feedback"
        item = overridden(card=f"card-{number}")
        assert verdicts(send(app, item, path=path)) == ["stored"]
        assert verdicts(send(app, item, path=f"{path}/")) == ["repeated"]


@pytest.mark.parametrize("body", [{}, {"feedback": None}, {"feedback": {}}, {"feedback": "x"}])
def test_row_110_feedback_is_a_list(body: Json) -> None:
    answer = app_with().test_client().post(PATH, json=body)
    assert answer.status_code == 400
    assert answer.get_json()["issue"][0]["expression"] == ["feedback"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b"[" * 100_000, b"\xff"])
def test_row_110_what_is_no_object_is_400(body: bytes) -> None:
    answer = app_with().test_client().post(PATH, data=body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.get_json()["resourceType"] == "OperationOutcome"


def test_row_116_a_text_that_was_cut_costs_no_feedback(app: Flask, database: str) -> None:
    cut = overridden(card="cut", overrideReason={"userComment": "\ud83d"}, extension={"x": "1e999"})
    body = json.dumps({"feedback": [accepted(), cut]}).replace('"1e999"', "1e999")
    answer = app.test_client().post(PATH, data=body, content_type="application/json")
    assert verdicts(answer) == ["stored", "stored"]
    assert [row["commented"] for row in kept(database)] == [False, True]


def test_row_110_an_empty_list_is_nothing_to_keep() -> None:
    answer = app_with().test_client().post(PATH, json={"feedback": []})
    assert (answer.status_code, answer.data) == (204, b"")


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"card": ...}, "card"),
        ({"card": None}, "card"),
        ({"card": 7}, "card"),
        ({"card": ""}, "card"),
        ({"card": "Mrs Smith, 57"}, "card"),
        ({"card": "a\x00b"}, "card"),
        ({"card": "x" * 65}, "card"),
        ({"outcome": ...}, "outcome"),
        ({"outcome": "ignored"}, "outcome"),
        ({"outcome": ["accepted"]}, "outcome"),
        ({"acceptedSuggestions": ...}, "acceptedSuggestions"),
        ({"acceptedSuggestions": None}, "acceptedSuggestions"),
        ({"acceptedSuggestions": []}, "acceptedSuggestions"),
        ({"acceptedSuggestions": TAKEN}, "acceptedSuggestions"),
        ({"acceptedSuggestions": [{}]}, "acceptedSuggestions[0].id"),
        ({"acceptedSuggestions": [{"id": "a b"}]}, "acceptedSuggestions[0].id"),
        ({"acceptedSuggestions": [{"id": TAKEN}] * 21}, "acceptedSuggestions"),
        ({"outcomeTimestamp": ...}, "outcomeTimestamp"),
        ({"outcomeTimestamp": "yesterday"}, "outcomeTimestamp"),
        ({"outcomeTimestamp": "2026-11-20"}, "outcomeTimestamp"),
        ({"outcomeTimestamp": 1700000000}, "outcomeTimestamp"),
        ({"outcomeTimestamp": "0001-01-01T00:00:00+14:00"}, "outcomeTimestamp"),
    ],
)
def test_row_111_to_row_115_an_item_that_cannot_be_used_is_400_with_its_path(
    changes: Json, where: str
) -> None:
    answer = send(app_with(), accepted(**changes))
    assert answer.status_code == 400
    (issue,) = answer.get_json()["issue"]
    assert issue["expression"] == [f"feedback[0].{where}"]
    assert "Smith" not in answer.text


@pytest.mark.parametrize("item", [None, 7, "x", []])
def test_row_110_an_item_that_is_no_object_is_named(item: object) -> None:
    answer = send(app_with(), item)
    assert answer.status_code == 400
    assert answer.get_json()["issue"][0]["expression"] == ["feedback[0]"]


def test_row_112_row_113_row_114_what_was_told_is_kept(app: Flask, database: str) -> None:
    reason = {"reason": {"system": SYSTEM, "code": "patient-refuses"}}
    assert verdicts(send(app, accepted(), overridden(overrideReason=reason))) == ["stored"] * 2
    first, second = kept(database)
    assert (first["outcome"], first["suggestions"]) == ("accepted", TAKEN)
    assert (first["reason_code"], first["reason_system"]) == (None, None)
    assert (second["outcome"], second["suggestions"]) == ("overridden", "")
    assert (second["reason_code"], second["reason_system"]) == ("patient-refuses", SYSTEM)
    assert {row["service"] for row in (first, second)} == {"b12-patient-view"}
    assert {row["client"] for row in (first, second)} == {""}


@pytest.mark.parametrize(
    "reason",
    [
        ...,
        None,
        {},
        [],
        "no time",
        {"reason": None},
        {"reason": "x"},
        {"reason": {}},
        {"reason": {"code": "a code with blanks"}},
        {"reason": {"code": "x" * 129}},
        {"reason": {"code": 7}},
        {"userComment": None},
    ],
)
def test_row_114_row_117_overridden_without_a_usable_reason_is_normal(
    app: Flask, database: str, reason: object
) -> None:
    with tolerated("cds-fb-3"):
        assert verdicts(send(app, overridden(overrideReason=reason))) == ["stored"]
    (row,) = kept(database)
    assert (row["reason_code"], row["commented"]) == (None, False)


@pytest.mark.parametrize("system", ["Mrs Smith, 57", "x" * 256, 7, None, ...])
def test_row_114_a_reason_counts_without_a_usable_system(
    app: Flask, database: str, system: object
) -> None:
    own = {"code": "limited-time"} if system is ... else {"code": "limited-time", "system": system}
    assert verdicts(send(app, overridden(overrideReason={"reason": own}))) == ["stored"]
    (row,) = kept(database)
    assert (row["reason_system"], row["reason_code"]) == (None, "limited-time")


@pytest.mark.parametrize("code", ["12-B", "limited-time", "Mrs-Smith-57"])
@pytest.mark.parametrize("system", ["urn:oid:1.2.3", SYSTEM, None])
def test_row_082_row_114_a_reason_that_no_card_offers_is_other(
    app: Flask, database: str, system: str | None, code: str
) -> None:
    """A code of the client's own is free text to us: it could name a patient."""
    own = {"reason": {"code": code, "system": system}}
    assert verdicts(send(app, overridden(overrideReason=own))) == ["stored"]
    (row,) = kept(database)
    is_offered = code == "limited-time" and system != "urn:oid:1.2.3"
    expected = (system, code) if is_offered else (None, "other")
    assert (row["reason_system"], row["reason_code"]) == expected


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("2026-11-20T10:15:30Z", "2026-11-20T10:15:30.000000Z"),
        ("2026-11-20t10:15:30z", "2026-11-20T10:15:30.000000Z"),
        ("2026-11-20T11:15:30+01:00", "2026-11-20T10:15:30.000000Z"),
        ("2026-11-20T10:15:30.1234567Z", "2026-11-20T10:15:30.123456Z"),
        ("2026-11-20T10:15:30", "2026-11-20T10:15:30.000000Z"),
    ],
)
def test_row_115_a_time_is_kept_in_utc(app: Flask, database: str, sent: str, expected: str) -> None:
    assert verdicts(send(app, overridden(outcomeTimestamp=sent))) == ["stored"]
    assert [row["at"] for row in kept(database)] == [expected]


def test_row_116_what_is_repeated_is_kept_once(app: Flask, database: str) -> None:
    again = overridden(outcomeTimestamp="2026-11-20T11:15:30+01:00")
    other = overridden(outcomeTimestamp="2026-11-20T12:00:00Z")
    assert verdicts(send(app, overridden(), again, other)) == ["stored", "repeated", "stored"]
    assert verdicts(send(app, overridden(), accepted())) == ["repeated", "stored"]
    assert len(kept(database)) == 3


def test_row_116_one_bad_item_does_not_cost_the_others(
    app: Flask, database: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = send(app, overridden(), overridden(outcome=CANARY), accepted())
    assert verdicts(answer) == ["stored", "refused", "stored"]
    assert answer.get_json()["feedback"][1] == {
        "verdict": "refused",
        "where": "feedback[1].outcome",
        "text": "must be accepted or overridden",
    }
    assert len(kept(database)) == 2
    assert "feedback[1].outcome: must be accepted or overridden" in caplog.text
    assert CANARY not in caplog.text + answer.text


def test_row_116_a_batch_has_a_largest_size(app: Flask, database: str) -> None:
    items = [overridden(card=f"card-{number}") for number in range(MOST_ITEMS)]
    assert send(app, *items, overridden()).status_code == 413
    assert kept(database) == []
    assert verdicts(send(app, *items)) == ["stored"] * MOST_ITEMS


def test_row_118_feedback_needs_the_same_credential(database: str, tmp_path: Path) -> None:
    entries = (key_entry("ehr", "cds"), key_entry("laboratory", "lab"))
    assert send(guarded(tmp_path, *entries), accepted()).status_code == 401
    app = app_with(clients=write_registry(tmp_path, *entries), database_url=database)
    assert send(app, accepted(), **with_key("laboratory").headers).status_code == 403
    assert verdicts(send(app, accepted(), **with_key("ehr").headers)) == ["stored"]
    assert [row["client"] for row in kept(database)] == ["ehr"]


def test_row_116_two_clients_may_tell_of_the_same_card(database: str, tmp_path: Path) -> None:
    registry = write_registry(tmp_path, key_entry("one", "cds"), key_entry("two", "cds"))
    app = app_with(clients=registry, database_url=database)
    for client in ("one", "two"):
        assert verdicts(send(app, accepted(), **with_key(client).headers)) == ["stored"]


@pytest.mark.parametrize("path", [PATH, PATH.removesuffix("/feedback")])
def test_row_119_the_audience_may_be_the_service_or_its_feedback(
    database: str, tmp_path: Path, path: str
) -> None:
    (tmp_path / "keys.json").write_text(json.dumps(key_set("ec-1")), "utf-8")
    registry = write_registry(tmp_path, jwt_entry("ehr", keys='jwks_file = "keys.json"'))
    app = app_with(clients=registry, public_url=PUBLIC_URL, database_url=database)
    token = {"Authorization": f"Bearer {a_token(aud=PUBLIC_URL + path)}"}
    assert verdicts(send(app, accepted(), **token)) == ["stored"]
    assert send(app, accepted(), **token).status_code == 401


def test_row_120_a_comment_is_neither_kept_nor_logged_nor_answered(
    app: Flask, database: str, caplog: pytest.LogCaptureFixture
) -> None:
    reason = {
        "reason": {"system": SYSTEM, "code": "need-more-info", "display": CANARY},
        "userComment": f"{CANARY} told me",
    }
    items = [
        overridden(overrideReason=reason, extension={"x": CANARY}, user=CANARY),
        overridden(overrideReason=reason, outcome=CANARY),
    ]
    with caplog.at_level(logging.DEBUG):
        answer = send(app, *items)
    assert verdicts(answer) == ["stored", "refused"]
    (row,) = kept(database)
    assert row["commented"] is True
    assert CANARY not in caplog.text + answer.text + str(row)


def test_row_043_feedback_never_holds_back_a_card(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/none.sqlite3"
    answer = send(app_with(database_url=address), accepted())
    assert answer.status_code == 500
    assert "Retry-After" not in answer.headers
    assert view(example("patient-view.json"), database_url=address).get_json()["cards"]


def test_a_database_without_tables_is_said_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    answer = send(app_with(database_url=f"sqlite:///{tmp_path}/new.sqlite3"), accepted())
    assert answer.status_code == 500
    assert "cobalamin db upgrade" in caplog.text
    assert "db upgrade" not in answer.text


def test_a_database_without_tables_is_given_back_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed, close = [], Store.close

    def closing_one(store: Store) -> None:
        closed.append(store)
        close(store)

    monkeypatch.setattr(Store, "close", closing_one)
    app = app_with(database_url=f"sqlite:///{tmp_path}/new.sqlite3")
    for _ in range(2):
        assert send(app, accepted()).status_code == 500
    assert len(closed) == 2


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml"])
def test_row_008_another_media_type_is_415(content_type: str) -> None:
    answer = app_with().test_client().post(PATH, data=b"{}", content_type=content_type)
    assert answer.status_code == 415


def test_the_example_is_taken_and_reported(app: Flask, database: str) -> None:
    told = {"COBALAMIN_ENVIRONMENT": "development", "COBALAMIN_DATABASE_URL": database}
    assert verdicts(send(app, *example("feedback.json")["feedback"])) == ["stored", "stored"]
    done = CliRunner().invoke(main, ["feedback", "report"], env=told)
    assert done.stdout.splitlines() == [
        "service\toutcome\treason\tcount",
        "b12-patient-view\taccepted\t-\t1",
        "b12-patient-view\toverridden\tpatient-refuses\t1",
    ]
    later = CliRunner().invoke(main, ["feedback", "report", "--since", "2999-01-01"], env=told)
    assert later.stdout == "service\toutcome\treason\tcount\n"
    kept_on = CliRunner().invoke(main, ["db", "purge", "--feedback-days", "1"], env=told)
    assert kept_on.stderr == "expired tokens deleted: 0\nfeedback deleted: 0\n"
    assert len(kept(database)) == 2


def test_old_feedback_is_purged_only_where_asked_for(app: Flask, database: str) -> None:
    told = {"COBALAMIN_ENVIRONMENT": "development", "COBALAMIN_DATABASE_URL": database}
    send(app, accepted(), overridden())
    with closing(Store(database)) as store, store.connection() as connection:
        old = FEEDBACK.update().where(FEEDBACK.c.outcome == "accepted").values(received=1)
        connection.execute(old)
    assert CliRunner().invoke(main, ["db", "purge"], env=told).exit_code == 0
    assert len(kept(database)) == 2
    CliRunner().invoke(main, ["db", "purge", "--feedback-days", "30"], env=told)
    assert [row["outcome"] for row in kept(database)] == ["overridden"]
