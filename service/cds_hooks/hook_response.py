"""The response of a hook that is about draft orders, problems or the end of an encounter."""

from collections.abc import Iterator

from msgspec import Struct

from cobalamin.fhir.writer import Json
from cobalamin.service.answers.alert_cards import MAX_CARDS, to_alert_cards
from cobalamin.service.answers.card_context import CardContext
from cobalamin.service.answers.cards import to_cards, unavailable_card
from cobalamin.service.answers.extension import ResponseSummary
from cobalamin.service.cds_hooks.card_context import (
    BEYOND_SCOPE,
    build_card_context,
    makes_cards,
    may_show_card,
)
from cobalamin.service.cds_hooks.hook_answer import HookAnswer
from cobalamin.service.cds_hooks.request import HookRequest
from cobalamin.service.cds_hooks.services import HookService
from cobalamin.service.http.app_context import AppContext
from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.rules.assess import assess_case, plan, summarise
from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.model.assessment import Assessment, AssessmentSummary, Outcome
from cobalamin.service.rules.model.facts import Note
from cobalamin.service.rules.workflow.alert import Alert
from cobalamin.service.rules.workflow.plan_changes import continues_treatment


class HookResponse(Struct, frozen=True, kw_only=True):
    """The alerts of one call, and the reason code to give where there is none.

    `includes_plan`: the patient's own plan belongs to the response, if it is not already followed.
    `plan_is_new`: the plan differs from the one before what is being written, so it is shown even
    if it continues a treatment. `unread_reason`: why something could not be looked at;
    `warns_unread`: it names something that matters, so a card says it. `notes` are about what was
    sent.
    """

    case: Case
    alerts: tuple[Alert, ...]
    nothing_reason: str
    includes_plan: bool = False
    plan_is_new: bool = False
    unread_reason: str | None = None
    warns_unread: bool = False
    notes: tuple[Note, ...] = ()

    @property
    def summary(self) -> AssessmentSummary:
        """Outcome, reasons and notes about the patient."""
        return summarise(self.case)

    @property
    def shows_plan(self) -> bool:
        """Whether the patient has a plan that nobody follows yet."""
        if not self.includes_plan or self.summary.outcome is not Outcome.advice:
            return False
        return self.plan_is_new or not continues_treatment(plan(self.case))

    @property
    def lacks_plan(self) -> bool:
        """Whether the plan belongs to the response and the patient could not be assessed."""
        return self.includes_plan and self.summary.outcome is Outcome.not_assessable

    @property
    def outcome(self) -> Outcome:
        """Not assessable where something could not be read: no alert is no all-clear then."""
        if self.alerts or self.shows_plan:
            return Outcome.advice
        is_beyond = not BEYOND_SCOPE.isdisjoint(self.summary.reasons)
        is_hidden = self.unread_reason is not None or is_beyond or self.lacks_plan
        return Outcome.not_assessable if is_hidden else Outcome.no_advice

    def reasons(self) -> Iterator[str]:
        """Codes of the plan, the alerts and what could not be read, or that there is no alert."""
        for code in self.summary.reasons:
            if self.includes_plan or code in BEYOND_SCOPE:
                yield code
        yield from dict.fromkeys(alert.code for alert in self.alerts)
        if self.unread_reason is not None:
            yield self.unread_reason
        if self.outcome is Outcome.no_advice:
            yield self.nothing_reason


def build_response(
    response: HookResponse, service: HookService, request: HookRequest, ctx: AppContext
) -> HookAnswer:
    """The answer; three cards at most: the plan first, then the alerts that warn."""
    wording, makes = ctx.profile.wording, makes_cards(request, ctx)
    assessment: Assessment | None = None
    cards: list[Json] = []
    if response.outcome is Outcome.advice or (makes and _may_show_card(response, ctx)):
        assessment = assess_case(response.case)
    if makes and assessment is not None:
        cards = _cards(response, build_card_context(service, request, assessment, ctx), ctx)
    summary = ResponseSummary(
        outcome=response.outcome,
        reasons=[{"code": code, "text": _text(code, wording)} for code in response.reasons()],
        notes=(*response.summary.notes, *response.notes),
    )
    return HookAnswer(case=response.case, summary=summary, assessment=assessment, cards=cards)


def _may_show_card(response: HookResponse, ctx: AppContext) -> bool:
    """Whether a card is possible where the response gives no advice."""
    if response.outcome is not Outcome.not_assessable:
        return False
    is_about_patient = response.lacks_plan and may_show_card(response.summary, ctx)
    return ctx.settings.show_unavailable or response.warns_unread or is_about_patient


def _cards(response: HookResponse, card_ctx: CardContext, ctx: AppContext) -> list[Json]:
    show_unavailable = ctx.settings.show_unavailable
    own: list[Json] = []
    if response.shows_plan or response.lacks_plan:
        own = to_cards(
            card_ctx,
            show_unavailable=show_unavailable and not response.alerts,
            show_continued=response.plan_is_new,
        )
    cards = [*own, *to_alert_cards(response.alerts, card_ctx)][:MAX_CARDS]
    if response.warns_unread and response.unread_reason is not None:
        return [*cards[: MAX_CARDS - 1], unavailable_card(response.unread_reason, card_ctx)]
    if not cards and show_unavailable and response.outcome is Outcome.not_assessable:
        codes = (*BEYOND_SCOPE, response.unread_reason)
        code = next(code for code in response.reasons() if code in codes)
        return [unavailable_card(code, card_ctx)]
    return cards


def _text(code: str, wording: Wording) -> str:
    words = wording.alerts.get(code)
    return wording.reason(code) if words is None else f"{words.title}."
