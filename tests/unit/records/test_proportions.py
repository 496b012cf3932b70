"""The Wilson interval against its definition."""

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cobalamin.service.records.proportions import Z_95, wilson_interval


@given(st.integers(1, 10**5), st.data())
def test_each_limit_solves_the_equation_of_the_score_test(total: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, total))
    found = wilson_interval(count, total)
    assert found is not None
    for limit in (found.low, found.high):
        spread = Z_95 * sqrt(limit * (1 - limit) / total)
        is_end = (limit, count) in {(0.0, 0), (1.0, total)}
        assert is_end or abs(found.share - limit) == pytest.approx(spread, abs=1e-9)


@given(st.integers(1, 10**7), st.data())
def test_an_interval_holds_its_share_and_stays_within_0_and_1(
    total: int, data: st.DataObject
) -> None:
    count = data.draw(st.integers(0, total))
    found = wilson_interval(count, total)
    assert found is not None
    assert 0 <= found.low <= found.share <= found.high <= 1


def test_of_nothing_there_is_none() -> None:
    assert wilson_interval(0, 0) is None
