"""The answer of a hook that speaks of what is being written or finished."""

from collections.abc import Iterator

from msgspec import Struct

from cobalamin.service.answers.alert_cards import MOST_CARDS, to_alert_cards, unread_card
from cobalamin.service.answers.cards import cards_of
from cobalamin.service.answers.extension import extension_of
from cobalamin.service.cds_hooks.card_context import Json, build_card_context, shows_cards
from cobalamin.service.cds_hooks.request import HookRequest
from cobalamin.service.cds_hooks.services import HookService
from cobalamin.service.http.app_context import Context
from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.rules.model.assessment import Assessment, Outcome
from cobalamin.service.rules.model.facts import Note
from cobalamin.service.rules.workflow.alert import Alert
from cobalamin.service.rules.workflow.plan_changes import continues_treatment

OUT_OF_REACH = frozenset({"age-unknown", "paediatric-not-supported"})


class HookResponse(Struct, frozen=True, kw_only=True):
    """What was found, and the reason to give where nothing was.

    `with_plan` says that the plan of the patient is told as well, unless it is to go on as
    before: then only where `is_new` says that it differs from what was to be done until now, or
    where an allergy to what is given is on record. `unread` is why something could not be
    looked at; `notes` are about what was sent.
    """

    assessment: Assessment
    found: tuple[Alert, ...]
    nothing: str
    with_plan: bool = False
    is_new: bool = False
    unread: str | None = None
    notes: tuple[Note, ...] = ()

    @property
    def opens(self) -> bool:
        """Whether the patient has a plan that nobody follows yet."""
        advises = self.assessment.outcome is Outcome.advice
        is_open = self.is_new or not continues_treatment(self.assessment.plan)
        return self.with_plan and advises and is_open

    @property
    def is_unclear(self) -> bool:
        """Whether the plan would be told, and the patient could not be assessed."""
        return self.with_plan and self.assessment.outcome is Outcome.not_assessable

    @property
    def outcome(self) -> Outcome:
        """Never silence where something could not be read, or nothing could be said."""
        if self.found or self.opens:
            return Outcome.advice
        beyond = not OUT_OF_REACH.isdisjoint(self.assessment.reasons)
        hidden = self.unread is not None or beyond or self.is_unclear
        return Outcome.not_assessable if hidden else Outcome.no_advice

    def reasons(self) -> Iterator[str]:
        """Of the plan, of the concerns, of what could not be looked at, or that there is none."""
        for code in self.assessment.reasons:
            if self.with_plan or code in OUT_OF_REACH:
                yield code
        yield from dict.fromkeys(concern.code for concern in self.found)
        if self.unread is not None:
            yield self.unread
        if self.outcome is Outcome.no_advice:
            yield self.nothing


def build_response(
    said: HookResponse, service: HookService, request: HookRequest, ctx: Context
) -> Json:
    """Three cards at most: the patient's own first, then the concerns that warn."""
    profile = ctx.profile
    return {
        "cards": _cards(said, service, request, ctx) if shows_cards(request, ctx) else [],
        "extension": extension_of(
            said.outcome,
            [{"code": code, "text": _text(code, profile.wording)} for code in said.reasons()],
            (*said.assessment.notes, *said.notes),
            profile,
            mode=ctx.settings.mode,
        ),
    }


def _cards(
    said: HookResponse, service: HookService, request: HookRequest, ctx: Context
) -> list[Json]:
    card_ctx = build_card_context(service, request, said.assessment, ctx)
    tells = ctx.settings.show_unavailable
    hides = tells and not said.found
    own = cards_of(card_ctx, show_unavailable=hides) if said.opens or said.is_unclear else []
    cards = [*own, *to_alert_cards(said.found, card_ctx)][:MOST_CARDS]
    if not cards and tells and said.outcome is Outcome.not_assessable:
        hidden = (code for code in said.reasons() if code in (*OUT_OF_REACH, said.unread))
        return [unread_card(next(hidden), card_ctx)]
    return cards


def _text(code: str, wording: Wording) -> str:
    words = wording.concerns.get(code)
    return wording.reason(code) if words is None else f"{words.title}."
