"""patient-view: the assessment of the patient whose record is opened."""

from cobalamin.fhir.prefetch import PrefetchResult
from cobalamin.fhir.writer import Json
from cobalamin.service.answers.cards import to_cards
from cobalamin.service.answers.extension import summary_of
from cobalamin.service.cds_hooks.card_context import build_card_context, makes_cards, may_show_card
from cobalamin.service.cds_hooks.hook_answer import HookAnswer
from cobalamin.service.cds_hooks.request import HookRequest
from cobalamin.service.cds_hooks.services import HookService
from cobalamin.service.http.app_context import AppContext
from cobalamin.service.rules.assess import assess_case, summarise
from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.model.assessment import Assessment, Outcome


def answer_patient(
    service: HookService, request: HookRequest, read: PrefetchResult, ctx: AppContext
) -> HookAnswer:
    """The answer from what was read of the patient."""
    case = Case(read.facts, ctx.profile.knowledge, ctx.today())
    return answer_case(case, service, request, ctx)


def answer_case(
    case: Case, service: HookService, request: HookRequest, ctx: AppContext
) -> HookAnswer:
    """One card at most; findings and plan are worked out only where they are shown."""
    makes = makes_cards(request, ctx)
    summary = summarise(case)
    assessment: Assessment | None = None
    cards: list[Json] = []
    if summary.outcome is Outcome.advice or (makes and may_show_card(summary, ctx)):
        assessment = assess_case(case)
    if makes and assessment is not None:
        card_ctx = build_card_context(service, request, assessment, ctx)
        cards = to_cards(card_ctx, show_unavailable=ctx.settings.show_unavailable)
    return HookAnswer(
        case=case,
        summary=summary_of(summary, ctx.profile.wording),
        assessment=assessment,
        cards=cards,
    )
