"""A line of the log has time, level and named fields, and nothing that a library says of an error.

What a request may bring into it is tried in test_access_log.py and test_canary.py.
"""

import json
import logging
from types import TracebackType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cobalamin.service.logs.fields import FIELDS
from cobalamin.service.logs.formatters import ConsoleFormatter, JsonFormatter

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]
FORMATTERS = (ConsoleFormatter(), JsonFormatter())


def a_record(name: str = "cobalamin.test", text: str = "told", *args: object) -> logging.LogRecord:
    record = logging.LogRecord(name, logging.WARNING, __file__, 1, text, args, None)
    record.created = 1_800_000_000.25
    return record


def failed(secret: str) -> ExcInfo:
    try:
        int(secret)
    except ValueError as error:
        return type(error), error, error.__traceback__
    pytest.fail("it is a number")


def test_a_line_for_people() -> None:
    record = a_record()
    record.status, record.route = 503, "/hl7v2"
    line = "2027-01-15T08:00:00.250Z WARNING cobalamin.test told route=/hl7v2 status=503"
    assert ConsoleFormatter().format(record) == line


def test_a_line_for_programs() -> None:
    record = a_record("cobalamin.test", "%d of %s", 2, "µ")
    record.client = "ehr"
    line = json.loads(JsonFormatter().format(record))
    assert line.pop("process") > 0
    assert line == {
        "time": "2027-01-15T08:00:00.250Z",
        "level": "WARNING",
        "logger": "cobalamin.test",
        "message": "2 of µ",
        "client": "ehr",
    }


@given(st.dictionaries(st.sampled_from(["patient", "body", "url", "user"]), st.just("Zq7canary")))
def test_a_field_that_is_not_on_the_list_is_left_out(extra: dict[str, Any]) -> None:
    assert not {*FIELDS} & {*extra}
    record = a_record()
    record.__dict__.update(extra)
    assert all("Zq7canary" not in formatter.format(record) for formatter in FORMATTERS)


@pytest.mark.parametrize("formatter", FORMATTERS)
def test_an_error_is_its_kind_and_place_alone(formatter: logging.Formatter) -> None:
    record = a_record("gunicorn.error", "Error handling connection: %s", ValueError("Zq7canary"))
    record.exc_info = failed("Zq7canary")
    line = formatter.format(record)
    assert "Zq7canary" not in line
    assert "Error handling connection: ValueError" in line
    assert "ValueError at " in line
    assert "test_log_lines.py:" in line


@given(st.text())
def test_a_record_is_one_line_whatever_it_says(text: str) -> None:
    for formatter in FORMATTERS:
        assert len(formatter.format(a_record("cobalamin.test", "%s", text)).splitlines()) == 1
