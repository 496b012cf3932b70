"""The comment on a laboratory report: built from the assessment alone, or withheld.

Status, pathway step, cautions and reasons decide which sentences are used; the results are not
read again. A normal result without findings gets no comment. Where a result could not be used its
meaning is withheld and a reason tells a person to look; only what cannot wait is said.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cobalamin.service.answers.comment_additions import OWN_CODES, own_code, with_pressing
from cobalamin.service.answers.comment_release import release_of
from cobalamin.service.answers.phrases import continued, date_text, evidence_of, in_a_row
from cobalamin.service.answers.withheld_comment import withheld_code, withheld_sentences
from cobalamin.service.knowledge.comments import (
    ADDITIONS,
    IRON_FIRST,
    MOST_TESTS,
    Authorisation,
    CommentWords,
)
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.rules.model.assessment import (
    Assessment,
    Band,
    Cells,
    Outcome,
    Route,
    Severity,
    Status,
    Tier,
    Urgency,
)
from cobalamin.service.rules.model.codes import CautionCode as C
from cobalamin.service.rules.model.codes import ReasonCode as R
from cobalamin.service.rules.model.codes import SuggestionCode as S
from cobalamin.service.rules.model.facts import Result
from cobalamin.service.rules.model.vocabulary import Analyte, History
from cobalamin.service.rules.plan.pathway import (
    FOLIC_ACID_FIRST,
    LASTING_CAUSE,
    SEVERE_BLOOD_PICTURE,
    STEPS_BY_ID,
    UNDECIDED,
)
from cobalamin.service.rules.plan.pathway_step import ReportComment

LEVELS = frozenset({Analyte.b12_total, Analyte.b12_active})
MARKERS = frozenset({Analyte.b12_total, Analyte.b12_active, Analyte.mma})
WITHHOLDING = (
    R.age_unknown,
    R.paediatric_not_supported,
    R.result_refused,
    R.b12_not_usable,
    R.result_pending,
)
SERIOUS = (Tier.n2, Tier.n3)
SAID_BY = {
    "mma-kidney": C.mma_unreliable_kidney,
    "pregnancy": C.total_b12_unreliable_pregnancy,
    "discordant": C.discordant_markers,
    "high-b12": C.high_b12_is_not_reassurance,
}


SAID_ALONE: dict[str, str] = {
    R.blood_not_explained: "blood-level-not-cause",
    R.iron_deficiency_first: "iron-first",
    R.large_cells_not_explained: "large-cells-level-sufficient",
    R.low_folate_alone: "folate-level-sufficient",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment by its stable code; `required` means that a person must release it."""

    code: str
    text: str
    authorisation: Authorisation


def to_comment(assessment: Assessment, profile: Profile) -> Comment | None:
    """The comment of a report, or None where there is nothing to add or nothing safe to say."""
    code = comment_code(assessment)
    release = "off" if code is None else release_of(assessment, profile, code)
    if code is None or release == "off":
        return None
    sentences: list[str] = []
    if work_list_reason(assessment) is not None:
        sentences = list(withheld_sentences(assessment, profile))
    else:
        if code not in OWN_CODES:
            sentences = list(_sentences(assessment, profile, code, _corrected(assessment)))
        sentences = with_pressing(sentences, assessment, profile)
    return Comment(
        code=code,
        text=_with_contact(" ".join(sentences), profile),
        authorisation=release,
    )


def released_code(assessment: Assessment, profile: Profile) -> str | None:
    """The code of the comment that `to_comment` makes, without its text."""
    code = comment_code(assessment)
    if code is None or release_of(assessment, profile, code) == "off":
        return None
    return code


def comment_code(assessment: Assessment) -> str | None:
    """The code of the comment that the rules ask for, whatever the site has switched off."""
    if work_list_reason(assessment) is not None:
        return withheld_code(assessment)
    corrected = "corrected-result" if _corrected(assessment) else None
    return meaning(assessment) or corrected or own_code(assessment)


def work_list_reason(assessment: Assessment) -> str | None:
    """Why what the results mean is not said and a person should look; None where it may be."""
    reason = next((code for code in WITHHOLDING if code in assessment.reasons), None)
    refused = any(refusal.analyte in MARKERS for refusal in assessment.facts.refusals)
    return reason or (R.result_refused if refused else None)


