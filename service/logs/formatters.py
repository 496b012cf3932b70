"""A record of the log as one line: for people, or as JSON for programs."""

import json
import logging
from datetime import UTC, datetime

from cobalamin.service.logs.fields import error_of, fields_of, message_of


class ConsoleFormatter(logging.Formatter):
    """Time, level, logger and message, then each field as `name=value`."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        fields = _all_fields(record)
        named = "".join(f" {name}={value}" for name, value in fields.items())
        return f"{_time(record)} {record.levelname} {record.name} {message_of(record)}{named}"


class JsonFormatter(logging.Formatter):
    """One JSON object with time, level, logger, process and message, and each field as a member."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line = {
            "time": _time(record),
            "level": record.levelname,
            "logger": record.name,
            "process": record.process,
            "message": message_of(record),
            **_all_fields(record),
        }
        return json.dumps(line, ensure_ascii=False)


def _all_fields(record: logging.LogRecord) -> dict[str, object]:
    error = error_of(record)
    return fields_of(record) | ({} if error is None else {"error": error})


def _time(record: logging.LogRecord) -> str:
    """The time in UTC to the millisecond, as RFC 3339 writes it."""
    return datetime.fromtimestamp(record.created, UTC).isoformat("T", "milliseconds")[:-6] + "Z"
