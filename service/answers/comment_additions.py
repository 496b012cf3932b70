"""What a comment says of emergencies and muscles, within the sentences and words that it may have.

An emergency is said first. What speaks for and against low vitamin B12 as the cause of a complaint
takes the place of the addition; a warning that could prevent harm keeps its own beside it.
"""

from collections.abc import Sequence

from cobalamin.service.answers.muscle_text import (
    dark_urine_line,
    muscle_line,
)
from cobalamin.service.answers.phrases import continued
from cobalamin.service.answers.pressing_text import pressing_sentences
from cobalamin.service.knowledge.comments import MOST_SENTENCES, MOST_WORDS
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.rules.model.assessment import Assessment, MuscleFinding, Urgency
from cobalamin.service.rules.model.codes import CautionCode as C
from cobalamin.service.rules.model.codes import SuggestionCode as S
from cobalamin.service.rules.plan.pathway import STEPS_BY_ID
from cobalamin.service.rules.plan.pathway_step import ReportComment

EMERGENCY, COMPLAINT = "muscle-emergency", "muscle-complaint"
UNCLEAR = "haemoglobin-unclear"
OWN_CODES = frozenset({EMERGENCY, COMPLAINT, UNCLEAR})
# Additions that stay although a muscle complaint is recorded.
KEPT = (C.pseudo_tma, S.folic_acid_after_b12, C.no_folic_acid_alone)


def own_code(assessment: Assessment) -> str | None:
    """The code of a comment that says nothing about vitamin B12, where that gives none.

    Without any vitamin B12 only an abnormal value is worth a comment.
    """
    finding = assessment.muscle
    if assessment.unclear_haemoglobin is not None and not (finding and finding.emergencies):
        return UNCLEAR
    if finding is None:
        return None
    if finding.emergencies:
        return EMERGENCY
    speaks = bool(finding.abnormal) or finding.needs_creatine_kinase
    if STEPS_BY_ID[assessment.plan.rung].comment is not ReportComment.never:
        speaks = speaks or _speaks(finding)
    return COMPLAINT if speaks else None


def _speaks(finding: MuscleFinding | None) -> bool:
    """Whether anything on record explains a complaint, or speaks against low vitamin B12."""
    return finding is not None and bool(
        finding.abnormal or finding.supporting or finding.opposing or finding.others
    )


def with_pressing(sentences: list[str], assessment: Assessment, profile: Profile) -> list[str]:
    """The sentences of a comment with what comes first, and what is said about muscles."""
    wording, room = profile.wording, room_for(profile)
    emergencies = pressing_sentences(assessment, wording)
    if not emergencies and (
        assessment.muscle is None or (not sentences and not own_code(assessment))
    ):
        return sentences
    if emergencies:
        return fitting([emergencies[0], *_worth_keeping(sentences, assessment)], room)
    base = sentences[: MOST_SENTENCES - 1]
    dark = dark_urine_line(assessment, wording, room - _length(base))
    if dark is not None:
        return fitting([dark, *sentences], room)
    kept = _kept(sentences, profile)
    line = muscle_line(assessment, wording, room - _length([*base, *kept]))
    if line is None or (len(sentences) >= MOST_SENTENCES and not _speaks(assessment.muscle)):
        return sentences
    if kept:
        return [*base, f"{kept[0].removesuffix('.')}; {continued(line)}"]
    return [*base, line]


def _worth_keeping(sentences: Sequence[str], assessment: Assessment) -> Sequence[str]:
    """Beside an emergency a step for the next appointment can wait."""
    pressing = STEPS_BY_ID[assessment.plan.rung].urgency is not Urgency.routine
    return sentences if pressing else sentences[:1]


def _kept(sentences: Sequence[str], profile: Profile) -> list[str]:
    additions = profile.wording.comments.additions
    texts = {additions[code].text for code in KEPT}
    return [text for text in sentences[MOST_SENTENCES - 1 :] if text in texts]


def fitting(sentences: list[str], room: int) -> list[str]:
    """As many of the sentences, from the first, as a comment may hold."""
    sentences = sentences[:MOST_SENTENCES]
    while len(sentences) > 1 and _length(sentences) > room:
        sentences = sentences[:-1]
    return sentences


def room_for(profile: Profile) -> int:
    """The words that the contact line of the site leaves."""
    contact = profile.site.contact if profile.site else None
    frame = profile.wording.comments.frame
    taken = frame.contact.format(rest="", contact=contact) if contact else ""
    return MOST_WORDS - len(taken.split())


def _length(sentences: Sequence[str]) -> int:
    return len(" ".join(sentences).split())
