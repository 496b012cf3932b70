"""Every scope against every credential, and one same refusal whatever is wrong."""

import logging
from collections.abc import Iterator
from ipaddress import ip_network

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app import EXAMPLES
from clients import (
    PROXY,
    SUBJECT,
    Caller,
    entry,
    guarded,
    key_entry,
    key_of,
    with_certificate,
    with_key,
)
from cobalamin.service.logs.formatters import ConsoleFormatter

CDS = "/cds-services/b12-patient-view"
LAB = "/v1/assessments"
FHIR, HL7 = "/fhir/$b12-assess", "/hl7v2"
BATCH = "/v1/assessments/batch"
LABORATORY = {
    LAB: ("assessment.json", "application/json"),
    BATCH: ("batch.ndjson", "application/x-ndjson"),
    FHIR: ("bundle.json", "application/fhir+json"),
    HL7: ("message.hl7", "application/hl7-v2"),
}
CALL = ("patient-view.json", "application/json")
NAME = {"X-Correlation-Id": "same"}
REGISTRY = (
    '[cors]\norigins = ["https://ehr.example.org"]\n',
    key_entry("ehr", "cds", "us-aafp"),
    key_entry("laboratory", "lab"),
    key_entry("both", "cds lab"),
    key_entry("operator", "ops"),
    entry("gateway", "lab", f'certificate = "{SUBJECT}"'),
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("registry")
    return guarded(folder, *REGISTRY, proxies=(ip_network("10.1.0.0/16"),))


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    caplog.handler.setFormatter(ConsoleFormatter())
    with caplog.at_level(logging.DEBUG):
        yield caplog


def ask(app: Flask, path: str, caller: Caller, method: str = "POST") -> TestResponse:
    """What the caller is answered to the example of this address."""
    name, kind = LABORATORY.get(path.partition("?")[0], CALL)
    return app.test_client().open(
        path,
        method=method,
        data=(EXAMPLES / name).read_bytes(),
        content_type=kind,
        headers={**caller.headers, **NAME},
        environ_base={"REMOTE_ADDR": caller.peer},
    )


def bearer(token: str) -> Caller:
    return Caller(headers={"Authorization": f"Bearer {token}"})


RIGHT = {
    "ehr": with_key("ehr"),
    "laboratory": with_key("laboratory"),
    "both": with_key("both"),
    "operator": with_key("operator"),
    "gateway": with_certificate(),
}
WRONG = {
    "nothing": Caller(),
    "an empty header": Caller(headers={"Authorization": ""}),
    "a bare word": Caller(headers={"Authorization": "Bearer"}),
    "another scheme": Caller(headers={"Authorization": "Basic ZWhyOnNlY3JldA=="}),
    "a token without a name": bearer("4711"),
    "a key of nobody": bearer("nobody.4711"),
    "a wrong key": bearer("ehr.4711"),
    "another client's key under this name": bearer(f"ehr.{key_of('both')[0].partition('.')[2]}"),
    "the hash instead of the key": bearer(f"ehr.{key_of('ehr')[1]}"),
    "a key for a client with a certificate": bearer("gateway.4711"),
    "a key in other letters": bearer(key_of("ehr")[0].swapcase()),
    "a key that is no text": bearer("ehr.\xe9\xff"),
    "a name of the subject alone": with_certificate("CN=gateway"),
    "an unknown subject": with_certificate("CN=4711"),
    "a subject from elsewhere": with_certificate(peer="192.0.2.7"),
    "a subject from an address that is none": with_certificate(peer=""),
    "a subject that was not verified": Caller(headers={"X-SSL-Client-S-DN": SUBJECT}, peer=PROXY),
    "a wrong key beside a right subject": Caller(
        headers={**with_certificate().headers, "Authorization": "Bearer ehr.4711"}, peer=PROXY
    ),
}


@pytest.mark.parametrize(
    ("client", "cds", "lab"),
    [
        ("ehr", 200, 403),
        ("laboratory", 403, 200),
        ("both", 200, 200),
        ("operator", 403, 403),
        ("gateway", 403, 200),
    ],
)
def test_each_client_passes_its_own_doors_alone(
    app: Flask, client: str, cds: int, lab: int
) -> None:
    assert ask(app, CDS, RIGHT[client]).status_code == cds
    assert ask(app, "/cds-services", RIGHT[client], "GET").status_code == cds
    for path in LABORATORY:
        assert ask(app, path, RIGHT[client]).status_code == lab, path
    assert ask(app, "/fhir/metadata", RIGHT[client], "GET").status_code == lab


@pytest.mark.parametrize("path", [CDS, LAB, BATCH, FHIR, HL7])
def test_every_fault_of_a_credential_gets_the_same_bytes(app: Flask, path: str) -> None:
    answers = {fault: ask(app, path, caller) for fault, caller in WRONG.items()}
    assert {fault: answer.status_code for fault, answer in answers.items()} == dict.fromkeys(
        WRONG, 401
    )
    assert len({answer.data for answer in answers.values()}) == 1
    assert len({str(answer.headers) for answer in answers.values()}) == 1
    assert answers["nothing"].headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("path", [CDS, "/cds-services", "/cds-services/none", LAB, "/v1/none"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "HEAD"])
def test_nothing_behind_a_door_is_told_before_the_credential(
    app: Flask, path: str, method: str
) -> None:
    assert ask(app, path, Caller(), method).status_code == 401


@pytest.mark.parametrize("path", ["/ops", "/ops/audit", "/v1/none", "/fhir/none"])
def test_an_address_that_is_still_to_come_is_guarded_already(app: Flask, path: str) -> None:
    assert ask(app, path, Caller(), "GET").status_code == 401


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/openapi.json", "/why/b12OrderOral"])
def test_anybody_may_ask_whether_the_service_lives(app: Flask, path: str) -> None:
    assert ask(app, path, bearer("ehr.4711"), "GET").status_code == 200


def test_a_refusal_speaks_the_language_of_its_door(app: Flask) -> None:
    assert ask(app, CDS, Caller()).get_json(force=True)["issue"][0]["code"] == "login"
    assert ask(app, LAB, Caller()).content_type == "application/problem+json"
    assert ask(app, LAB, RIGHT["ehr"]).get_json(force=True)["status"] == 403


def test_the_log_says_why_and_never_what_was_sent(
    app: Flask, log: pytest.LogCaptureFixture
) -> None:
    for caller in (*WRONG.values(), *RIGHT.values()):
        ask(app, CDS, caller)
    assert "a wrong API key for ehr correlation=same" in log.text
    assert "gateway lacks the scope cds correlation=same client=gateway" in log.text
    secrets = [key_of(name)[0].partition(".")[2] for name in ("ehr", "laboratory", "both")]
    for secret in (*secrets, "4711", SUBJECT, "Basic", "sha256"):
        assert secret not in log.text


def test_the_profile_is_the_one_of_the_registry_entry(app: Flask) -> None:
    told = ask(app, CDS, RIGHT["ehr"]).get_json()["extension"]["org.cobalamin.assessment"]
    assert told["profile"] == "us-aafp"
    told = ask(app, CDS, RIGHT["both"]).get_json()["extension"]["org.cobalamin.assessment"]
    assert told["profile"] == "uk-nice"


def test_a_laboratory_may_name_another_profile(app: Flask) -> None:
    assert ask(app, LAB, RIGHT["laboratory"]).get_json()["profile"] == "uk-nice"
    other = ask(app, f"{LAB}?profile=us-aafp", RIGHT["laboratory"])
    assert other.get_json()["profile"] == "us-aafp"
