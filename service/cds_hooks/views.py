"""CDS Hooks endpoints: discovery, one address for each service, and feedback."""

from collections.abc import Callable, Mapping
from time import monotonic

from flask import Blueprint, Response, request

from cobalamin.fhir.prefetch import PrefetchResult
from cobalamin.service.answers.plain import encode
from cobalamin.service.cds_hooks.discharge import answer_discharge
from cobalamin.service.cds_hooks.discovery import discovery_document
from cobalamin.service.cds_hooks.feedback import SaveFeedback, accept_feedback
from cobalamin.service.cds_hooks.hook_answer import HookAnswer, HookCall, to_body
from cobalamin.service.cds_hooks.orders import answer_orders
from cobalamin.service.cds_hooks.patient import answer_patient
from cobalamin.service.cds_hooks.patient_data import PatientDataSource
from cobalamin.service.cds_hooks.problems import answer_problems
from cobalamin.service.cds_hooks.request import HookRequest, parse_request
from cobalamin.service.cds_hooks.services import HookService, offered
from cobalamin.service.cds_hooks.switched_off import SWITCHED_OFF, switched_off
from cobalamin.service.http.app_context import AppContext, get_context
from cobalamin.service.http.audit_entries import client_id, record_modes
from cobalamin.service.http.content_negotiation import json_response, read_body, require_json
from cobalamin.service.http.errors import ApiError
from cobalamin.service.http.evaluation_counts import count_evaluation
from cobalamin.service.http.modes import ModeChanges
from cobalamin.service.knowledge.profile import Profiles
from cobalamin.service.reloading import DerivedValue
from cobalamin.service.rules.model.assessment import Outcome
from cobalamin.service.settings import Mode, Service, Settings
from cobalamin.service.tracing.recording import TRACING

JSON = "application/json"
ANSWERS: Mapping[
    Service, Callable[[HookService, HookRequest, PrefetchResult, AppContext], HookAnswer]
] = {
    Service.patient_view: answer_patient,
    Service.order_select: answer_orders,
    Service.order_sign: answer_orders,
    Service.encounter_discharge: answer_discharge,
    Service.problem_list_item_create: answer_problems,
    Service.medication_refill: answer_orders,
}


def cds_hooks(settings: Settings, save: SaveFeedback) -> Blueprint:
    """The routes; the discovery document is built once for a state of the profiles."""
    blueprint, patient_data = Blueprint("cds_hooks", __name__), PatientDataSource(settings)
    services, changes = offered(settings.services), ModeChanges()
    by_id = {service.id.value: service for service in services}
    documents = DerivedValue[Profiles, bytes](
        lambda profiles: discovery_document(profiles[settings.profile].codes, services)
    )

    def service_of(service_id: str) -> HookService:
        service = by_id.get(service_id)
        if service is None:
            raise ApiError(404, "no such service; GET /cds-services lists them")
        return service

    @blueprint.get("/cds-services", strict_slashes=False)
    def discovery() -> Response:
        return _cacheable(documents.of(get_context().profiles))

    @blueprint.post("/cds-services/<service_id>", strict_slashes=False)
    def call_service(service_id: str) -> Response:
        require_json()
        ctx, service = get_context(), service_of(service_id)
        changes.tell(ctx.modes, lambda _: record_modes(ctx))
        if ctx.mode is Mode.off:
            reasons = (SWITCHED_OFF,)
            count_evaluation(service_id, Outcome.not_assessable, reasons, {}, client_id(ctx))
            TRACING.note_evaluation(Outcome.not_assessable.value, ctx.profile_id)
            return Response(encode(switched_off(ctx.profile)), content_type=JSON)
        body, started = read_body(), monotonic()  # how long a client sends is not counted
        hook_request = parse_request(body, service)
        read = patient_data.load(hook_request, ctx, started)
        answer = ANSWERS[service.id](service, hook_request, read, ctx)
        return json_response(encode(to_body(answer, HookCall(service, hook_request, started), ctx)))

    @blueprint.post("/cds-services/<service_id>/feedback", strict_slashes=False)
    def feedback(service_id: str) -> Response:
        require_json()
        verdicts = accept_feedback(read_body(), service_of(service_id).id, save)
        if not verdicts:
            return Response(status=204)
        return Response(encode({"feedback": verdicts}), content_type=JSON)

    return blueprint


def _cacheable(document: bytes) -> Response:
    answer = Response(document, content_type=JSON)
    answer.add_etag()
    answer.cache_control.max_age = 300
    answer.make_conditional(request)
    return answer
