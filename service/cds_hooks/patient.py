"""patient-view: the assessment of the patient whose record is opened."""

from cobalamin.fhir.writer import Json
from cobalamin.service.answers.cards import to_cards
from cobalamin.service.answers.extension import to_extension
from cobalamin.service.cds_hooks.card_context import build_card_context, shows_cards
from cobalamin.service.cds_hooks.request import HookRequest
from cobalamin.service.cds_hooks.services import HookService
from cobalamin.service.http.app_context import AppContext
from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.model.assessment import Assessment, Route, Urgency
from cobalamin.service.rules.model.codes import CautionCode as C
from cobalamin.service.rules.model.codes import SuggestionCode as S
from cobalamin.service.rules.model.facts import Facts
from cobalamin.service.rules.plan.pathway import ON_TREATMENT, STEPS_BY_ID

# What a patient on treatment goes on with; none of it is new at the opening of the chart.
GOING_ON = frozenset(
    {
        S.im_maintenance,
        S.review_2_weeks,
        S.review_1_month,
        S.review_3_months,
        S.review_medicine,
        S.diet_advice,
        S.test_fbc,
    }
)


def only_goes_on(assessment: Assessment, wording: Wording) -> bool:
    """Whether treatment goes on and nothing about it is new: a card would be noise."""
    plan = assessment.plan
    if STEPS_BY_ID[plan.rung] is not ON_TREATMENT or plan.route is not Route.continue_:
        return False
    harm = any(wording.cautions[code].interlock for code in plan.cautions)
    silent = plan.urgency is Urgency.routine and C.no_response not in plan.cautions
    return silent and not harm and GOING_ON.issuperset(one.code for one in plan.suggestions)


def answer_patient(
    service: HookService, request: HookRequest, facts: Facts, ctx: AppContext
) -> Json:
    """One card at most; none where treatment only goes on."""
    profile = ctx.profile
    assessment = assess(facts, profile.knowledge, ctx.today())
    cards: list[Json] = []
    if shows_cards(request, ctx) and not only_goes_on(assessment, profile.wording):
        card_ctx = build_card_context(service, request, assessment, ctx)
        cards = to_cards(card_ctx, show_unavailable=ctx.settings.show_unavailable)
    return {
        "cards": cards,
        "extension": to_extension(assessment, profile, mode=ctx.settings.mode),
    }
