"""The `extension` of every CDS Hooks response: outcome, reasons, notes and knowledge."""

from collections.abc import Mapping, Sequence

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
from cobalamin.service.rules.model.assessment import Assessment, Outcome
from cobalamin.service.rules.model.facts import Note

KEY = "org.cobalamin.assessment"
LIVE = "live"


class ResponseSummary(Struct, frozen=True, kw_only=True):
    """Outcome, reasons and notes of a response about an order, a problem or a discharge."""

    outcome: Outcome
    reasons: Sequence[Json]
    notes: Sequence[Note]


def to_extension(
    assessment: Assessment,
    profile: Profile,
    response: ResponseSummary | None = None,
    *,
    mode: str = LIVE,
    explains: bool = False,
) -> Json:
    """The value of `extension`; a member without content is left out.

    `response` says what became of a request that is not about the patient alone. With `explains`
    everything is there that a card leaves out: findings with their values and limits, the plan,
    what is not known, and sources.
    """
    wording = profile.wording
    if response is None:
        response = ResponseSummary(
            outcome=assessment.outcome,
            reasons=reasons(assessment, wording),
            notes=assessment.notes,
        )
    inner: Json = {
        "outcome": response.outcome.value,
        "reasons": list(response.reasons),
        "notes": [note(item) for item in response.notes],
        "profile": profile.knowledge.profile,
        "knowledge": version(profile.knowledge),
        "mode": None if mode == LIVE else mode,
    }
    if explains:
        inner |= {
            "findings": findings_json(assessment, profile),
            "plan": plan_json(assessment, wording),
            "unknowns": [unknown_json(unknown, wording) for unknown in assessment.unknowns],
            "sources": sources_json(assessment, wording),
        }
    return {KEY: _filled(inner)}


def _filled(value: object) -> object:
    """The value without members that are empty."""
    if isinstance(value, Mapping):
        inner = ((name, _filled(member)) for name, member in value.items())
        return {name: member for name, member in inner if not _is_empty(member)}
    if isinstance(value, list | tuple):
        return [_filled(member) for member in value]
    return value


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, Mapping | Sequence) and not value)
