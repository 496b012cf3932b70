"""The `extension` of every CDS Hooks response: outcome, reasons, notes and knowledge."""

from collections.abc import Sequence

from msgspec import Struct

from cobalamin.fhir.writer import Json
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
        wording = profile.wording
        inner |= {
            "findings": findings_json(explained, profile),
            "plan": plan_json(explained, wording),
            "unknowns": [unknown_json(unknown, wording) for unknown in explained.unknowns],
            "sources": sources_json(explained, wording),
        }
    return {KEY: _filled(inner)}


def _filled(value: object) -> object:
    """The value without members that are empty."""
    if isinstance(value, dict):
        inner = ((name, _filled(member)) for name, member in value.items())
        return {name: member for name, member in inner if not _is_empty(member)}
    if isinstance(value, list | tuple):
        return [_filled(member) for member in value]
    return value


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, dict | list | tuple | str) and not value)
