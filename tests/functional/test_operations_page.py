"""The operations page counts what the records hold, and asks for the scope of operations."""

import re
from pathlib import Path
from typing import Any

import pytest

from app import TODAY, app_with, example
from clients import guarded, key_entry, with_key
from cobalamin.service.settings import AuditPolicy
from html_pages import checked_page

KEY = ("a secret of a site, of more than 32 characters",)
NOON = 1_795_176_000.0  # of the fixed day
VIEW = "/cds-services/b12-patient-view"


def noon() -> float:
    return NOON


def words(client: Any, query: str = "") -> str:  # noqa: ANN401 - of Flask
    answer = client.get(f"/ops{query}")
    assert answer.status_code == 200
    checked_page(answer.text, answer.headers["Content-Security-Policy"])
    return " ".join(re.sub("<[^>]+>", " ", answer.text).split())


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_it_counts_evaluations_cards_feedback_and_reasons(database: str) -> None:
    settings: dict[str, Any] = {"audit": AuditPolicy.required, "audit_key": KEY, "now": noon}
    client = app_with(database_url=database, **settings).test_client()
    assert "0 evaluations" in words(client)
    card = client.post(VIEW, json=example("patient-view.json")).get_json()["cards"][0]
    client.post("/v1/assessments", json=example("assessment.json"))
    client.post("/v1/assessments", json={"results": []})
    item = {
        "card": card["uuid"],
        "outcome": "overridden",
        "overrideReason": {"reason": card["overrideReasons"][0]},
        "outcomeTimestamp": "2026-11-20T10:00:00Z",
    }
    assert client.post(f"{VIEW}/feedback", json={"feedback": [item]}).status_code == 200
    text = words(client)
    assert f"3 evaluations since {TODAY.replace(month=10, day=22).isoformat()}" in text
    assert f"{TODAY.isoformat()} 3" in text
    assert "b12-patient-view advice 1" in text
    assert "/v1/assessments not-assessable 1" in text
    assert "b12NeurologicalTreatment 1 1 33.3" in text
    reason = card["overrideReasons"][0]["code"]
    assert f"b12-patient-view overridden {reason} 1" in text
    assert "age-unknown 1" in text
    assert "/v1/assessments 2 " in text
    assert f"since {TODAY.replace(day=14).isoformat()}" in words(client, "?days=7")
    assert "example-57" not in text


def test_it_asks_for_the_scope_of_operations(tmp_path: Path) -> None:
    app = guarded(tmp_path, key_entry("operator", "ops"), key_entry("laboratory", "lab"))
    client = app.test_client()
    assert client.get("/ops").status_code == 401
    assert client.get("/ops", headers=with_key("laboratory").headers).status_code == 403
    answer = client.get("/ops", headers=with_key("operator").headers)
    assert answer.status_code == 200
    assert "The audit trail is off" in answer.text
