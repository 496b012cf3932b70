"""The measured requests are what they are said to be, and the first one gives a card."""

import json

import pytest

from app import view
from payloads import patient_view


@pytest.mark.parametrize(("observations", "size"), [(5, 4_800), (200, 178_000)])
def test_a_payload_has_the_promised_size(observations: int, size: int) -> None:
    body = patient_view(observations)
    assert len(json.loads(body)["prefetch"]["labs"]["entry"]) == observations
    assert abs(len(body) - size) < size / 10


def test_the_measured_patient_gets_a_card_with_suggestions() -> None:
    (card,) = view(patient_view(5)).get_json()["cards"]
    assert card["suggestions"]
