"""What is said of a patient whose record is opened."""

from cobalamin.service.answers.cards import cards_of
from cobalamin.service.answers.extension import to_extension
from cobalamin.service.cds_hooks.card_context import Answer, is_shown, making_of
from cobalamin.service.cds_hooks.request import HookCall
from cobalamin.service.cds_hooks.services import HookService
from cobalamin.service.http.app_context import Context
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.model.facts import Facts


def answer_patient(service: HookService, sent: HookCall, facts: Facts, here: Context) -> Answer:
    """One card at most."""
    library = here.library
    assessment = assess(facts, library.knowledge, here.today())
    cards: list[Answer] = []
    if is_shown(sent, here):
        making = making_of(service, sent, assessment, here)
        cards = cards_of(making, show_unavailable=here.settings.show_unavailable)
    return {
        "cards": cards,
        "extension": to_extension(assessment, library, mode=here.settings.mode),
    }