# --- what the results mean


def meaning(assessment: Assessment) -> str | None:
    """The code of what the results mean; None where a comment would add nothing."""
    step = STEPS_BY_ID[assessment.plan.rung]
    silent = step.silent or assessment.outcome is not Outcome.advice
    if silent and step.comment is not ReportComment.always:
        return _silent(assessment)
    if step is FOLIC_ACID_FIRST:
        return "folate-before-b12"
    by_status = MEANING_BY_STATUS.get(assessment.status.value)
    return None if by_status is None else by_status(assessment)


def _silent(assessment: Assessment) -> str | None:
    """What a report says where nothing is advised: what vitamin B12 does not explain."""
    if _warns(assessment, C.high_b12_is_not_reassurance):
        return "high-b12"
    return next((SAID_ALONE[code] for code in assessment.reasons if code in SAID_ALONE), None)


def _deficient(assessment: Assessment) -> str:
    by_level = assessment.status.band is Band.deficient
    return "deficient" if by_level else "deficient-by-mma"


def _functional(assessment: Assessment) -> str:
    exposed = History.nitrous_oxide_recreational in {cause.code for cause in assessment.causes}
    return "functional-nitrous-oxide" if exposed else "functional-deficiency"


def _indeterminate(assessment: Assessment) -> str:
    """Why the status is indeterminate; a band that is not borderline was raised by the MMA."""
    if _warns(assessment, C.total_b12_unreliable_pregnancy):
        return "pregnancy"
    if R.mma_normal in assessment.reasons:
        return "indeterminate-mma-normal"
    if R.mma_held_back in assessment.reasons:
        return "mma-kidney"
    if _warns(assessment, C.discordant_markers):
        return "discordant"
    lifted = {Band.unlikely: "mma-level-sufficient", Band.none: "mma-alone"}
    return lifted.get(assessment.status.band, "indeterminate")


def _unlikely(assessment: Assessment) -> str:
    """Advice beside a sufficient level rests on nerves, on the blood, or on an antibody."""
    if assessment.neuropathy.tier in SERIOUS:
        return "nerves-level-sufficient"
    if R.iron_deficiency_first in assessment.reasons:
        return "iron-first"
    if STEPS_BY_ID[assessment.plan.rung] is LASTING_CAUSE:
        return "lasting-cause-level-sufficient"
    if R.blood_doubts_level in assessment.reasons:
        return "megaloblastic-level-sufficient"
    if STEPS_BY_ID[assessment.plan.rung] is not UNDECIDED:
        return "blood-level-sufficient"
    by_antibody = Analyte.intrinsic_factor_antibody in {cause.code for cause in assessment.causes}
    return "antibody-positive" if by_antibody else "nitrous-oxide-level-sufficient"


def _treated(assessment: Assessment) -> str | None:
    """A report without any vitamin B12 gets a comment only where the response fails."""
    continues = assessment.plan.route is Route.continue_
    return None if continues and assessment.status.band is Band.none else "on-treatment"


def _unmeasured(assessment: Assessment) -> str:
    has_level = any(result.analyte in LEVELS for result in assessment.facts.results)
    return "level-too-old" if has_level else "not-measured"


MEANING_BY_STATUS: dict[Status, Callable[[Assessment], str | None]] = {
    Status.deficient: _deficient,
    Status.functional_deficiency: _functional,
    Status.indeterminate: _indeterminate,
    Status.unlikely: _unlikely,
    Status.on_treatment: _treated,
    Status.not_measured: _unmeasured,
}


def _warns(assessment: Assessment, caution: C) -> bool:
    return caution in assessment.plan.cautions


# --- its sentences


def _sentences(
    assessment: Assessment, profile: Profile, code: str, corrected: tuple[Result, ...]
) -> Iterator[str]:
    words = profile.wording.comments
    if corrected:
        yield _correcting(words, words.meanings[code].text, profile, corrected[0])
    else:
        yield _interpreting(assessment, words, code)
    if code == "corrected-result" or _stands_alone(assessment, words, code):
        return
    yield _step(assessment, profile.wording)
    yield from _addition(assessment, words, code)


