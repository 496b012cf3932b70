"""The nine cells of each three-valued table."""

import pytest

from cobalamin.service.rules.model.truth import Truth, all_of, any_of, negate

VALUES = (True, False, None)
ALL_OF = {
    (True, True): True,
    (True, False): False,
    (True, None): None,
    (False, True): False,
    (False, False): False,
    (False, None): False,
    (None, True): None,
    (None, False): False,
    (None, None): None,
}


@pytest.mark.parametrize(("terms", "expected"), ALL_OF.items())
def test_all_of(terms: tuple[Truth, Truth], expected: Truth) -> None:
    assert all_of(terms) is expected


@pytest.mark.parametrize("one", VALUES)
@pytest.mark.parametrize("other", VALUES)
def test_any_of_is_the_mirror_of_all_of(one: Truth, other: Truth) -> None:
    assert any_of((one, other)) is negate(all_of((negate(one), negate(other))))


def test_nothing_asked_is_true_for_all_and_false_for_any() -> None:
    assert all_of(()) is True
    assert any_of(()) is False


def test_what_is_not_known_stays_not_known() -> None:
    assert negate(None) is None
