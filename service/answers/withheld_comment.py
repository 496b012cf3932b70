"""What a report still says where its comment is withheld: what nobody may wait for.

No meaning of vitamin B12 is given. An emergency of muscle or salts, a haemoglobin that may be read
in two ways, and a child's finding are said, and a person must release them. `workList` says all the
same that a person should look.
"""

from collections.abc import Iterator

from cobalamin.service.answers.child_card import CHILD, concerns_child, found_in_child, is_low
from cobalamin.service.answers.comment_additions import EMERGENCY, UNCLEAR, fitting, room_for
from cobalamin.service.answers.phrases import sentence
from cobalamin.service.answers.pressing_text import pressing_sentences
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.rules.model.assessment import Assessment

CHILD_CODES = {"urgent": "child-today", "soon": "child-this-week", "routine": "child-low-level"}
CODES = frozenset({*CHILD_CODES.values()})
MOST_FINDINGS = 4


def withheld_code(assessment: Assessment) -> str | None:
    """The code of what is said beside the reason for withholding; mostly None."""
    if CHILD in assessment.reasons:
        speaks = concerns_child(assessment) or is_low(assessment)
        return CHILD_CODES[assessment.plan.urgency.name] if speaks else None
    if assessment.muscle is not None and assessment.muscle.emergencies:
        return EMERGENCY
    return None if assessment.unclear_haemoglobin is None else UNCLEAR


def withheld_sentences(assessment: Assessment, profile: Profile) -> Iterator[str]:
    """The sentences of that code."""
    if CHILD in assessment.reasons:
        yield from fitting(list(_of_child(assessment, profile)), room_for(profile))
    else:
        yield from pressing_sentences(assessment, profile.wording)[:1]


def _of_child(assessment: Assessment, profile: Profile) -> Iterator[str]:
    words = profile.wording.card.child
    findings = list(found_in_child(assessment, profile))[:MOST_FINDINGS]
    if findings:
        yield f"{sentence('; '.join(findings))}."
    when = profile.wording.comments.when[assessment.plan.urgency.name]
    yield words.comment.format(when=when)
    if is_low(assessment):
        yield words.infant
