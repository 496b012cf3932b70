"""The measured requests are what they are said to be: some give a card, some nothing."""

import json

import pytest

from app import KEY, post, view
from payloads import bundle, patient_view, plain_form


@pytest.mark.parametrize("card", [True, False])
@pytest.mark.parametrize("observations", [5, 30, 200])
def test_a_payload_has_as_many_observations_as_it_says(observations: int, *, card: bool) -> None:
    labs = json.loads(patient_view(observations, card=card))["prefetch"]["labs"]["entry"]
    assert len(labs) == observations
    days = [entry["resource"]["effectiveDateTime"] for entry in labs]
    assert days == sorted(days, reverse=True)


@pytest.mark.parametrize("observations", [5, 30, 200])
def test_the_measured_patient_gets_a_card_with_suggestions(observations: int) -> None:
    (card,) = view(patient_view(observations)).get_json()["cards"]
    assert card["suggestions"]


@pytest.mark.parametrize("observations", [30, 200])
def test_a_chart_without_a_level_or_sign_gets_nothing(observations: int) -> None:
    answer = view(patient_view(observations, card=False)).get_json()
    assert answer["cards"] == []
    assert answer["extension"][KEY]["outcome"] == "no-advice"


@pytest.mark.parametrize("line", [plain_form(), bundle()])
def test_a_line_of_a_batch_is_advised_on(line: bytes) -> None:
    answer = post("/v1/assessments", line).get_json()
    assert answer["outcome"] == "advice"