def _stands_alone(assessment: Assessment, words: CommentWords, code: str) -> bool:
    """What vitamin B12 does not explain needs no next step of this service."""
    silent = STEPS_BY_ID[assessment.plan.rung].silent or assessment.outcome is not Outcome.advice
    return words.meanings[code].alone or (silent and code in SAID_ALONE.values())


def _interpreting(assessment: Assessment, words: CommentWords, code: str) -> str:
    through = words.meanings[code].through
    causes = [words.causes[cause.code] for cause in assessment.causes]
    if through is None or not causes:
        return words.meanings[code].text
    return through.format(cause=causes[0])


def _correcting(words: CommentWords, text: str, profile: Profile, result: Result) -> str:
    """The first sentence of a corrected report, without a cause for want of room."""
    return words.frame.correction.format(
        analyte=profile.wording.fact(result.analyte),
        date=date_text(result.on),
        rest=continued(text),
    )


def _corrected(assessment: Assessment) -> tuple[Result, ...]:
    """The corrected results that the findings rest on, those of the status first."""
    evidence = (because.evidence for because in evidence_of(assessment))
    return tuple(result for result in evidence if isinstance(result, Result) and result.corrected)


def _step(assessment: Assessment, wording: Wording) -> str:
    """The next step with its urgency, and up to two of the tests that the plan names.

    Haematology beside a step that does not name it takes the place of the second test.
    """
    plan, words = assessment.plan, wording.comments
    code = STEPS_BY_ID[plan.rung].comment_code(plan.route)
    suggested = {suggestion.code for suggestion in plan.suggestions}
    if S.iron_treatment in suggested and f"{code}-iron" == IRON_FIRST:
        code = IRON_FIRST
    step = words.steps[code]
    due = list(_due(assessment, words))
    text = step.text
    if step.tests is not None and due:
        text = step.tests
    elif step.one_month is not None and S.review_1_month in suggested:
        text = step.one_month
    if plan.urgency is Urgency.urgent and "{when}" not in text:
        text = words.frame.today
    beside = S.refer_haematology in suggested and not step.haematology
    named = due[: MOST_TESTS - beside]
    tests = in_a_row(named, wording) if named else ""
    said = text.format(tests=tests, when=words.when[plan.urgency.name])
    return words.frame.haematology.format(rest=said.removesuffix(".")) if beside else said


def _due(assessment: Assessment, words: CommentWords) -> Iterator[str]:
    """The tests of the plan by name, those of the same day first."""
    planned = [one.code for one in assessment.plan.suggestions if one.code in words.tests]
    is_later = assessment.plan.urgency is not Urgency.urgent
    today = assessment.same_day_tests if is_later else ()
    for code in sorted(planned, key=lambda code: code not in today):
        yield words.same_day[code] if code in today else words.tests[code]


def _addition(assessment: Assessment, words: CommentWords, code: str) -> Iterator[str]:
    started = {suggestion.code for suggestion in assessment.plan.suggestions} & {
        S.folic_acid_after_b12
    }
    warned = {*assessment.plan.cautions, *started, *_not_excluding(assessment)}
    applying = warned - {SAID_BY.get(code)}
    first = next((name for name in ADDITIONS if name in applying), None)
    if first is not None:
        yield words.additions[first].text


def _not_excluding(assessment: Assessment) -> Iterator[str]:
    """What looks normal beside a deficiency, unless the blood is severely changed elsewhere."""
    looks_normal = R.normal_blood_does_not_exclude in assessment.reasons
    if looks_normal and STEPS_BY_ID[assessment.plan.rung] is not SEVERE_BLOOD_PICTURE:
        if assessment.anaemia.cells is Cells.normocytic:
            yield "normal-cells"
        elif assessment.anaemia.value is Severity.none:
            yield "normal-haemoglobin"


def _with_contact(text: str, profile: Profile) -> str:
    contact = profile.site.contact if profile.site else None
    if contact is None:
        return text
    frame = profile.wording.comments.frame
    return frame.contact.format(rest=text.removesuffix("."), contact=contact)
