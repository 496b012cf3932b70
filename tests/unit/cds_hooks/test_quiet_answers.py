"""A call that shows nothing works out outcome, reasons and notes, and nothing else."""

from collections.abc import Callable
from typing import Any

import pytest

from app import KEY, app_with, example, post
from assessments import get_profile
from cobalamin.service.rules import assess as module
from cobalamin.service.rules.assess import assess_case, summarise
from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.findings import kidney
from cobalamin.service.rules.model.facts import Result
from cobalamin.service.settings import Mode
from hook_requests import METFORMIN, a_call, bundle, unmeasured
from orders import a_test, medicine
from spec_tables import ON, read_facts, spec_rows

EXPLAINING = ("unknowns", "causes", "confounders", "muscle_finding")
ADDRESS = "/cds-services/b12-"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The parts of an explanation that were worked out."""
    names: list[str] = []

    def spied(name: str) -> Callable[..., Any]:
        original = getattr(module, name)

        def call(case: Case) -> object:
            names.append(name)
            return original(case)

        return call

    for name in EXPLAINING:
        monkeypatch.setattr(module, name, spied(name))
    return names


def quiet_view() -> dict[str, Any]:
    body = unmeasured(example("patient-view.json"))
    body["prefetch"] |= {"conditions": None, "medications": None}
    return body


def quiet_order() -> dict[str, Any]:
    return a_call("order-sign", draftOrders=bundle(a_test("again", "2951-2")))


@pytest.mark.parametrize(
    ("service", "body"), [("patient-view", quiet_view()), ("order-sign", quiet_order())]
)
def test_a_quiet_call_explains_nothing(
    service: str, body: dict[str, Any], asked: list[str]
) -> None:
    answer = post(f"{ADDRESS}{service}", body).get_json()
    assert answer["cards"] == []
    assert "plan" not in answer["extension"][KEY]
    assert asked == []


def test_a_card_is_explained_once(asked: list[str]) -> None:
    orders = bundle(medicine("metformin", METFORMIN))
    bodies = {
        "patient-view": example("patient-view.json"),
        "order-sign": unmeasured(a_call("order-sign", draftOrders=orders)),
    }
    for service, body in bodies.items():
        asked.clear()
        answer = post(f"{ADDRESS}{service}", body).get_json()
        assert answer["cards"]
        assert answer["extension"][KEY]["plan"]
        assert sorted(asked) == sorted(EXPLAINING)


def test_a_silent_service_still_explains_its_advice(asked: list[str]) -> None:
    client = app_with(mode=Mode.silent).test_client()
    answer = client.post(f"{ADDRESS}patient-view", json=example("patient-view.json")).get_json()
    assert answer["cards"] == []
    assert answer["extension"][KEY]["plan"]
    assert sorted(asked) == sorted(EXPLAINING)


def test_the_summary_is_that_of_the_whole_assessment() -> None:
    for row in spec_rows():
        for profile in row.profiles:
            case = Case(row.facts, get_profile(profile).knowledge, row.on)
            summary = summarise(case)
            whole = assess_case(Case(row.facts, get_profile(profile).knowledge, row.on))
            assert summary.outcome is whole.outcome
            assert (summary.reasons, summary.notes) == (whole.reasons, whole.notes)


@pytest.mark.parametrize(
    ("mma", "times"), [({}, 0), ({"mma": "250 nmol/L"}, 0), ({"mma": "500 nmol/L"}, 1)]
)
def test_kidney_function_is_estimated_once_and_only_for_a_raised_mma(
    mma: dict[str, str], times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Case] = []
    estimated = kidney._estimated

    def spied(case: Case, creatinine: Result) -> Result | None:
        asked.append(case)
        return estimated(case, creatinine)

    monkeypatch.setattr(kidney, "_estimated", spied)
    facts = read_facts({"age": "57", "creatinine": "80 umol/L", "b12": "200 ng/L", **mma})
    summarise(Case(facts, get_profile().knowledge, ON))
    assert len(asked) == times
