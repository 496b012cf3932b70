"""What stands beside the cards of every CDS Hooks answer: that, and how, it was assessed."""

from collections.abc import Iterable

from cobalamin.fhir.writer import Json
from cobalamin.service.answers.plain import note, reasons, version
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.rules.model.assessment import Assessment, Outcome
from cobalamin.service.rules.model.facts import Note

KEY = "org.cobalamin.assessment"
LIVE = "live"


def to_extension(assessment: Assessment, profile: Profile, *, mode: str = LIVE) -> Json:
    """The value of `extension`; a member without content is left out."""
    said = reasons(assessment, profile.wording)
    return extension_of(assessment.outcome, said, assessment.notes, profile, mode=mode)


def extension_of(
    outcome: Outcome,
    said: Iterable[Json],
    notes: Iterable[Note],
    profile: Profile,
    *,
    mode: str = LIVE,
) -> Json:
    """The same for an outcome that is not about the whole patient, with its own reasons."""
    inner: Json = {
        "outcome": outcome.value,
        "reasons": list(said),
        "notes": [_filled(note(item)) for item in notes],
        "profile": profile.knowledge.profile,
        "knowledge": _filled(version(profile.knowledge)),
        "mode": None if mode == LIVE else mode,
    }
    return {KEY: _filled(inner)}


def _filled(members: Json) -> Json:
    """Texts, lists and objects that hold something."""
    return {name: value for name, value in members.items() if value}
