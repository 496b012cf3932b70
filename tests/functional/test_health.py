"""The service says that it lives and, by assessing a patient, that it is ready."""

from datetime import date

import pytest

from app import app_with
from cobalamin.service.http import health
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.model.assessment import Assessment
from cobalamin.service.rules.model.facts import Facts, Patient
from cobalamin.service.rules.model.knowledge import Knowledge
from cobalamin.service.version import VERSION


def forgetful(_: Facts, knowledge: Knowledge, on: date) -> Assessment:
    """Assesses as if nothing but the age had been sent."""
    return assess(Facts(patient=Patient(age=57)), knowledge, on)


@pytest.mark.parametrize(("path", "status"), [("/livez", "live"), ("/readyz", "ready")])
def test_health_is_told_with_the_version(path: str, status: str) -> None:
    answer = app_with().test_client().get(path)
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert answer.get_json() == {"status": status, "version": VERSION}
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_service_that_assesses_wrongly_is_alive_but_not_ready(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(health, "assess", forgetful)
    client = app_with().test_client()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()["status"]) == (503, "not ready")
    assert int(answer.headers["Retry-After"]) > 0
    assert client.get("/livez").status_code == 200
