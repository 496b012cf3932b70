"""Whether cards are shown for a call, and what all of its cards have in common."""

from cobalamin.service.answers.cards import CardContext
from cobalamin.service.answers.client_capabilities import information_only
from cobalamin.service.cds_hooks.client_profiles import capabilities_of
from cobalamin.service.cds_hooks.request import HookRequest
from cobalamin.service.cds_hooks.services import HookService
from cobalamin.service.http.app_context import Context
from cobalamin.service.rules.model.assessment import Assessment
from cobalamin.service.settings import Mode

Json = dict[str, object]


def shows_cards(request: HookRequest, ctx: Context) -> bool:
    """No cards for a patient or relative at the screen, nor in silent mode."""
    return ctx.settings.mode is Mode.live and not request.for_patient


def build_card_context(
    service: HookService, request: HookRequest, assessment: Assessment, ctx: Context
) -> CardContext:
    """For the patient of the call, in the way of the client, and of a call that nobody awaits."""
    capabilities = capabilities_of(ctx.client)
    return CardContext(
        assessment=assessment,
        profile=ctx.profile,
        subject_id=request.patient_id,
        encounter_id=request.encounter_id,
        new_id=ctx.new_id,
        capabilities=information_only(capabilities)
        if service.renews and request.for_nobody
        else capabilities,
        public_url=ctx.settings.public_url,
    )
