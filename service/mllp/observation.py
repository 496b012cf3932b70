"""Counts and spans of messages, under the names of every other way in."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from cobalamin.service.http.app_context import AppContext
from cobalamin.service.http.audit_entries import client_id
from cobalamin.service.http.evaluation_counts import count_evaluation, count_notes
from cobalamin.service.http.refusal_reasons import RefusalReason
from cobalamin.service.lab.hl7v2.process import MessageAnswer
from cobalamin.service.metrics.definitions import (
    AUTHENTICATION_FAILURES,
    REFUSALS,
    REQUEST_SECONDS,
    REQUESTS,
)
from cobalamin.service.metrics.recording import METRICS
from cobalamin.service.tracing.attributes import Attribute
from cobalamin.service.tracing.recording import TRACING

LOG = logging.getLogger("cobalamin.mllp")
SERVICE = "mllp"
"""What stands in the place of a route and of a service."""
CREDENTIAL, RATE_LIMIT = "credential", "rate-limit"


def count_answer(verdict: str, seconds: float) -> None:
    """Count a frame that was answered, by its MSA-1, and how long that took."""
    METRICS.count(REQUESTS, SERVICE, verdict)
    METRICS.observe(REQUEST_SECONDS, seconds, SERVICE)


def refuse_connection(peer: str, reason: RefusalReason | None, said: str) -> None:
    """Log and count a connection that is closed; without a reason nobody knows its sender."""
    LOG.warning("a connection from %s was closed: %s", peer, said)
    if reason is None:
        METRICS.count(AUTHENTICATION_FAILURES, CREDENTIAL)
    else:
        METRICS.count(REFUSALS, reason.value)


def count_throttled() -> None:
    """Count a message beyond the limit of its sender."""
    METRICS.count(AUTHENTICATION_FAILURES, RATE_LIMIT)


@contextmanager
def traced_message() -> Iterator[None]:
    """The span of a message while it is assessed and its answer is stored."""
    span = TRACING.start_answering()
    try:
        yield
    finally:
        TRACING.stop_answering()
        if span is not None:
            span.set(Attribute.route, SERVICE)
            span.end(SERVICE)


def observe_answer(made: MessageAnswer, ctx: AppContext) -> None:
    """Count what a message came to, and tell its span, once its answer is stored."""
    if TRACING.current is not None:
        TRACING.current.set(Attribute.verdict, made.verdict)
    if made.report is None:
        return
    assessment = made.report.assessment
    notes = count_notes(assessment.notes)
    count_evaluation(SERVICE, assessment.outcome, assessment.reasons, notes, client_id(ctx))
    TRACING.note_evaluation(assessment.outcome.value, ctx.profile_id)
