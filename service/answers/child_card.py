"""The card about a child: what was found, that adult limits do not apply, and paediatrics.

No dose, no product and no limit of adults stands on it. The outcome stays not-assessable. A child
who cannot wait always gets it; another one where the site shows what could not be assessed.
"""

from collections.abc import Iterator

from cobalamin.service.answers.card_detail import CardDetail, last_words_of_step, unused_results
from cobalamin.service.answers.deciding_values import result_words, shown_value
from cobalamin.service.answers.phrases import sentence
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.rules.model.assessment import Assessment, Band, Because, Urgency
from cobalamin.service.rules.model.codes import ReasonCode as R
from cobalamin.service.rules.model.facts import FeatureFact, Result
from cobalamin.service.rules.model.vocabulary import Analyte

LONGEST = 139
SHOWN = 3
B12 = (Analyte.b12_total, Analyte.b12_active)
CELLS = (
    Analyte.haemoglobin,
    Analyte.haematocrit,
    Analyte.platelets,
    Analyte.neutrophils,
    Analyte.schistocytes,
    Analyte.mcv,
)
CHILD = R.paediatric_not_supported
CANNOT_WAIT = (Urgency.urgent, Urgency.soon)


def concerns_child(assessment: Assessment) -> bool:
    """Whether this is a child who is to be seen today or this week."""
    return CHILD in assessment.reasons and assessment.plan.urgency in CANNOT_WAIT


def quiet_child_headline(assessment: Assessment, profile: Profile) -> str:
    """The same for a child who can wait, in at most 139 characters."""
    words = profile.wording.card.child
    found = list(found_in_child(assessment, profile))
    for count in range(len(found), 0, -1):
        text = words.quiet.format(found=sentence("; ".join(found[:count])))
        if len(text) <= LONGEST:
            return text
    return words.quiet_without_finding


def quiet_child_detail(assessment: Assessment, profile: Profile) -> CardDetail:
    """What was found, what of it could not be used, and paediatrics."""
    words, titles = profile.wording.card.child, profile.wording.card.titles
    found = "; ".join(found_in_child(assessment, profile))
    return CardDetail(
        parts=(
            (titles.because, f"{sentence(found)}." if found else ""),
            (titles.do, words.quiet_do if found else ""),
            (titles.care, words.care if found else ""),
            (titles.change, " ".join(unused_results(assessment, profile))),
        ),
        last=last_words_of_step(assessment, profile),
    )


def child_headline(assessment: Assessment, profile: Profile) -> str:
    """The finding, and paediatrics with its day, in at most 139 characters."""
    words, when = profile.wording.card.child, _when(assessment, profile)
    findings = list(found_in_child(assessment, profile))
    for count in range(len(findings), 0, -1):
        text = words.summary.format(found=sentence("; ".join(findings[:count])), when=when)
        if len(text) <= LONGEST:
            return text
    return words.without_finding.format(when=when)


def child_detail(assessment: Assessment, profile: Profile) -> CardDetail:
    """What was found, what to do, and for a low level whom else to test."""
    words, titles = profile.wording.card.child, profile.wording.card.titles
    findings = "; ".join(found_in_child(assessment, profile))
    do = words.do.format(when=_when(assessment, profile))
    return CardDetail(
        parts=(
            (titles.because, f"{sentence(findings)}." if findings else ""),
            (titles.do, f"{do} {words.infant}" if is_low(assessment) else do),
            (titles.care, words.care),
        ),
        last=last_words_of_step(assessment, profile),
    )


def is_low(assessment: Assessment) -> bool:
    """Whether the vitamin B12 is low at any age."""
    return assessment.status.band is Band.deficient


def _when(assessment: Assessment, profile: Profile) -> str:
    return profile.wording.terms.urgency[assessment.plan.urgency.name]


def found_in_child(assessment: Assessment, profile: Profile) -> Iterator[str]:
    """The results and signs behind the urgency, an emergency and the level first."""
    yield from _of_muscles(assessment, profile)
    for because in assessment.status.because:
        level = because.evidence
        if isinstance(level, Result) and level.analyte in B12 and _is_shown(assessment):
            value = result_words(level, profile)
            low = profile.wording.card.child.low
            yield low.format(value=value) if is_low(assessment) else value
    for because in _of_the_blood(assessment, profile):
        if isinstance(because.evidence, Result):
            yield result_words(because.evidence, profile)
    emergencies = () if assessment.muscle is None else assessment.muscle.emergencies
    beside = {emergency.feature for emergency in emergencies}
    for because in assessment.neuropathy.because[:SHOWN]:
        if isinstance(because.evidence, FeatureFact) and because.fact not in beside:
            yield profile.wording.fact(because.evidence.code)


def _of_muscles(assessment: Assessment, profile: Profile) -> Iterator[str]:
    """The values that are for today at any age, each with what was found beside it."""
    for emergency in () if assessment.muscle is None else assessment.muscle.emergencies:
        yield result_words(emergency.result, profile)
        if emergency.feature is not None:
            yield profile.wording.fact(emergency.feature)


def _is_shown(assessment: Assessment) -> bool:
    """A sufficient level is no finding beside one that cannot wait."""
    return assessment.status.band is not Band.unlikely or not concerns_child(assessment)


def _of_the_blood(assessment: Assessment, profile: Profile) -> Iterator[Because]:
    """The abnormal counts, in the order in which they matter to a child."""
    order = {analyte: place for place, analyte in enumerate(CELLS)}
    results = [
        because
        for because in assessment.anaemia.because
        if isinstance(because.evidence, Result)
        and because.evidence.analyte in order
        and shown_value(because, because.evidence, profile).counts
    ]
    yield from sorted(results, key=lambda because: order[_analyte(because)])[:SHOWN]


def _analyte(because: Because) -> Analyte:
    evidence = because.evidence
    return evidence.analyte if isinstance(evidence, Result) else Analyte.mcv
