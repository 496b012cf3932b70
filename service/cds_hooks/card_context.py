"""Whether a request is answered with cards, and the context in which they are built."""

from cobalamin.service.answers.card_context import CardContext
from cobalamin.service.answers.client_capabilities import information_only
from cobalamin.service.cds_hooks.client_profiles import capabilities_of
from cobalamin.service.cds_hooks.request import HookRequest
from cobalamin.service.cds_hooks.services import HookService
from cobalamin.service.http.app_context import AppContext
from cobalamin.service.metrics.recording import METRICS
from cobalamin.service.rules.model.assessment import Assessment, AssessmentSummary, Outcome
from cobalamin.service.rules.model.codes import ReasonCode as R
from cobalamin.service.settings import Mode

BEYOND_SCOPE = frozenset({R.age_unknown, R.paediatric_not_supported})


def makes_cards(request: HookRequest, ctx: AppContext) -> bool:
    """Not for a patient or relative at the screen; in silent mode to keep or count them alone."""
    is_used = ctx.mode is Mode.live or ctx.audit is not None or METRICS.is_on
    return is_used and not request.for_patient


def may_show_card(summary: AssessmentSummary, ctx: AppContext) -> bool:
    """Whether a card is possible though nothing could be assessed: by the site's settings, about a
    child, or of an emergency at an age that is not known.
    """
    if summary.outcome is not Outcome.not_assessable:
        return False
    return ctx.settings.show_unavailable or not BEYOND_SCOPE.isdisjoint(summary.reasons)


def build_card_context(
    service: HookService, request: HookRequest, assessment: Assessment, ctx: AppContext
) -> CardContext:
    """The card context of a request; information only where no user waits for a refill."""
    capabilities = capabilities_of(ctx.client)
    return CardContext(
        assessment=assessment,
        profile=ctx.profile,
        subject_id=request.patient_id,
        encounter_id=request.encounter_id,
        new_id=ctx.new_id,
        capabilities=information_only(capabilities)
        if service.renews and not request.has_user
        else capabilities,
        public_url=ctx.settings.public_url,
    )
