"""Views of `POST /v1/assessments` and `POST /v1/assessments/batch`."""

from collections.abc import Callable, Iterator
from time import monotonic

from flask import Response, request

from cobalamin.service.answers.comment import to_comment, work_list_reason
from cobalamin.service.answers.fhir_bundle import to_bundle
from cobalamin.service.answers.plain import encode
from cobalamin.service.answers.short import to_released
from cobalamin.service.correlation import correlation_id
from cobalamin.service.http.app_context import AppContext, get_context
from cobalamin.service.http.audit_entries import Evaluation, client_id, record_evaluation
from cobalamin.service.http.content_negotiation import (
    FHIR_JSON,
    FHIR_NDJSON,
    HL7V2,
    JSON,
    NDJSON,
    TEXT,
    json_response,
    read_body,
    require_acceptable,
    require_json,
    require_lines,
)
from cobalamin.service.http.errors import ApiError
from cobalamin.service.http.refusal_reasons import RefusalReason, set_refusal_reason
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.lab.batch.answers import BatchOptions, iter_answers
from cobalamin.service.lab.batch.audit import with_audit
from cobalamin.service.lab.batch.body import spool_body
from cobalamin.service.lab.batch.compression import GZIP, compress
from cobalamin.service.lab.batch.lines import iter_lines
from cobalamin.service.lab.body import AssessmentOptions, read_request
from cobalamin.service.lab.hl7v2.answer import render_report_segments
from cobalamin.service.lab.json_response import to_json
from cobalamin.service.lab.query import (
    is_short_requested,
    is_summary_requested,
    requested_day,
    requested_profile,
    require_known_parameters,
)
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.model.assessment import Assessment

PARAMETERS = ("profile", "asOf", "answer")
FORMS = (JSON, TEXT, FHIR_JSON, HL7V2)
COMMENT_FORMS = (TEXT, HL7V2)
RETRY_SECONDS = "10"
BUSY = "as many batches as are allowed at once are running; retry later"


def assess_one() -> Response:
    """Assess one FHIR Bundle or plain form."""
    fhir = require_json() == FHIR_JSON
    require_known_parameters(*PARAMETERS)
    short = is_short_requested()
    wanted = require_acceptable(JSON) if short else require_acceptable(*FORMS)
    ctx = get_context()
    profile, body, started = requested_profile(ctx), read_body(), monotonic()
    assessment_input = read_request(body, _options(ctx), fhir=fhir)
    assessment = assess(
        assessment_input.facts,
        profile.knowledge,
        assessment_input.on,
        find_unknowns=not short and wanted not in COMMENT_FORMS,
    )
    if short:
        answer = json_response(encode(to_released(assessment, profile)))
    else:
        answer = _answer(assessment, profile, wanted, ctx)
    evaluation = Evaluation(
        service="/v1/assessments",
        assessment=assessment,
        profile=profile,
        started=started,
        answer=answer.get_data(),
    )
    record_evaluation(ctx, evaluation)
    return answer


def assess_batch() -> Response:
    """Assess each line of an NDJSON body."""
    fhir = require_lines() == FHIR_NDJSON
    require_known_parameters(*PARAMETERS, "summary")
    short = is_short_requested()
    wanted = require_acceptable(NDJSON) if short else require_acceptable(NDJSON, FHIR_NDJSON)
    ctx = get_context()
    options = BatchOptions(
        options=_options(ctx),
        short=short,
        new_id=ctx.new_id,
        correlation=correlation_id(),
        client=client_id(ctx),
        fhir=fhir,
        fhir_answers=wanted == FHIR_NDJSON,
        summary=is_summary_requested(),
    )
    if ctx.audit is not None:
        ctx.audit.require_available()
    file = spool_body(request, ctx.settings.batch_max_mib)
    if ctx.audit is not None:
        options = with_audit(options, file, ctx)
    release = ctx.batch_slots.acquire()
    if release is None:
        file.close()
        set_refusal_reason(request.environ, RefusalReason.too_many_batches)
        raise ApiError(503, BUSY, headers={"Retry-After": RETRY_SECONDS})
    answers = _then(iter_answers(iter_lines(file), options), release)
    answer = Response(answers, content_type=wanted)
    if request.accept_encodings.quality(GZIP) > 0:
        answer.response = compress(answers)
        answer.headers["Content-Encoding"] = GZIP
    answer.vary.add("Accept-Encoding")
    answer.call_on_close(file.close)
    answer.call_on_close(release)
    return answer


def _then(answers: Iterator[bytes], release: Callable[[], None]) -> Iterator[bytes]:
    """The answers; the slot is free as soon as the last one is made."""
    try:
        yield from answers
    finally:
        release()


def _options(ctx: AppContext) -> AssessmentOptions:
    return AssessmentOptions(
        profile=requested_profile(ctx),
        today=ctx.today(),
        on=requested_day(),
        strict=ctx.settings.strict,
        reading=ctx.settings.reading,
    )


def _answer(assessment: Assessment, profile: Profile, wanted: str, ctx: AppContext) -> Response:
    """Render the assessment in the negotiated media type."""
    if wanted == TEXT:
        return _as_text(assessment, profile)
    if wanted == HL7V2:
        segments = render_report_segments(assessment, profile)
        return Response(segments, content_type=f"{HL7V2}; charset=utf-8")
    if wanted == FHIR_JSON:
        bundle = to_bundle(assessment, profile, ctx.new_id)
        return Response(encode(bundle), content_type=FHIR_JSON)
    return Response(to_json(assessment, profile, ctx.new_id), content_type=JSON)


def _as_text(assessment: Assessment, profile: Profile) -> Response:
    """Render the comment alone; the headers say why it is empty or needs a release."""
    comment, held = to_comment(assessment, profile), work_list_reason(assessment)
    answer = Response(
        "" if comment is None else comment.text, content_type=f"{TEXT}; charset=utf-8"
    )
    answer.headers["Cobalamin-Outcome"] = assessment.outcome.value
    answer.headers["Cobalamin-Comment"] = "none" if comment is None else comment.code
    if comment is not None:
        answer.headers["Cobalamin-Authorisation"] = comment.authorisation
    if held is not None:
        answer.headers["Cobalamin-Work-List"] = held
    if assessment.notes:
        codes = dict.fromkeys(note.code for note in assessment.notes)
        answer.headers["Cobalamin-Notes"] = ", ".join(codes)
    return answer
