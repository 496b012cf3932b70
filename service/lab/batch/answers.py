"""One response line per request line, in order; a bad line costs no other."""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any

from cobalamin.schemas.errors import operation_outcome
from cobalamin.service.answers.fhir_bundle import to_bundle
from cobalamin.service.answers.plain import encode
from cobalamin.service.answers.short import assess_shortly, to_released
from cobalamin.service.http.errors import (
    ISSUE_CODES,
    MESSAGES,
    ApiError,
    log_unexpected,
    problem_details,
)
from cobalamin.service.http.evaluation_counts import count_evaluation, count_notes
from cobalamin.service.lab.batch.counts import BatchCounts
from cobalamin.service.lab.batch.lines import MAX_LINE_BYTES, MIB, Line
from cobalamin.service.lab.body import AssessmentOptions, read_request
from cobalamin.service.lab.json_response import to_json
from cobalamin.service.lab.single_resources import SINGLE_RESOURCES, is_single_resource
from cobalamin.service.metrics.definitions import BATCH_LINE_ERRORS
from cobalamin.service.metrics.recording import METRICS
from cobalamin.service.records.errors import StoreError
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.model.assessment import Assessment

LOG = logging.getLogger("cobalamin.batch")
SERVICE = "/v1/assessments/batch"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOptions:
    """Options shared by all lines of a request.

    `fhir` says that the lines were sent as FHIR, `fhir_answers` that they are answered so. With
    `summary` a line of counts ends the answer. `record` stores the audit entry of the batch, also
    where the client leaves before its end; where that is required and fails, the answer ends early.
    `record_line` stores the entry of a line before its answer is passed on.
    """

    options: AssessmentOptions
    short: bool
    new_id: Callable[[], str]
    correlation: str
    client: str = ""
    fhir: bool = False
    fhir_answers: bool = False
    summary: bool = False
    record: Callable[[BatchCounts], None] | None = None
    record_line: Callable[[Assessment, bytes, float], None] | None = None


def iter_answers(lines: Iterable[Line], batch: BatchOptions) -> Iterator[bytes]:
    """Yield the answers, and the counts where they are asked for; log the counts at the end."""
    counts = BatchCounts()
    try:
        for number, line in lines:
            yield _answer(number, line, batch, counts) + b"\n"
        counts.is_whole = True
    finally:  # the client may have left with the answers that it has
        _record(counts, batch)
    if batch.summary:
        yield encode({"summary": counts.to_dict()}) + b"\n"


def _record(counts: BatchCounts, batch: BatchOptions) -> None:
    end = "" if counts.is_whole else " until the client left"
    LOG.info(
        "batch %s%s",
        encode(counts.to_dict()).decode(),
        end,
        extra={"correlation": batch.correlation},
    )
    if batch.record is not None:
        # Where nobody waits for the rest, there is nothing to refuse any more.
        with nullcontext() if counts.is_whole else suppress(StoreError):
            batch.record(counts)


def _answer(number: int, line: bytes | None, batch: BatchOptions, counts: BatchCounts) -> bytes:
    """Assess a line, or return its error; a bad line never affects the others."""
    try:
        return _assessed(line, batch, counts)
    except ApiError as error:
        failed = error
    except StoreError:  # logged where it happened
        failed = ApiError(503, MESSAGES[503])
    except Exception as error:  # noqa: BLE001 - the lines after it are still to be answered
        log_unexpected(error, batch.correlation)
        failed = ApiError(500, MESSAGES[500])
    counts.add_error(failed.status)
    METRICS.count(BATCH_LINE_ERRORS, str(failed.status))
    return encode(_error(failed, number, batch))


def _assessed(line: bytes | None, batch: BatchOptions, counts: BatchCounts) -> bytes:
    if line is None:
        raise ApiError(413, f"the line is longer than {MAX_LINE_BYTES // MIB} MiB")
    if is_single_resource(line):
        raise ApiError(422, SINGLE_RESOURCES)
    started = monotonic()
    request = read_request(line, batch.options, fhir=batch.fhir)
    profile = batch.options.profile
    if batch.short and batch.record_line is None:
        answer = assess_shortly(request.facts, profile, request.on)
        encoded = encode(answer)
        counts.add(answer.outcome, answer.rung, answer.urgency)
        count_evaluation(SERVICE, answer.outcome, answer.reasons, answer.notes, batch.client)
        return encoded
    knowledge, explains = profile.knowledge, not batch.short
    assessment = assess(request.facts, knowledge, request.on, find_unknowns=explains)
    if batch.short:
        encoded = encode(to_released(assessment, profile))
    elif batch.fhir_answers:
        encoded = encode(to_bundle(assessment, profile, batch.new_id))
    else:
        encoded = to_json(assessment, profile, batch.new_id)
    if batch.record_line is not None:
        batch.record_line(assessment, encoded, started)
    outcome, notes = assessment.outcome, count_notes(assessment.notes)
    counts.add(outcome, assessment.plan.rung, assessment.plan.urgency.name)
    count_evaluation(SERVICE, outcome, assessment.reasons, notes, batch.client)
    return encoded


def _error(error: ApiError, number: int, batch: BatchOptions) -> dict[str, Any]:
    if not batch.fhir_answers:
        return {**problem_details(error, batch.correlation), "line": number}
    code = ISSUE_CODES.get(error.status, "invalid")
    text = f"line {number}: {error.message}"
    return operation_outcome(code, text, error.where, batch.correlation)
