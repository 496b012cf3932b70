"""A server that fails again and again is left alone, and tried by one call after a while."""

import pytest

from cobalamin.fhir.client.circuit_breaker import FAILURES, PAUSE_SECONDS, CircuitBreaker


class Clock:
    """A clock that stands still until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def failed(clock: Clock) -> CircuitBreaker:
    breaker = CircuitBreaker(clock)
    for _ in range(FAILURES):
        assert breaker.allows()
        breaker.record_failure()
    return breaker


def test_it_opens_after_failures_in_a_row_only(clock: Clock) -> None:
    breaker = CircuitBreaker(clock)
    for _ in range(FAILURES * 2):
        breaker.record_failure()
        assert breaker.allows()
        breaker.record_success()
    assert not failed(clock).allows()


def test_one_call_tries_after_the_pause(clock: Clock) -> None:
    breaker = failed(clock)
    clock.now += PAUSE_SECONDS - 1
    assert not breaker.allows()
    clock.now += 1
    assert [breaker.allows() for _ in range(3)] == [True, False, False]


def test_a_trial_that_fails_begins_another_pause(clock: Clock) -> None:
    breaker = failed(clock)
    clock.now += PAUSE_SECONDS
    assert breaker.allows()
    clock.now += 1
    breaker.record_failure()
    clock.now += PAUSE_SECONDS - 1
    assert not breaker.allows()
    clock.now += 1
    assert breaker.allows()


def test_a_trial_that_succeeds_closes_it(clock: Clock) -> None:
    breaker = failed(clock)
    clock.now += PAUSE_SECONDS
    assert breaker.allows()
    breaker.record_success()
    assert [breaker.allows() for _ in range(3)] == [True, True, True]


def test_a_trial_of_which_nothing_is_heard_is_followed_by_another(clock: Clock) -> None:
    breaker = failed(clock)
    clock.now += PAUSE_SECONDS
    assert breaker.allows()
    clock.now += PAUSE_SECONDS
    assert breaker.allows()
