"""The door for EHRs: discovery, and one address for each service."""

from time import monotonic

from flask import Blueprint, Response, request

from cobalamin.fhir.missing import Reader
from cobalamin.fhir.prefetch import Prefetched
from cobalamin.service.access.guard import caller
from cobalamin.service.answers.cards import to_cards
from cobalamin.service.answers.extension import to_extension
from cobalamin.service.answers.plain import encode
from cobalamin.service.cds_hooks.call import HookCall, read_call
from cobalamin.service.cds_hooks.discovery import discovery_document
from cobalamin.service.cds_hooks.feedback import Keep, take_feedback
from cobalamin.service.cds_hooks.gathering import Gathering
from cobalamin.service.cds_hooks.kinds import manner_of
from cobalamin.service.cds_hooks.orders import answer_orders
from cobalamin.service.cds_hooks.services import HookService, offered
from cobalamin.service.cds_hooks.switched_off import switched_off
from cobalamin.service.context import Context, context
from cobalamin.service.errors import ApiError
from cobalamin.service.media import require_json, sent_bytes
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.assessment import Assessment
from cobalamin.service.settings import Mode

JSON = "application/json"


def cds_hooks(at_start: Context, servers: Reader | None, keep: Keep) -> Blueprint:
    """The routes; the discovery document is made once, here."""
    door, gathering = Blueprint("cds_hooks", __name__), Gathering(at_start, servers)
    services = offered(at_start.settings.services)
    document = discovery_document(at_start.libraries[at_start.settings.profile].codes, services)
    by_id = {service.id.value: service for service in services}

    def service_of(service_id: str) -> HookService:
        service = by_id.get(service_id)
        if service is None:
            raise ApiError(404, "no such service; GET /cds-services lists them")
        return service

    @door.get("/cds-services", strict_slashes=False)
    def discovery() -> Response:
        answer = Response(document, content_type=JSON)
        answer.add_etag()
        answer.cache_control.max_age = 300
        answer.make_conditional(request)
        return answer

    @door.post("/cds-services/<service_id>", strict_slashes=False)
    def call(service_id: str) -> Response:
        require_json()
        here, service = context(), service_of(service_id)
        if here.settings.mode is Mode.off:
            return Response(encode(switched_off(here.library)), content_type=JSON)
        body, started = sent_bytes(), monotonic()  # how long a client sends is not counted
        sent = read_call(body, service)
        read = gathering.read(sent, here, started)
        return Response(encode(_answer(service, sent, read, here)), content_type=JSON)

    @door.post("/cds-services/<service_id>/feedback", strict_slashes=False)
    def feedback(service_id: str) -> Response:
        require_json()
        verdicts = take_feedback(sent_bytes(), service_of(service_id).id, keep)
        if not verdicts:
            return Response(status=204)
        return Response(encode({"feedback": verdicts}), content_type=JSON)

    return door


def _answer(
    service: HookService, sent: HookCall, read: Prefetched, here: Context
) -> dict[str, object]:
    library = here.library
    assessment = assess(read.facts, library.knowledge, here.today())
    if sent.written is not None:
        return answer_orders(service, sent, sent.written, assessment, here)
    return {
        "cards": _cards(assessment, sent, here),
        "extension": to_extension(assessment, library, mode=here.settings.mode),
    }


def _cards(assessment: Assessment, sent: HookCall, here: Context) -> list[dict[str, object]]:
    """No cards for a patient or relative at the screen, nor in silent mode."""
    if sent.for_patient or here.settings.mode is not Mode.live:
        return []
    return to_cards(
        assessment,
        here.library,
        subject_id=sent.patient_id,
        encounter_id=sent.encounter_id,
        new_id=here.new_id,
        manner=manner_of(caller()),
        show_unavailable=here.settings.show_unavailable,
        public_url=here.settings.public_url,
    )
