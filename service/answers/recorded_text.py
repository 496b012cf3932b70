"""What else is on record behind a plan: symptoms, past exposure and a low folate, in one sentence.

The values of the status, the nerves and the blood say most; these say why a test is asked for, or
why folic acid is given, where none of those does.
"""

from collections.abc import Iterator

from cobalamin.service.answers.deciding_values import result_words
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.rules.model.assessment import Assessment, Because, Route
from cobalamin.service.rules.model.codes import SuggestionCode as S
from cobalamin.service.rules.model.facts import FeatureFact, Result
from cobalamin.service.rules.model.vocabulary import History
from cobalamin.service.rules.plan.evidence_of_deficiency import NG239_SYMPTOMS

MOST_SYMPTOMS = 3
NITROUS_OXIDE = (History.nitrous_oxide_recreational, History.nitrous_oxide_medical)


def recorded_text(assessment: Assessment, profile: Profile) -> str | None:
    """The sentence; None where nothing is to be added."""
    parts = [*_symptoms(assessment, profile), *_exposure(assessment, profile)]
    parts += _folate(assessment, profile)
    if not parts:
        return None
    return profile.wording.headlines.recorded["text"].format(facts=", ".join(parts))


def _symptoms(assessment: Assessment, profile: Profile) -> list[str]:
    """Symptoms that ask for a test and are no findings of the nerves."""
    if assessment.plan.route is not Route.test_first:
        return []
    said = {because.fact for because in assessment.neuropathy.because}
    found = [
        profile.wording.fact(feature.code)
        for feature in assessment.facts.features
        if feature.present and feature.code in NG239_SYMPTOMS.members and feature.code not in said
    ]
    return list(dict.fromkeys(found))[:MOST_SYMPTOMS]


def _exposure(assessment: Assessment, profile: Profile) -> Iterator[str]:
    """Nitrous oxide that is no cause by itself, where the plan asks for what it would change."""
    suggested = {suggestion.code for suggestion in assessment.plan.suggestions}
    asks = bool(suggested & {S.test_mma, S.test_homocysteine})
    if not asks or not _has_nerve_finding(assessment.neuropathy.because):
        return
    causes = {str(cause.code) for cause in assessment.causes}
    for fact in assessment.facts.history:
        was_used = fact.active or fact.since is not None or fact.last is not None
        if fact.code in NITROUS_OXIDE and was_used and fact.code not in causes:
            yield profile.wording.fact(fact.code)


def _has_nerve_finding(because: tuple[Because, ...]) -> bool:
    return any(isinstance(one.evidence, FeatureFact) for one in because)


def _folate(assessment: Assessment, profile: Profile) -> Iterator[str]:
    """The low folate for which folic acid follows vitamin B12."""
    if S.folic_acid_after_b12 not in {one.code for one in assessment.plan.suggestions}:
        return
    for finding in assessment.confounders:
        if finding.code != "folate-deficiency":
            continue
        for because in finding.because[:1]:
            if isinstance(because.evidence, Result):
                yield result_words(because.evidence, profile)
