"""The response of a hook that is about draft orders, problems or the end of an encounter."""

from collections.abc import Iterator

from msgspec import Struct

from cobalamin.fhir.writer import Json
from cobalamin.service.answers.alert_cards import MAX_CARDS, to_alert_cards
from cobalamin.service.answers.cards import to_cards, unavailable_card
from cobalamin.service.answers.extension import ResponseSummary, to_extension
from cobalamin.service.cds_hooks.card_context import build_card_context, shows_cards
from cobalamin.service.cds_hooks.request import HookRequest
from cobalamin.service.cds_hooks.services import HookService
from cobalamin.service.http.app_context import AppContext
from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.rules.model.assessment import Assessment, Outcome
from cobalamin.service.rules.model.codes import ReasonCode as R
from cobalamin.service.rules.model.facts import Note
from cobalamin.service.rules.workflow.alert import Alert
from cobalamin.service.rules.workflow.plan_changes import continues_treatment

BEYOND_SCOPE = frozenset({R.age_unknown, R.paediatric_not_supported})


class HookResponse(Struct, frozen=True, kw_only=True):
    """The alerts of one call, and the reason code to give where there is none.

    `includes_plan`: the patient's own plan belongs to the response, if it is not already followed.
    `plan_is_new`: the plan differs from the one before what is being written, so it is shown even
    if it continues a treatment. `unread_reason`: why something could not be looked at;
    `warns_unread`: it names something that matters, so a card says it. `notes` are about what was
    sent.
    """

    assessment: Assessment
    alerts: tuple[Alert, ...]
    nothing_reason: str
    includes_plan: bool = False
    plan_is_new: bool = False
    unread_reason: str | None = None
    warns_unread: bool = False
    notes: tuple[Note, ...] = ()

    @property
    def shows_plan(self) -> bool:
        """Whether the patient has a plan that nobody follows yet."""
        advises = self.assessment.outcome is Outcome.advice
        is_open = self.plan_is_new or not continues_treatment(self.assessment.plan)
        return self.includes_plan and advises and is_open

    @property
    def lacks_plan(self) -> bool:
        """Whether the plan belongs to the response and the patient could not be assessed."""
        return self.includes_plan and self.assessment.outcome is Outcome.not_assessable

    @property
    def outcome(self) -> Outcome:
        """Not assessable where something could not be read: no alert is no all-clear then."""
        if self.alerts or self.shows_plan:
            return Outcome.advice
        is_beyond = not BEYOND_SCOPE.isdisjoint(self.assessment.reasons)
        is_hidden = self.unread_reason is not None or is_beyond or self.lacks_plan
        return Outcome.not_assessable if is_hidden else Outcome.no_advice

    def reasons(self) -> Iterator[str]:
        """Codes of the plan, the alerts and what could not be read, or that there is no alert."""
        for code in self.assessment.reasons:
            if self.includes_plan or code in BEYOND_SCOPE:
                yield code
        yield from dict.fromkeys(alert.code for alert in self.alerts)
        if self.unread_reason is not None:
            yield self.unread_reason
        if self.outcome is Outcome.no_advice:
            yield self.nothing_reason


def build_response(
    response: HookResponse, service: HookService, request: HookRequest, ctx: AppContext
) -> Json:
    """The body of the response; three cards at most: the plan first, then the alerts that warn."""
    profile = ctx.profile
    summary = ResponseSummary(
        outcome=response.outcome,
        reasons=[
            {"code": code, "text": _text(code, profile.wording)} for code in response.reasons()
        ],
        notes=(*response.assessment.notes, *response.notes),
    )
    cards = _cards(response, service, request, ctx) if shows_cards(request, ctx) else []
    return {
        "cards": cards,
        "extension": to_extension(
            response.assessment,
            profile,
            summary,
            mode=ctx.settings.mode,
            explains=response.outcome is Outcome.advice or bool(cards),
        ),
    }


def _cards(
    response: HookResponse, service: HookService, request: HookRequest, ctx: AppContext
) -> list[Json]:
    card_ctx = build_card_context(service, request, response.assessment, ctx)
    show_unavailable = ctx.settings.show_unavailable
    plan: list[Json] = []
    if response.shows_plan or response.lacks_plan:
        plan = to_cards(
            card_ctx,
            show_unavailable=show_unavailable and not response.alerts,
            show_continued=response.plan_is_new,
        )
    cards = [*plan, *to_alert_cards(response.alerts, card_ctx)][:MAX_CARDS]
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
