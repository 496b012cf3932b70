"""What a line of the log holds beside its message: named fields, and no others.

A field that is not named here never reaches the log, so that no record of another library, and no
later line of this one, brings a patient's data into it by an attribute.
"""

import logging
from collections.abc import Mapping

from cobalamin.service.correlation import assigned_correlation_id, client_of_request

OWN = "cobalamin"
FIELDS = (
    *("correlation", "client", "method", "route", "status", "milliseconds", "bytes", "peer"),
    *("refusal", "trace"),
)
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), 127, *range(128, 160), 0x2028, 0x2029)}


def fields_of(record: logging.LogRecord) -> dict[str, object]:
    """The fields that the record has or that its request tells, in the order of `FIELDS`."""
    told = {"correlation": assigned_correlation_id(), "client": client_of_request()}
    found = ((name, getattr(record, name, None) or told.get(name)) for name in FIELDS)
    return {name: value for name, value in found if value is not None}


def message_of(record: logging.LogRecord) -> str:
    """The message on one line.

    Of an error that another library hands to its own line only the kind is kept: what an error says
    may repeat what was sent.
    """
    if record.args and not record.name.startswith(OWN):
        arguments = record.args if isinstance(record.args, Mapping) else tuple(record.args)
        return (record.msg % _without_errors(arguments)).translate(_CONTROL)
    return record.getMessage().translate(_CONTROL)


def error_of(record: logging.LogRecord) -> str | None:
    """The kind of error and its place in the code, without what it says; None without one."""
    error = record.exc_info[1] if record.exc_info else None
    return None if error is None else describe_error(error)


def describe_error(error: BaseException) -> str:
    """The kind of an error and its place in the code."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}" if frame else "?"
    return f"{type(error).__name__} at {where}"


def _without_errors(
    arguments: Mapping[str, object] | tuple[object, ...],
) -> dict[str, object] | tuple[object, ...]:
    if isinstance(arguments, Mapping):
        return {name: _kind_of_error(value) for name, value in arguments.items()}
    return tuple(map(_kind_of_error, arguments))


def _kind_of_error(value: object) -> object:
    return type(value).__name__ if isinstance(value, BaseException) else value
