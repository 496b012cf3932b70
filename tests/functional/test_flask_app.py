"""Whatever Host is sent, the answer is the same; nothing redirects and nothing is kept."""

import re

import pytest

from app import app_with
from cobalamin.service.http.flask_app import FlaskApp

PATH = "/cds-services"


@pytest.fixture
def app() -> FlaskApp:
    """An application of its own."""
    made = FlaskApp("places")
    made.add_url_rule("/here/<name>", "here", lambda name: name, methods=["GET", "POST"])
    return made


@pytest.mark.parametrize("host", ["a.example", "b.example:8000", "c.example", "?", ""])
def test_every_host_is_answered_alike(app: FlaskApp, host: str) -> None:
    for _ in range(3):
        answer = app.test_client().get("/here/x", headers={"Host": host})
        assert (answer.status_code, answer.data) == (200, b"x")


def test_no_address_redirects_to_the_host_that_was_sent(app: FlaskApp) -> None:
    for path in ("/here//x", "//here/x", "/here/x/"):
        answer = app.test_client().get(path, headers={"Host": "evil.example"})
        assert answer.status_code == 404
        assert "Location" not in answer.headers


def test_method_path_and_root_are_those_of_the_request(app: FlaskApp) -> None:
    client = app.test_client()
    for _ in range(2):
        assert client.post("/here/y").data == b"y"
        assert client.delete("/here/y").status_code == 405
        assert client.get("/there").status_code == 404
        assert client.get("/here/é").data == "é".encode()


def test_nothing_but_http_is_upgraded_to(app: FlaskApp) -> None:
    headers = {"Connection": "upgrade", "Upgrade": "websocket"}
    for _ in range(2):
        assert app.test_client().get("/here/x", headers=headers).status_code == 400
        assert app.test_client().get("/here/x").status_code == 200


def test_no_session_is_kept() -> None:
    answer = app_with().test_client().get(PATH)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers


DESCRIPTIONS = {"/cds-services", "/docs", "/openapi.json"}
"""What may be kept for some minutes: it holds nothing of a patient."""


def test_every_answer_of_every_address_carries_the_security_headers() -> None:
    app = app_with()
    client = app.test_client()
    paths = {re.sub(r"<[^>]+>", "x", rule.rule) for rule in app.url_map.iter_rules()}
    kept: set[str] = set()
    for path in sorted(paths | {"/nowhere"}):
        for method in ("GET", "POST", "PUT"):
            headers = client.open(path, method=method).headers
            assert headers["X-Content-Type-Options"] == "nosniff", path
            assert headers["Referrer-Policy"] == "no-referrer", path
            policy = headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'none'"), path
            assert "frame-ancestors 'none'" in policy, path
            assert headers["Content-Type"], path
            if "no-store" not in headers["Cache-Control"]:
                kept.add(path)
    assert kept == DESCRIPTIONS
