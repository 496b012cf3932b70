"""The operation on data that come with the request, and what the door says of itself."""

from flask import Response, request

from cobalamin.fhir.decode.json_repair import normalise
from cobalamin.service.answers.fhir_bundle import to_bundle
from cobalamin.service.answers.plain import encode
from cobalamin.service.http.app_context import get_context
from cobalamin.service.http.content_negotiation import (
    FHIR_JSON,
    FHIR_VERSIONS,
    JSON,
    read_body,
    require_acceptable,
    require_json,
)
from cobalamin.service.http.errors import ApiError
from cobalamin.service.lab.answer import to_json
from cobalamin.service.lab.body import Asking, read_request
from cobalamin.service.lab.fhir_operation.definitions import (
    capability_statement,
    operation_definition,
)
from cobalamin.service.lab.fhir_operation.parameters import read_input
from cobalamin.service.lab.query import day_asked, requested_profile
from cobalamin.service.rules.assess import assess


def operation() -> Response:
    """The assessment of what was sent, as a Bundle or as plain JSON."""
    require_json()
    _require_version()
    wanted = require_acceptable(FHIR_JSON, JSON)
    here = get_context()
    body = normalise(read_body())
    asked = read_input(body)
    profile = requested_profile(here)
    asking = Asking(
        profile=profile,
        today=here.today(),
        on=day_asked() or asked.effective,
        subject=asked.subject,
        strict=here.settings.strict,
    )
    read = read_request(body, asking, fhir=True)
    assessment = assess(read.facts, profile.knowledge, read.on)
    if wanted == JSON:
        return Response(to_json(assessment, profile, here.new_id), content_type=JSON)
    return _fhir(to_bundle(assessment, profile, here.new_id))


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
