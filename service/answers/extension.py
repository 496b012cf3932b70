"""The `extension` of every CDS Hooks response: outcome, reasons, notes and knowledge."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from cobalamin.fhir.writer import Json
from cobalamin.service.answers.intervals import with_interval
from cobalamin.service.answers.plain import (
    findings_json,
    note,
    plan_json,
    reasons,
    sources_json,
    unknown_json,
    version,
)
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.rules.model.assessment import Assessment, AssessmentSummary, Outcome
from cobalamin.service.rules.model.facts import Note

KEY = "org.cobalamin.assessment"
LIVE = "live"
NESTED = (dict, list, tuple)
TEXT_OR_NESTED = (str, *NESTED)


class ResponseSummary(Struct, frozen=True, kw_only=True):
    """Outcome, reasons with their text, and notes of a response."""

    outcome: Outcome
    reasons: Sequence[Json]
    notes: Sequence[Note]


def summary_of(summary: AssessmentSummary | Assessment, wording: Wording) -> ResponseSummary:
    """The summary of a response that is about the patient alone."""
    told = reasons(summary.reasons, wording)
    return ResponseSummary(outcome=summary.outcome, reasons=told, notes=summary.notes)


def to_extension(
    response: ResponseSummary,
    profile: Profile,
    *,
    mode: str = LIVE,
    explained: Assessment | None = None,
) -> Json:
    """The value of `extension`; a member without content is left out.

    With the assessment to be `explained` everything is there that a card leaves out: findings with
    their values and limits, the plan, what is not known, and sources.
    """
    inner: Json = {
        "outcome": response.outcome.value,
        "reasons": list(response.reasons),
        "notes": [note(item) for item in response.notes],
        "profile": profile.knowledge.profile,
        "knowledge": version(profile.knowledge),
        "mode": None if mode == LIVE else mode,
    }
    if explained is not None:
        profile = with_interval(profile, explained)
        wording = profile.wording
        inner |= {
            "findings": findings_json(explained, profile),
            "plan": plan_json(explained, wording),
            "unknowns": [unknown_json(unknown, wording) for unknown in explained.unknowns],
            "sources": sources_json(explained, profile),
        }
    return {KEY: _filled(inner)}


def to_response(
    cards: Sequence[Json],
    response: ResponseSummary,
    assessment: Assessment | None,
    profile: Profile,
    *,
    mode: str = LIVE,
) -> Json:
    """The body of a CDS Hooks response; findings and plan only beside advice or a card."""
    explains = response.outcome is Outcome.advice or cards
    explained = assessment if explains else None
    return {
        "cards": cards,
        "extension": to_extension(response, profile, mode=mode, explained=explained),
    }


def _filled(value: Any) -> Any:  # noqa: ANN401 - any JSON that holds other
    """An object without members that are empty, or hold nothing else; lists keep their length."""
    if not isinstance(value, dict):
        return [_filled(one) if isinstance(one, NESTED) else one for one in value]
    filled: Json = {}
    for name, member in value.items():
        inner = _filled(member) if isinstance(member, NESTED) else member
        if inner or not (inner is None or isinstance(inner, TEXT_OR_NESTED)):
            filled[name] = inner
    return filled
