"""Why there was no room for a request, or it could not be received: for the log and the counts."""

from enum import StrEnum
from wsgiref.types import WSGIEnvironment

_KEY = "cobalamin.refusal_reason"
TOO_LARGE = 413


class RefusalReason(StrEnum):
    """What was lacking, or what was wrong with how a request came."""

    too_many_batches = "too-many-batches"
    too_many_connections = "too-many-connections"
    no_room_for_body = "no-room-for-body"
    body_too_large = "body-too-large"
    body_late = "body-late"
    body_cut_short = "body-cut-short"
    header_late = "header-late"
    header_too_large = "header-too-large"
    request_line_too_long = "request-line-too-long"
    malformed = "malformed"
    transfer_coding = "transfer-coding"
    reader_too_slow = "reader-too-slow"
    server_error = "server-error"


def set_refusal_reason(environ: WSGIEnvironment, reason: RefusalReason) -> None:
    """Tell why this request is refused."""
    environ[_KEY] = reason


def refusal_reason_of(environ: WSGIEnvironment, status: int) -> RefusalReason | None:
    """Why this request was answered with this status; None where it was neither room nor form."""
    reason: RefusalReason | None = environ.get(_KEY)
    return RefusalReason.body_too_large if reason is None and status == TOO_LARGE else reason
