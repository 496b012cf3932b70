"""patient-view: the assessment of the patient whose record is opened."""

from cobalamin.fhir.prefetch import PrefetchResult
from cobalamin.fhir.writer import Json
from cobalamin.service.answers.cards import to_cards
from cobalamin.service.answers.extension import to_extension
from cobalamin.service.cds_hooks.card_context import build_card_context, shows_cards
from cobalamin.service.cds_hooks.request import HookRequest
from cobalamin.service.cds_hooks.services import HookService
from cobalamin.service.http.app_context import AppContext
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.model.assessment import Outcome


def answer_patient(
    service: HookService, request: HookRequest, read: PrefetchResult, ctx: AppContext
) -> Json:
    """One card at most."""
    profile = ctx.profile
    assessment = assess(read.facts, profile.knowledge, ctx.today())
    cards: list[Json] = []
    if shows_cards(request, ctx):
        card_ctx = build_card_context(service, request, assessment, ctx)
        cards = to_cards(card_ctx, show_unavailable=ctx.settings.show_unavailable)
    return {
        "cards": cards,
        "extension": to_extension(
            assessment,
            profile,
            mode=ctx.settings.mode,
            explains=assessment.outcome is Outcome.advice or bool(cards),
        ),
    }
