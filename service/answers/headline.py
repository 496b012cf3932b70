"""The one sentence of a card: finding, then action, in at most 139 characters."""

from collections.abc import Iterator

from cobalamin.service.answers.muscle_text import dark_urine_text
from cobalamin.service.answers.phrases import sentence
from cobalamin.service.answers.pressing_text import pressing_briefly, pressing_sentences
from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.rules.model.assessment import Assessment, Band, Status
from cobalamin.service.rules.model.codes import CautionCode as C
from cobalamin.service.rules.model.codes import ReasonCode as R
from cobalamin.service.rules.model.codes import SuggestionCode as S
from cobalamin.service.rules.model.facts import Result
from cobalamin.service.rules.model.vocabulary import Analyte
from cobalamin.service.rules.plan.pathway import STEPS_BY_ID

LONGEST = 139
LONGEST_VALUE = 20
DAYS_OF_A_YEAR = 365
LEVELS = (Analyte.b12_total, Analyte.b12_active)
EXPLAINING = (R.age_unknown, R.paediatric_not_supported, R.result_refused, R.b12_not_usable)


def headline(assessment: Assessment, wording: Wording) -> str:
    """The sentence with the measured value if that fits, else without it.

    An emergency, or a haemoglobin that nobody can read, comes before it.
    """
    candidates = _pressing(assessment, wording) or _usual(assessment, wording)
    return next((text for text in candidates if len(text) <= LONGEST), candidates[-1][:LONGEST])


def _pressing(assessment: Assessment, wording: Wording) -> list[str]:
    """What comes first, with the usual sentence where both fit; nothing else on a silent step."""
    brief = pressing_briefly(assessment, wording)
    alone = brief or dark_urine_text(assessment, wording)
    silent = STEPS_BY_ID[assessment.plan.rung].silent
    if alone is not None and silent:
        return [*pressing_sentences(assessment, wording)[:1], alone]
    if brief is None:
        return []
    both = [f"{brief} {text}" for text in _usual(assessment, wording)]
    return [*both, *pressing_sentences(assessment, wording)[:1], brief]


def _usual(assessment: Assessment, wording: Wording) -> list[str]:
    plan = assessment.plan
    suggested = (suggestion.code for suggestion in plan.suggestions)
    codes = {*plan.cautions, *suggested, *assessment.reasons}
    action = wording.rungs[plan.rung].action(plan.route, assessment.status.value, codes)
    action = action.format(when=wording.terms.urgency[plan.urgency.name])
    if S.correct_potassium in codes:
        action = wording.headlines.potassium["text"].format(action=action)
    findings = list(_findings(assessment, wording))
    if C.pseudo_tma in codes:
        action = wording.headlines.haemolysis["text"].format(action=action)
        findings.append(wording.headlines.without_value[assessment.status.value])
    return [f"{finding}: {action}." for finding in findings]


def emergency_headline(assessment: Assessment, wording: Wording) -> str:
    """The first emergency alone, with what vitamin B12 has to do with it where that fits."""
    candidates = (
        *pressing_sentences(assessment, wording)[:1],
        pressing_briefly(assessment, wording),
    )
    texts = [text for text in candidates if text is not None]
    return next((text for text in texts if len(text) <= LONGEST), texts[-1][:LONGEST])


def unavailable(assessment: Assessment, wording: Wording) -> str:
    """That nothing could be assessed, and the reason that explains it."""
    return unavailable_for(explaining_reason(assessment), wording)


def explaining_reason(assessment: Assessment) -> str:
    """The code of the reason that explains best why nothing could be assessed."""
    reasons = assessment.reasons or (R.b12_not_usable,)
    return next((code for code in EXPLAINING if code in reasons), reasons[0])


def unavailable_for(code: str, wording: Wording) -> str:
    """That nothing could be assessed, for one reason."""
    return wording.headlines.unavailable["text"].format(reason=wording.reason(code))


def _findings(assessment: Assessment, wording: Wording) -> Iterator[str]:
    words = wording.headlines
    tier = words.tier.get(assessment.neuropathy.tier, "")
    status = assessment.status
    by_mma = status.value is Status.deficient and status.band is not Band.deficient
    level = _shown(assessment, wording)
    template = words.by_mma.with_value if by_mma else words.with_value.get(status.value)
    if level is not None and template is not None:
        yield sentence(template.format(b12=level)) + tier
    bare = words.by_mma.without_value if by_mma else words.without_value[status.value]
    yield bare + tier


def _shown(assessment: Assessment, wording: Wording) -> str | None:
    """The vitamin B12 result behind the status.

    Two of them may disagree, and a very long number does not fit: the detail shows them then. One
    that is older than a year says so: it must not look like a new result.
    """
    levels = [
        because.evidence
        for because in assessment.status.because
        if isinstance(because.evidence, Result) and because.evidence.analyte in LEVELS
    ]
    if len(levels) != 1 or levels[0].quantity is None:
        return None
    value = str(levels[0].quantity)
    if len(value) > LONGEST_VALUE:
        return None
    since = levels[0].on.last
    year = f" ({since.year})" if (assessment.on - since).days > DAYS_OF_A_YEAR else ""
    return f"{wording.card.names[levels[0].analyte]} {value}{year}"
