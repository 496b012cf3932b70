"""Who releases a report comment: a person, unless the site file says otherwise of its code.

Whatever the site file says, a person releases a comment that is urgent or soon, corrects a result,
asks for injections or a referral, or speaks of a child, a pregnancy or a muscle complaint.
"""

from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.knowledge.site_comments import ReleaseChoice
from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.model.assessment import Assessment, Outcome, Route, Urgency

REFERRAL = "refer-"


def release_of(assessment: Assessment, profile: Profile, code: str) -> ReleaseChoice:
    """How the comment of this code is released here; `off` means that it is not made."""
    release = None if profile.site is None else profile.site.comments.release.get(code)
    if release is None or not is_plain(assessment, profile):
        return "required"
    return release.value


def is_plain(assessment: Assessment, profile: Profile) -> bool:
    """Whether nothing in an assessment asks for a person to read its comment first."""
    plan, facts = assessment.plan, assessment.facts
    case = Case(facts, profile.knowledge, assessment.on)
    return (
        plan.urgency is Urgency.routine
        and assessment.outcome is not Outcome.not_assessable
        and assessment.muscle is None
        and assessment.unclear_haemoglobin is None
        and plan.route is not Route.parenteral
        and case.is_pregnant is not True
        and not facts.refusals
        and not any(result.corrected for result in facts.results)
        and not any(one.code.startswith(REFERRAL) for one in plan.suggestions)
    )
