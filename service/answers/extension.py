"""The `extension` of every CDS Hooks response: outcome, reasons, notes and knowledge."""

from collections.abc import Sequence

from msgspec import Struct

from cobalamin.fhir.writer import Json
from cobalamin.service.answers.plain import note, reasons, version
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
) -> Json:
    """The value of `extension`; a member without content is left out.

    `response` says what became of a request that is not about the patient alone.
    """
    if response is None:
        response = ResponseSummary(
            outcome=assessment.outcome,
            reasons=reasons(assessment, profile.wording),
            notes=assessment.notes,
        )
    inner: Json = {
        "outcome": response.outcome.value,
        "reasons": list(response.reasons),
        "notes": [_filled(note(item)) for item in response.notes],
        "profile": profile.knowledge.profile,
        "knowledge": _filled(version(profile.knowledge)),
        "mode": None if mode == LIVE else mode,
    }
    return {KEY: _filled(inner)}


def _filled(members: Json) -> Json:
    """The members that are not empty."""
    return {name: value for name, value in members.items() if value}
