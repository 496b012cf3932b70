"""How often a client may call, by a clock that the test sets."""

from collections import Counter
from threading import Barrier, Thread

import pytest

from cobalamin.service.access.clients import Certificate, Client, ClientKind
from cobalamin.service.access.rate_limit import InProcessCounter, RateLimiter

NOON = 1_800_000_000 - 1_800_000_000 % 60


class Clock:
    """Says what the test set."""

    def __init__(self, time: float = NOON) -> None:
        self.time = time

    def __call__(self) -> float:
        return self.time


class Counted:
    """Counts, and says how often it was asked."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.count = InProcessCounter()

    def __call__(self, client_id: str, minute: int) -> int:
        self.asked[client_id] += 1
        return self.count(client_id, minute)


def a_client(name: str = "ehr", rate_limit: int | None = None) -> Client:
    return Client(
        id=name,
        scopes=frozenset(),
        profile="uk-nice",
        kind=ClientKind.generic,
        rate_limit=rate_limit,
        credential=Certificate(subject=name),
    )


def waits(rate_limiter: RateLimiter, client: Client, times: int) -> list[int]:
    return [rate_limiter.check(client) for _ in range(times)]


def test_so_many_go_on_and_the_others_wait_for_the_next_minute() -> None:
    clock = Clock(NOON + 20)
    rate_limiter = RateLimiter(3, InProcessCounter(), clock)
    assert waits(rate_limiter, a_client(), 5) == [0, 0, 0, 40, 40]
    clock.time = NOON + 59
    assert rate_limiter.check(a_client()) == 1
    clock.time = NOON + 60
    assert waits(rate_limiter, a_client(), 4) == [0, 0, 0, 60]


@pytest.mark.parametrize("part", [0.0, 0.001, 30.5, 59.0, 59.999])
def test_who_waits_as_long_as_told_may_go_on(part: float) -> None:
    clock = Clock(NOON + part)
    rate_limiter = RateLimiter(1, InProcessCounter(), clock)
    assert rate_limiter.check(a_client()) == 0
    seconds = rate_limiter.check(a_client())
    assert 1 <= seconds <= 60
    clock.time += seconds
    assert rate_limiter.check(a_client()) == 0


def test_an_entry_of_the_registry_comes_before_the_setting() -> None:
    rate_limiter = RateLimiter(2, InProcessCounter(), Clock())
    assert waits(rate_limiter, a_client("few", 1), 2) == [0, 60]
    assert waits(rate_limiter, a_client("many", 4), 5) == [0, 0, 0, 0, 60]
    assert waits(rate_limiter, a_client("usual"), 3) == [0, 0, 60]


def test_one_client_does_not_spend_the_minute_of_another() -> None:
    rate_limiter = RateLimiter(1, InProcessCounter(), Clock())
    assert waits(rate_limiter, a_client("one"), 9)[-1] == 60
    assert rate_limiter.check(a_client("two")) == 0


def test_a_client_without_a_limit_is_not_even_counted() -> None:
    count = Counted()
    rate_limiter = RateLimiter(None, count, Clock())
    assert waits(rate_limiter, a_client("free"), 50) == [0] * 50
    assert waits(rate_limiter, a_client("held", 1), 2) == [0, 60]
    assert count.asked == {"held": 2}


def test_a_flood_is_refused_without_being_counted() -> None:
    count, clock = Counted(), Clock()
    rate_limiter = RateLimiter(2, count, clock)
    waits(rate_limiter, a_client(), 1000)
    assert count.asked == {"ehr": 3}
    clock.time += 60
    assert waits(rate_limiter, a_client(), 3) == [0, 0, 60]
    assert count.asked == {"ehr": 6}


def test_of_threads_at_once_exactly_so_many_go_on() -> None:
    most, threads = 50, 8
    rate_limiter, together = RateLimiter(most, InProcessCounter(), Clock()), Barrier(threads)
    found: list[int] = []

    def call() -> None:
        together.wait()
        found.extend(waits(rate_limiter, a_client(), 20))

    callers = [Thread(target=call) for _ in range(threads)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert Counter(found) == {0: most, 60: 20 * threads - most}
