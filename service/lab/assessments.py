"""What the door for laboratories answers: one assessment, or many."""

from flask import Response, request

from cobalamin.service.answers.comment import to_comment, work_list_reason
from cobalamin.service.answers.fhir_bundle import to_bundle
from cobalamin.service.answers.plain import encode
from cobalamin.service.answers.short import assess_shortly
from cobalamin.service.correlation import correlation_id
from cobalamin.service.http.app_context import AppContext, get_context
from cobalamin.service.http.content_negotiation import (
    FHIR_JSON,
    HL7V2,
    JSON,
    NDJSON,
    TEXT,
    read_body,
    require_acceptable,
    require_json,
    require_lines,
)
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.lab.answer import to_json
from cobalamin.service.lab.batch import Batch, answered, numbered, spooled
from cobalamin.service.lab.body import Asking, read_request
from cobalamin.service.lab.hl7v2.answer import report_text
from cobalamin.service.lab.query import (
    day_asked,
    requested_profile,
    require_known_parameters,
    short_asked,
)
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.model.assessment import Assessment

PARAMETERS = ("profile", "asOf", "answer")
FORMS = (JSON, TEXT, FHIR_JSON, HL7V2)


def one() -> Response:
    """The assessment of the FHIR Bundle or the plain form that was sent."""
    fhir = require_json() == FHIR_JSON
    require_known_parameters(*PARAMETERS)
    short = short_asked()
    wanted = require_acceptable(JSON) if short else require_acceptable(*FORMS)
    here = get_context()
    profile, body = requested_profile(here), read_body()
    asked = read_request(body, _asking(here), fhir=fhir)
    if short:
        answer = assess_shortly(asked.facts, profile.knowledge, asked.on)
        return Response(encode(answer), content_type=JSON)
    assessment = assess(asked.facts, profile.knowledge, asked.on)
    return _answer(assessment, profile, wanted, here)


def many() -> Response:
    """A line for each line that was sent."""
    require_lines()
    require_known_parameters(*PARAMETERS)
    short = short_asked()
    require_acceptable(NDJSON)
    here = get_context()
    asking = Batch(
        asking=_asking(here),
        short=short,
        new_id=here.new_id,
        correlation=correlation_id(),
    )
    file = spooled(request, here.settings.batch_max_mib)
    answer = Response(answered(numbered(file), asking), content_type=NDJSON)
    answer.call_on_close(file.close)
    return answer


def _asking(here: AppContext) -> Asking:
    return Asking(
        profile=requested_profile(here),
        today=here.today(),
        on=day_asked(),
        strict=here.settings.strict,
    )


def _answer(assessment: Assessment, profile: Profile, wanted: str, here: AppContext) -> Response:
    """The same assessment in the form that was asked for."""
    if wanted == TEXT:
        return _as_text(assessment, profile)
    if wanted == HL7V2:
        segments = report_text(assessment, profile)
        return Response(segments, content_type=f"{HL7V2}; charset=utf-8")
    if wanted == FHIR_JSON:
        made = to_bundle(assessment, profile, here.new_id)
        return Response(encode(made), content_type=FHIR_JSON)
    return Response(to_json(assessment, profile, here.new_id), content_type=JSON)


def _as_text(assessment: Assessment, profile: Profile) -> Response:
    """The comment alone; an empty body where none is due, with a header that says why."""
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
    return answer
