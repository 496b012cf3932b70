"""An assessment as text to read in a terminal or to paste."""

from collections.abc import Iterable, Iterator

from cobalamin.service.answers.card_suggestions import in_order
from cobalamin.service.answers.evidence_text import recommended, version_text
from cobalamin.service.answers.follow_up_text import expectations
from cobalamin.service.answers.headline import headline, unavailable
from cobalamin.service.answers.intervals import with_interval
from cobalamin.service.answers.phrases import (
    comparison_text,
    evidence_of,
    evidence_text,
    named_value_text,
    refusal_text,
    sentence,
    unknown_text,
    unread_text,
)
from cobalamin.service.answers.pressing_text import muscle_sentences, pressing_sentences
from cobalamin.service.answers.value_meaning import get_level_meaning
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.rules.model.assessment import Assessment, Because, Outcome, Tier
from cobalamin.service.rules.model.facts import Note, Result


def to_text(assessment: Assessment, profile: Profile) -> str:
    """The assessment in the order of a card, with what to expect of treatment."""
    profile = with_interval(profile, assessment)
    wording, titles = profile.wording, profile.wording.text.titles
    sections = (
        (titles.why, _why(assessment, profile)),
        (titles.suggested, _suggested(assessment, wording)),
        (titles.cautions, (wording.cautions[code].text for code in assessment.plan.cautions)),
        (titles.expect, _expected(assessment, wording)),
        (titles.values, _values(assessment, wording)),
        (titles.unknown, _unknown(assessment, wording)),
        (titles.notes, (_note(note, wording) for note in assessment.notes)),
    )
    texts = (_section(title, lines) for title, lines in sections)
    parts = (_first(assessment, wording), *texts, version_text(profile.knowledge, wording))
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
    step = wording.text.lines.step.format(
        route=terms.route[plan.route], urgency=terms.urgency[plan.urgency.name]
    )
    return f"{first}\n{step}"


def _why(assessment: Assessment, profile: Profile) -> Iterator[str]:
    wording = profile.wording
    yield from pressing_sentences(assessment, wording)
    yield from muscle_sentences(assessment, wording)
    for code in assessment.reasons:
        yield wording.reason(code)
    yield from _found(assessment, wording)
    if assessment.neuropathy.tier is Tier.unknown:
        yield sentence(_unrecorded_nerves(profile))
    for because in evidence_of(assessment):
        compared = _compared(because, profile) if because.limit is not None else None
        if compared is not None:
            yield sentence(compared)
    titles = wording.text.titles
    for title, findings in (
        (titles.causes, assessment.causes),
        (titles.confounders, assessment.confounders),
    ):
        if findings:
            names = ", ".join(wording.finding(finding.code) for finding in findings)
            yield wording.text.lines.listed.format(title=title, names=names)


def _compared(because: Because, profile: Profile) -> str | None:
    """A result against its limit; a level that shows no deficiency, by where it lies."""
    wording, evidence = profile.wording, because.evidence
    meaning = get_level_meaning(because, profile)
    if meaning is None or not isinstance(evidence, Result):
        return comparison_text(wording, because)
    value = named_value_text(wording, evidence)
    return wording.card.value.meaning.format(value=value, meaning=meaning)


def _found(assessment: Assessment, wording: Wording) -> Iterator[str]:
    """The status of vitamin B12, the blood count, and the nerves."""
    terms, lines = wording.terms, wording.text.lines
    status, blood = assessment.status, assessment.anaemia
    yield lines.status.format(status=terms.status[status.value], band=terms.band[status.band])
    yield lines.blood.format(
        anaemia=terms.anaemia[blood.value],
        cells=terms.cells[blood.cells],
        megaloblastic=terms.megaloblastic[blood.megaloblastic],
    )
    yield lines.nerves.format(tier=terms.tier[assessment.neuropathy.tier])


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


def _note(note: Note, wording: Wording) -> str:
    return wording.text.lines.note.format(where=note.where, text=note.text, code=note.code)
