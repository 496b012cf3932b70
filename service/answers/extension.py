"""What stands beside the cards of every CDS Hooks answer: that, and how, it was assessed."""

from cobalamin.fhir.writer import Json
from cobalamin.service.answers.plain import note, reasons, version
from cobalamin.service.knowledge.library import Library
from cobalamin.service.rules.assessment import Assessment

KEY = "org.cobalamin.assessment"
LIVE = "live"


def to_extension(assessment: Assessment, library: Library, *, mode: str = LIVE) -> Json:
    """The value of `extension`; a member without content is left out."""
    inner: Json = {
        "outcome": assessment.outcome.value,
        "reasons": reasons(assessment, library.wording),
        "notes": [_filled(note(item)) for item in assessment.notes],
        "profile": library.knowledge.profile,
        "knowledge": _filled(version(library.knowledge)),
        "mode": None if mode == LIVE else mode,
    }
    return {KEY: _filled(inner)}


def _filled(members: Json) -> Json:
    return {name: value for name, value in members.items() if value not in (None, "", [], {})}
