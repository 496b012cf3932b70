"""The interface as it is described: the document, the page, and the service held to both."""

import html
import json
import re
from functools import cache
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app import EXAMPLES, app_of, app_with
from cobalamin.service.access.scopes import scope_of
from cobalamin.service.cds_hooks.services import SERVICES, HookService
from cobalamin.service.knowledge.profile_list import profile_ids
from cobalamin.service.settings import Environment, Service, Settings
from databases import migrated
from exchanges import tolerated

PAGES = {"/docs", "/", "/try", "/knowledge", "/ops"}
"""For people: no part of the interface for programs."""

load_all_checks()
TEXTS = ["application/x-ndjson", "application/fhir+ndjson", "application/hl7-v2"]
schemathesis.serializer.alias(TEXTS, "text/plain")
APP = app_with(database_url=migrated(), services=tuple(Service))
CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
schema = schemathesis.openapi.from_wsgi("/openapi.json", APP)


@cache
def document() -> dict[str, Any]:
    body: dict[str, Any] = APP.test_client().get("/openapi.json").get_json()
    return body


def examples_of(number: int) -> settings:
    return settings(
        max_examples=number,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],  # a request is long to shrink
    )


@schema.exclude(path_regex="^/cds-services/b12").parametrize()
@examples_of(30)
def test_every_answer_is_as_described(case: "schemathesis.Case[Any]") -> None:
    check_call(case)


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.hook)
def test_a_request_as_it_is_described_is_answered(service: HookService) -> None:
    """Of what the description does not allow, other tests send a lot; it takes long to make."""
    operation = schema[f"/cds-services/{service.id}"]["post"]

    @given(operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
    @examples_of(8)
    def answered(case: "schemathesis.Case[Any]") -> None:
        check_call(case)

    answered()


def check_call(case: "schemathesis.Case[Any]") -> None:
    """The answer is as described, and it is one where the schema allows what was sent."""
    with tolerated("cds-r-2", "cds-fb-3"):
        answer = case.call_and_validate(checks=CHECKS)
    if case.meta is not None and case.meta.generation.mode.is_positive:
        assert answer.status_code in {200, 204} or may_be_unobtained(case, answer), answer.text


def may_be_unobtained(case: "schemathesis.Case[Any]", answer: Any) -> bool:  # noqa: ANN401
    """Whether a list was not sent, in a request that allows to read it back."""
    sent: dict[str, Any] = case.body if isinstance(case.body, dict) else {}
    demanded = {"patient", "labs"} - set(sent.get("prefetch") or ())
    return bool(answer.status_code == 412 and sent.get("fhirAuthorization") and demanded)


def test_every_route_is_described() -> None:
    routes = {
        re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule).replace("service_id", "id")
        for rule in APP.url_map.iter_rules()
    }
    services = {f"/cds-services/{service.id}" for service in SERVICES}
    described = set(document()["paths"])
    assert routes - {*PAGES, "/cds-services/{id}"} | services == described


def test_every_profile_and_every_service_can_be_asked_for() -> None:
    parameters = [
        parameter
        for operations in document()["paths"].values()
        for operation in [operations, *operations.values()]
        if isinstance(operation, dict)
        for parameter in operation.get("parameters", [])
    ]
    profiles = [one["schema"]["enum"] for one in parameters if one["name"] == "profile"]
    services = [one["schema"]["enum"] for one in parameters if one["name"] == "id"]
    assert profiles == [list(profile_ids())] * 4
    assert services == [[service.id for service in SERVICES]]
    assert {service.id for service in SERVICES} == set(Service)


def test_it_is_openapi_3_1_with_a_name_for_every_operation() -> None:
    assert document()["openapi"] == "3.1.0"
    names = [
        operation["operationId"]
        for path in document()["paths"].values()
        for method, operation in path.items()
        if method != "parameters"
    ]
    assert len(names) == len(set(names)) == 18


def test_whatever_lies_behind_a_door_may_be_held_back_and_nothing_else() -> None:
    for path, operations in document()["paths"].items():
        for operation in (found for name, found in operations.items() if name != "parameters"):
            answers = operation["responses"]
            assert ("429" in answers) is (scope_of(path) is not None), path
            if "429" in answers:
                assert "Retry-After" in answers["429"]["headers"]


def test_open_addresses_need_no_credential_and_others_do() -> None:
    """`security: []` takes away what the document asks for as a whole."""
    assert {"credential": []} in document()["security"]
    for path, operations in document()["paths"].items():
        for operation in (found for name, found in operations.items() if name != "parameters"):
            is_open = operation.get("security") == []
            assert is_open is (scope_of(path) is None), path
            assert is_open or "security" not in operation


def test_the_document_is_open_and_may_be_kept() -> None:
    answer = APP.test_client().get("/openapi.json")
    again = APP.test_client().get(
        "/openapi.json", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert (answer.status_code, again.status_code) == (200, 304)


def examples() -> list[Any]:
    """Every request example with its address and media type."""
    return [
        pytest.param(path, kind, example["value"], id=f"{path} {name}")
        for path, operations in document()["paths"].items()
        for kind, sent in operations.get("post", {})
        .get("requestBody", {})
        .get("content", {})
        .items()
        for name, example in sent.get("examples", {}).items()
    ]


@pytest.mark.parametrize(("path", "kind", "value"), examples())
def test_every_request_example_is_answered(path: str, kind: str, value: object) -> None:
    address = path.replace("{id}", "b12-patient-view")
    body = value if isinstance(value, str) else json.dumps(value)
    answer = APP.test_client().post(address, data=body, content_type=kind)
    assert answer.status_code == 200, answer.text
    assert "error" not in answer.text[:200]


def test_every_example_file_is_in_the_document() -> None:
    text = json.dumps(document())
    for file in EXAMPLES.glob("*.json"):
        if file.suffixes in ([".answer", ".json"], [".short", ".json"]):
            continue  # An answer, which is described by its schema.
        value = json.loads(file.read_text("utf-8"))
        assert json.dumps(value) in text, file.name


# --- the page


def page(app: Flask = APP) -> Any:  # noqa: ANN401
    return app.test_client().get("/docs")


def test_the_page_asks_for_nothing_from_elsewhere() -> None:
    answer = page()
    assert answer.status_code == 200
    assert not re.search(r'(?:src|href)="(?!#|/openapi\.json")', answer.text)
    assert "<script" not in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")


def test_the_page_shows_every_operation_and_shape() -> None:
    text = page().text
    for path in document()["paths"]:
        assert path in text
    for name in document()["components"]["schemas"]:
        assert f'id="shape-{name}"' in text


def test_pages_are_for_development_or_where_they_are_asked_for() -> None:
    assert page().status_code == 200
    for pages, status in ((False, 404), (True, 200)):
        app = app_of(Settings(environment=Environment.production, pages=pages))
        assert app.test_client().get("/docs").status_code == status


def test_every_call_that_the_page_shows_names_a_file_and_is_python() -> None:
    text = html.unescape(page().text)
    files = set(re.findall(r"docs/examples/[a-z0-9.-]+", text))
    assert len(files) == 8
    for file in files:
        assert (EXAMPLES.parent.parent / file).is_file()
    programs = re.findall(r"<code>(from pathlib.*?)</code>", text, re.DOTALL)
    assert len(programs) == 9
    for program in programs:
        compile(program, "example", "exec")


def test_patterns_are_those_of_json_schema() -> None:
    patterns = re.findall(r'"pattern": "(.*?)"[,}\s]', json.dumps(document()))
    assert patterns
    assert all(one.startswith("^") and one.endswith("$") for one in patterns)
