"""Views of `$b12-assess` and of the FHIR metadata."""

from time import monotonic

from flask import Response, request

from cobalamin.fhir.decode.json_repair import normalise
from cobalamin.service.answers.fhir_bundle import to_bundle
from cobalamin.service.answers.plain import encode
from cobalamin.service.http.app_context import get_context
from cobalamin.service.http.audit_entries import Evaluation, record_evaluation
from cobalamin.service.http.content_negotiation import (
    FHIR_JSON,
    FHIR_VERSIONS,
    JSON,
    json_response,
    read_body,
    require_acceptable,
    require_json,
)
from cobalamin.service.http.errors import ApiError
from cobalamin.service.lab.body import AssessmentOptions, read_request
from cobalamin.service.lab.fhir_operation.definitions import (
    capability_statement,
    operation_definition,
)
from cobalamin.service.lab.fhir_operation.parameters import read_input
from cobalamin.service.lab.json_response import to_json
from cobalamin.service.lab.query import requested_day, requested_profile, require_known_parameters
from cobalamin.service.rules.assess import assess

# FHIR clients send the last two with every request; the answer is JSON in any case.
PARAMETERS = ("profile", "asOf", "_format", "_pretty")


def operation() -> Response:
    """Assess the data of the request; answer a Bundle or plain JSON."""
    require_json()
    _require_version()
    wanted = require_acceptable(FHIR_JSON, JSON)
    require_known_parameters(*PARAMETERS)
    ctx = get_context()
    body, started = normalise(read_body()), monotonic()
    assessment_input = read_input(body, ctx.settings.time_zone)
    profile = requested_profile(ctx)
    options = AssessmentOptions(
        profile=profile,
        today=ctx.today(),
        on=requested_day() or assessment_input.effective,
        subject=assessment_input.subject,
        strict=ctx.settings.strict,
        reading=ctx.settings.reading,
    )
    read = read_request(body, options, fhir=True)
    assessment = assess(read.facts, profile.knowledge, read.on)
    if wanted == JSON:
        answer = json_response(to_json(assessment, profile, ctx.new_id))
    else:
        answer = _fhir(to_bundle(assessment, profile, ctx.new_id))
    evaluation = Evaluation(
        service="/fhir/$b12-assess",
        assessment=assessment,
        profile=profile,
        started=started,
        answer=answer.get_data(),
    )
    record_evaluation(ctx, evaluation)
    return answer


def metadata() -> Response:
    """The CapabilityStatement."""
    return _fhir(capability_statement(get_context().settings.public_url))


def definition() -> Response:
    """The OperationDefinition."""
    return _fhir(operation_definition())


def _require_version() -> None:
    version = request.mimetype_params.get("fhirversion", "4.0")
    if version not in FHIR_VERSIONS:
        raise ApiError(415, "FHIR R4 is read: send fhirVersion 4.0 or 4.3, or leave it out")


def _fhir(resource: dict[str, object]) -> Response:
    return Response(encode(resource), content_type=FHIR_JSON)
