"""A value made from files follows them, and keeps its last usable state."""

import logging
import os
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

import pytest

from cobalamin.service.reloading import CHECK_SECONDS, RETRY_SECONDS, DerivedValue, ReloadedValue


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def number_in(file: Path) -> Callable[[], int]:
    return lambda: int(file.read_text("utf-8"))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "number"
    file.write_text("1", "utf-8")
    return file


def reloaded(file: Path, clock: Clock) -> ReloadedValue[int]:
    return ReloadedValue("the number", number_in(file), lambda _: (file,), clock)


def test_a_changed_file_is_read_at_the_next_use_after_a_second(file: Path, clock: Clock) -> None:
    value = reloaded(file, clock)
    file.write_text("22", "utf-8")
    clock.now += CHECK_SECONDS / 2
    assert value.get() == 1
    clock.now += CHECK_SECONDS / 2
    assert (value.get(), value.value) == (22, 22)


def test_a_file_of_the_same_size_and_time_put_in_its_place_is_read(
    file: Path, clock: Clock
) -> None:
    value, kept = reloaded(file, clock), file.stat()
    new = file.with_name("new")
    new.write_text("2", "utf-8")
    os.utime(new, ns=(kept.st_atime_ns, kept.st_mtime_ns))
    new.replace(file)
    clock.now += CHECK_SECONDS
    assert value.get() == 2


def test_a_link_that_leads_elsewhere_is_followed(tmp_path: Path, clock: Clock) -> None:
    """As a cluster changes mounted files."""
    for number in (1, 2):
        (tmp_path / f"file-{number}").write_text(str(number), "utf-8")
    link, other = tmp_path / "link", tmp_path / "other"
    link.symlink_to("file-1")
    value = reloaded(link, clock)
    other.symlink_to("file-2")
    other.replace(link)
    clock.now += CHECK_SECONDS
    assert value.get() == 2


@pytest.mark.parametrize("change", ["bad", "gone"])
def test_a_file_that_cannot_be_used_keeps_the_last_value_and_is_said_once(
    file: Path, clock: Clock, change: str, caplog: pytest.LogCaptureFixture
) -> None:
    value = reloaded(file, clock)
    if change == "bad":
        file.write_text("two", "utf-8")
    else:
        file.unlink()
    with caplog.at_level(logging.WARNING, "cobalamin.reloading"):
        for _ in range(70):
            clock.now += CHECK_SECONDS
            assert value.get() == 1
    assert value.problem
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    file.write_text("3", "utf-8")
    clock.now += CHECK_SECONDS
    assert value.get() == 3
    assert value.problem is None


def test_what_failed_for_another_reason_than_the_file_is_tried_again(
    file: Path, clock: Clock
) -> None:
    faults: list[Exception] = []

    def load() -> int:
        if faults:
            raise faults[0]
        return int(file.read_text("utf-8"))

    value = ReloadedValue("the number", load, lambda _: (file,), clock)
    file.write_text("2", "utf-8")
    faults.append(OSError("the database does not answer"))
    clock.now += CHECK_SECONDS
    assert value.get() == 1
    assert value.problem == "the database does not answer"
    faults.clear()
    clock.now += RETRY_SECONDS
    assert value.get() == 2
    assert value.problem is None


def test_the_first_value_must_be_usable(tmp_path: Path, clock: Clock) -> None:
    with pytest.raises(FileNotFoundError):
        reloaded(tmp_path / "none", clock)


def test_files_that_a_new_value_names_are_watched_too(tmp_path: Path, clock: Clock) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text("", "utf-8")

    def load() -> tuple[Path, ...]:
        named = first.read_text("utf-8")
        return (first, tmp_path / named) if named else (first,)

    value = ReloadedValue("the list", load, lambda files: files, clock)
    first.write_text("second", "utf-8")
    clock.now += CHECK_SECONDS
    made = value.get()
    assert made == (first, second)
    second.write_text("new", "utf-8")
    clock.now += CHECK_SECONDS
    assert value.get() is not made


def test_nobody_waits_while_another_thread_reads(file: Path, clock: Clock) -> None:
    started, go = Event(), Event()

    def load() -> int:
        number = int(file.read_text("utf-8"))
        if number == 2:
            started.set()
            go.wait(60)
        return number

    value = ReloadedValue("the number", load, lambda _: (file,), clock)
    file.write_text("2", "utf-8")
    clock.now += CHECK_SECONDS
    reader = Thread(target=value.get)
    reader.start()
    assert started.wait(60)
    assert value.get() == 1
    go.set()
    reader.join(60)
    assert value.get() == 2


def test_a_value_without_files_is_never_made_anew(clock: Clock) -> None:
    made: list[int] = []

    def load() -> int:
        made.append(1)
        return len(made)

    value = ReloadedValue("nothing", load, lambda _: (), clock)
    clock.now += 1000
    assert value.get() == 1


def test_a_derived_value_is_made_once_for_each_source() -> None:
    made: list[object] = []

    def make(source: object) -> int:
        made.append(source)
        return len(made)

    derived, one, other = DerivedValue(make), object(), object()
    assert [derived.of(source) for source in (one, one, other, one)] == [1, 1, 2, 3]
