"""Whether cards are shown for a call, and what all of its cards have in common."""

from cobalamin.service.answers.cards import Making
from cobalamin.service.answers.client_capabilities import informing
from cobalamin.service.cds_hooks.client_profiles import manner_of
from cobalamin.service.cds_hooks.request import HookCall
from cobalamin.service.cds_hooks.services import HookService
from cobalamin.service.http.app_context import Context
from cobalamin.service.rules.model.assessment import Assessment
from cobalamin.service.settings import Mode

Answer = dict[str, object]


def is_shown(sent: HookCall, here: Context) -> bool:
    """No cards for a patient or relative at the screen, nor in silent mode."""
    return here.settings.mode is Mode.live and not sent.for_patient


def making_of(
    service: HookService, sent: HookCall, assessment: Assessment, here: Context
) -> Making:
    """For the patient of the call, in the way of the client, and of a call that nobody awaits."""
    manner = manner_of(here.client)
    return Making(
        assessment=assessment,
        library=here.library,
        subject_id=sent.patient_id,
        encounter_id=sent.encounter_id,
        new_id=here.new_id,
        manner=informing(manner) if service.renews and sent.for_nobody else manner,
        public_url=here.settings.public_url,
    )
