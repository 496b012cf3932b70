"""The answer to a hook: the assessment, the cards that were made, and which of them are shown."""

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct

from cobalamin.fhir.writer import Json
from cobalamin.service.answers.extension import ResponseSummary, to_extension
from cobalamin.service.answers.plain import encode
from cobalamin.service.cds_hooks.request import HookRequest
from cobalamin.service.cds_hooks.services import HookService
from cobalamin.service.http.app_context import AppContext
from cobalamin.service.http.audit_entries import Evaluation, record_evaluation
from cobalamin.service.records.audit.entries import AuditCard
from cobalamin.service.rules.assess import assess_case
from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.model.assessment import Assessment, Outcome
from cobalamin.service.settings import Mode


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
    mode, summary = ctx.settings.mode, answer.summary
    shown = answer.cards if mode is Mode.live else ()
    if ctx.audit is not None:
        record_evaluation(ctx, _evaluation(answer, shown, call, ctx))
    explains = summary.outcome is Outcome.advice or shown
    return {
        "cards": list(shown),
        "extension": to_extension(
            summary, ctx.profile, mode=mode, explained=answer.assessment if explains else None
        ),
    }


def _evaluation(
    answer: HookAnswer, shown: Sequence[Json], call: HookCall, ctx: AppContext
) -> Evaluation:
    texts = [[card["summary"], card.get("detail")] for card in answer.cards]
    return Evaluation(
        service=call.service.id.value,
        assessment=answer.assessment or assess_case(answer.case, find_unknowns=False),
        profile=ctx.profile,
        started=call.started,
        patient_id=call.request.patient_id,
        hook_instance=call.request.hook_instance,
        outcome=answer.summary.outcome,
        reasons=[str(reason["code"]) for reason in answer.summary.reasons],
        cards=tuple(_audit_card(card, shown=card in shown) for card in answer.cards),
        answer=encode(texts) if texts else b"",
    )


def _audit_card(card: Json, *, shown: bool) -> AuditCard:
    return AuditCard(
        card=str(card["uuid"]),
        topic=topic_of(card),
        indicator=str(card["indicator"]),
        shown=shown,
    )


def topic_of(card: Json) -> str:
    """The code of the topic of a card."""
    topic: str = card["source"]["topic"]["code"]  # type: ignore[index]
    return topic
