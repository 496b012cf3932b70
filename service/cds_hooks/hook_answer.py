"""The answer to a hook: the assessment, the cards that were made, and which of them are shown."""

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from cobalamin.fhir.writer import Json
from cobalamin.service.answers.extension import ResponseSummary, to_response
from cobalamin.service.answers.plain import encode
from cobalamin.service.cds_hooks.answered import ALREADY_ANSWERED, AnsweredCards, topic_of
from cobalamin.service.cds_hooks.request import HookRequest
from cobalamin.service.cds_hooks.services import HookService
from cobalamin.service.cds_hooks.signed import NOT_SIGNED, may_show
from cobalamin.service.http.app_context import AppContext
from cobalamin.service.http.audit_entries import (
    Evaluation,
    client_id,
    hash_inputs,
    store_evaluation,
)
from cobalamin.service.http.evaluation_counts import count_evaluation, count_notes
from cobalamin.service.metrics.definitions import CARDS
from cobalamin.service.metrics.recording import METRICS
from cobalamin.service.records.audit.entries import AuditCard
from cobalamin.service.records.audit.trail import AuditTrail
from cobalamin.service.rules.assess import assess_case
from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.model.assessment import Assessment
from cobalamin.service.settings import Mode
from cobalamin.service.tracing.recording import TRACING

TOPIC_SWITCHED_OFF = "topic-switched-off"


class HookCall(NamedTuple):
    """A request to a service; `started` is when it came, on the monotonic clock."""

    service: HookService
    request: HookRequest
    started: float


class HookAnswer(Struct, frozen=True, kw_only=True):
    """What was found, and the cards that were made of it; whether they are shown is open.

    `assessment` is None where nothing of it is to be shown.
    """

    case: Case
    summary: ResponseSummary
    assessment: Assessment | None
    cards: Sequence[Json]


def to_body(answer: HookAnswer, call: HookCall, ctx: AppContext) -> Json:
    """The body of the response, after its audit entry has been stored.

    Raises:
        StoreError: the entry is required and could not be stored.
    """
    made = [card for card in answer.cards if ctx.modes.of_topic(topic_of(card)) is not Mode.off]
    live = [card for card in made if ctx.modes.of_topic(topic_of(card)) is Mode.live]
    summary = answer.summary
    if len(live) < len(answer.cards):
        summary = _with_reason(summary, TOPIC_SWITCHED_OFF, ctx)
    signed = [card for card in live if may_show(topic_of(card), ctx)]
    if len(signed) < len(live):
        summary = _with_reason(summary, NOT_SIGNED, ctx)
    shown = signed if ctx.mode is Mode.live else []
    if ctx.audit is not None:
        recorded = replace(answer, cards=made, summary=summary)
        shown, summary = _recorded(recorded, shown, ctx.audit, call, ctx)
    _count(call, summary, made, shown, ctx)
    return to_response(shown, summary, answer.assessment, ctx.profile, mode=ctx.mode)


def _count(
    call: HookCall, summary: ResponseSummary, made: list[Json], shown: list[Json], ctx: AppContext
) -> None:
    reasons = [str(reason["code"]) for reason in summary.reasons]
    notes, service = count_notes(summary.notes), call.service.id.value
    count_evaluation(service, summary.outcome, reasons, notes, client_id(ctx))
    TRACING.note_evaluation(summary.outcome.value, ctx.profile_id)
    for card in made:
        is_shown = "true" if card in shown else "false"
        METRICS.count(CARDS, topic_of(card), str(card["indicator"]), is_shown)


def _recorded(
    answer: HookAnswer, shown_cards: list[Json], trail: AuditTrail, call: HookCall, ctx: AppContext
) -> tuple[list[Json], ResponseSummary]:
    """The cards to show and the summary, after the entry that holds them has been stored."""
    assessment = answer.assessment or assess_case(answer.case, find_unknowns=False)
    inputs, summary = hash_inputs(trail, assessment), answer.summary
    answered = AnsweredCards(call.service, call.request.patient_id, ctx)
    if topics := answered.topics(shown_cards, assessment, inputs):
        shown_cards = [card for card in shown_cards if topic_of(card) not in topics]
        summary = _with_reason(summary, ALREADY_ANSWERED, ctx)
    texts = [[card["summary"], card.get("detail")] for card in answer.cards]
    evaluation = Evaluation(
        service=call.service.id.value,
        assessment=assessment,
        profile=ctx.profile,
        started=call.started,
        inputs=inputs,
        patient_id=call.request.patient_id,
        hook_instance=call.request.hook_instance,
        outcome=summary.outcome,
        reasons=[str(reason["code"]) for reason in summary.reasons],
        cards=tuple(_audit_card(card, shown=card in shown_cards) for card in answer.cards),
        answer=encode(texts) if texts else b"",
    )
    store_evaluation(ctx, evaluation)
    return shown_cards, summary


def _with_reason(summary: ResponseSummary, code: str, ctx: AppContext) -> ResponseSummary:
    reason: Json = {"code": code, "text": ctx.profile.wording.reason(code)}
    return replace(summary, reasons=[*summary.reasons, reason])


def _audit_card(card: Json, *, shown: bool) -> AuditCard:
    uuid, indicator = str(card["uuid"]), str(card["indicator"])
    return AuditCard(card=uuid, topic=topic_of(card), indicator=indicator, shown=shown)
