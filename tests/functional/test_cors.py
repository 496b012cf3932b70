"""Web pages of listed origins may call; a preflight request needs no credential."""

from pathlib import Path

import pytest
from flask import Flask

from app import app_with, example
from clients import guarded, key_entry, with_key

EHR = "https://ehr.example.org"
PATHS = ["/cds-services", "/cds-services/b12-patient-view", "/v1/assessments"]
WANTED = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization",
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("registry")
    return guarded(folder, f'[cors]\norigins = ["{EHR}"]\n', key_entry("ehr", "cds lab"))


@pytest.mark.parametrize("path", PATHS)
def test_a_preflight_of_a_listed_origin_is_204_without_a_credential(app: Flask, path: str) -> None:
    answer = app.test_client().options(path, headers={"Origin": EHR, **WANTED})
    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == EHR
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, POST, OPTIONS"
    assert "Authorization, Content-Type, Accept" in answer.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("origin", ["https://evil.example.org", "null", EHR + ".evil.org", ""])
def test_another_origin_is_told_nothing(app: Flask, origin: str) -> None:
    answer = app.test_client().options(PATHS[1], headers={"Origin": origin, **WANTED})
    assert answer.status_code == 204
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert answer.headers["Vary"] == "Origin"


@pytest.mark.parametrize(
    ("path", "key", "status"),
    [
        ("/cds-services/b12-patient-view", True, 200),
        ("/cds-services/b12-patient-view", False, 401),
        ("/cds-services/none", True, 404),
        ("/v1/assessments", True, 422),
    ],
)
def test_answers_and_errors_carry_the_same_headers(
    app: Flask, path: str, *, key: bool, status: int
) -> None:
    headers = {"Origin": EHR, **(with_key("ehr").headers if key else {})}
    body = {**example("patient-view.json"), "x": 1}
    answer = app.test_client().post(path, json=body, headers=headers)
    assert answer.status_code == status
    assert answer.headers["Access-Control-Allow-Origin"] == EHR
    assert answer.headers["Vary"] == "Origin"


def test_a_caller_without_an_origin_is_answered_as_ever(app: Flask) -> None:
    answer = app.test_client().get("/cds-services", headers=with_key("ehr").headers)
    assert answer.status_code == 200
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert answer.headers["Vary"] == "Origin"


def test_no_origin_is_allowed_where_none_is_listed(tmp_path: Path) -> None:
    app = guarded(tmp_path, key_entry("ehr", "cds"))
    answer = app.test_client().options(PATHS[1], headers={"Origin": EHR, **WANTED})
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_development_without_a_registry_allows_any_origin() -> None:
    client = app_with().test_client()
    for answer in (
        client.get("/cds-services", headers={"Origin": EHR}),
        client.options(PATHS[1], headers={"Origin": EHR, **WANTED}),
    ):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_options_of_an_address_that_is_not_served_is_404(app: Flask) -> None:
    assert app.test_client().options("/none").status_code == 404
