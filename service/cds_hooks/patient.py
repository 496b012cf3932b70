"""What is said of a patient whose record is opened."""

from cobalamin.service.answers.cards import cards_of
from cobalamin.service.answers.extension import to_extension
from cobalamin.service.cds_hooks.card_context import Json, build_card_context, shows_cards
from cobalamin.service.cds_hooks.request import HookRequest
from cobalamin.service.cds_hooks.services import HookService
from cobalamin.service.http.app_context import Context
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.model.facts import Facts


def answer_patient(service: HookService, request: HookRequest, facts: Facts, ctx: Context) -> Json:
    """One card at most."""
    profile = ctx.profile
    assessment = assess(facts, profile.knowledge, ctx.today())
    cards: list[Json] = []
    if shows_cards(request, ctx):
        card_ctx = build_card_context(service, request, assessment, ctx)
        cards = cards_of(card_ctx, show_unavailable=ctx.settings.show_unavailable)
    return {
        "cards": cards,
        "extension": to_extension(assessment, profile, mode=ctx.settings.mode),
    }
