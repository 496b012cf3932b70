"""An assessment as text to read in a terminal or to paste."""

from collections.abc import Iterable, Iterator

from cobalamin.service.answers.card_suggestions import in_order
from cobalamin.service.answers.evidence_text import recommended, version_text
from cobalamin.service.answers.follow_up_text import expectations
from cobalamin.service.answers.headline import headline, unavailable
from cobalamin.service.answers.phrases import (
    comparison_text,
    evidence_of,
    evidence_text,
    refusal_text,
    sentence,
    unknown_text,
    unread_text,
)
from cobalamin.service.answers.pressing_text import muscle_sentences, pressing_sentences
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.rules.model.assessment import Assessment, Outcome, Tier
from cobalamin.service.rules.model.facts import Note


def to_text(assessment: Assessment, profile: Profile) -> str:
    """The assessment in the order of a card, with what to expect of treatment."""
    wording = profile.wording
    sections = (
        ("Why", _why(assessment, profile)),
        ("Suggested", _suggested(assessment, wording)),
        ("Cautions", (wording.cautions[code].text for code in assessment.plan.cautions)),
        ("Expect", _expected(assessment, wording)),
        ("Values used", _values(assessment, wording)),
        ("Not known", _unknown(assessment, wording)),
        ("Notes", (_note(note) for note in assessment.notes)),
    )
    texts = (_section(title, lines) for title, lines in sections)
    parts = (_first(assessment, wording), *texts, version_text(profile.knowledge))
    return "\n\n".join(part for part in parts if part) + "\n"


def _section(title: str, lines: Iterable[str]) -> str:
    bullets = "\n".join(f"  - {_line(line)}" for line in lines)
    return f"{title}\n{bullets}" if bullets else ""


def _line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def _first(assessment: Assessment, wording: Wording) -> str:
    if assessment.outcome is Outcome.not_assessable:
        return unavailable(assessment, wording)
    plan = assessment.plan
    first = headline(assessment, wording)
    if assessment.outcome is Outcome.no_advice:
        return first
    terms = wording.terms
    return f"{first}\nStep: {terms.route[plan.route]}, {terms.urgency[plan.urgency.name]}."


def _why(assessment: Assessment, profile: Profile) -> Iterator[str]:
    wording = profile.wording
    yield from pressing_sentences(assessment, wording)
    yield from muscle_sentences(assessment, wording)
    for code in assessment.reasons:
        yield wording.reason(code)
    terms, blood = wording.terms, assessment.anaemia
    status = assessment.status
    yield f"Vitamin B12: {terms.status[status.value]} ({terms.band[status.band]})"
    yield (
        f"Blood: {terms.anaemia[blood.value]}, {terms.cells[blood.cells]}, "
        f"{terms.megaloblastic[blood.megaloblastic]}"
    )
    tier = terms.tier[assessment.neuropathy.tier]
    yield f"Nervous system (the tiers are this project's own): {tier}"
    if assessment.neuropathy.tier is Tier.unknown:
        yield sentence(_unrecorded_nerves(profile))
    for because in evidence_of(assessment):
        compared = comparison_text(wording, because) if because.limit is not None else None
        if compared is not None:
            yield sentence(compared)
    for title, findings in (
        ("Possible causes", assessment.causes),
        ("Read with care", assessment.confounders),
    ):
        if findings:
            yield f"{title}: {', '.join(wording.finding(finding.code) for finding in findings)}"


def _unrecorded_nerves(profile: Profile) -> str:
    """What nerve findings would change, by how the profile treats symptoms."""
    first = profile.knowledge.care.injections_for_symptoms
    return profile.wording.terms.unrecorded_nerves["injections_first" if first else "either_route"]


def _suggested(assessment: Assessment, wording: Wording) -> Iterator[str]:
    for suggestion in in_order(assessment, wording):
        if suggestion.recommended:
            yield from recommended(wording, suggestion.code)
        else:
            yield wording.labels[suggestion.code]


def _expected(assessment: Assessment, wording: Wording) -> Iterator[str]:
    return (expected.text for expected in expectations(assessment, wording))


def _values(assessment: Assessment, wording: Wording) -> Iterator[str]:
    evidence_list = (because.evidence for because in evidence_of(assessment))
    unique = {id(evidence): evidence for evidence in evidence_list if evidence is not None}
    for evidence in unique.values():
        yield sentence(evidence_text(wording, evidence))


def _unknown(assessment: Assessment, wording: Wording) -> Iterator[str]:
    for unknown in assessment.unknowns:
        yield unknown_text(wording, unknown)
    for refusal in assessment.facts.refusals:
        yield refusal_text(wording, refusal)
    unread = unread_text(wording, assessment)
    if unread is not None:
        yield unread


def _note(note: Note) -> str:
    return f"{note.where}: {note.text} ({note.code})"
