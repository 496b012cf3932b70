"""Report comments of the survey's adults that a person must release, by what the site chose.

    PYTHONPATH=.path:tests/support:deploy python -m comment_rates

prints the table of docs/report-comments.md (about three minutes).
"""

from collections.abc import Iterable
from datetime import date

from assessments import get_profile
from cobalamin.service.answers.comment import to_comment
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.knowledge.site_comments import CommentRelease, SiteComments
from cobalamin.service.lab.hl7v2.message import parse
from cobalamin.service.lab.hl7v2.reader import read_message
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.model.assessment import Assessment, Outcome, Urgency
from population import DAY, IN_MASS, IN_MOLES, Columns, Row, adults_with_b12, message_of
from sites import a_site

R16_AND_R13 = ("indeterminate", "deficient", "deficient-by-mma", "functional-deficiency")
R14 = "indeterminate-mma-normal"
CHOICES: dict[str, tuple[str, ...]] = {
    "none": (),
    "R16 and plain R13": R16_AND_R13,
    "and R14": (*R16_AND_R13, R14),
}
MARKERS = ("LBXMMA", "LBDHCY")


def reports() -> dict[str, Columns]:
    """What a report holds: the level alone, with the usual tests, or with MMA and homocysteine."""
    usual = {name: of for name, of in IN_MASS.items() if name not in MARKERS}
    return {
        "vitamin B12 alone, pg/mL": {"LBXB12": IN_MASS["LBXB12"]},
        "vitamin B12 alone, pmol/L": {"LBDB12SI": IN_MOLES["LBDB12SI"]},
        "with MCV, ferritin, folate, creatinine": usual,
        "with MMA and homocysteine too": IN_MASS,
    }


def rates(adults: Iterable[Row], columns: Columns) -> dict[str, float]:
    """Comments per 1000 reports that a person must release, by choice; `all` are all comments.

    Beside them all comments of R14, and those that ask for anything.
    """
    names = ("all", *CHOICES, "R14", "R14 asking")
    profile, found, reported = get_profile(), dict.fromkeys(names, 0), 0
    chosen = {name: _choosing(profile, codes) for name, codes in CHOICES.items()}
    for adult in adults:
        reported += 1
        facts = read_message(parse(message_of(adult, columns)), profile)
        assessment = assess(facts, profile.knowledge, DAY, find_unknowns=False)
        for name, site in chosen.items():
            comment = to_comment(assessment, site)
            if comment is not None and comment.authorisation == "required":
                found[name] += 1
        found["all"] += comment is not None
        is_r14 = comment is not None and comment.code == R14
        found["R14"] += is_r14
        found["R14 asking"] += is_r14 and asks_for_anything(assessment)
    return {name: round(1000 * count / reported, 1) for name, count in found.items()}


def asks_for_anything(assessment: Assessment) -> bool:
    """Whether a plan is more than to look again if symptoms last."""
    plan = assessment.plan
    is_silent = assessment.outcome is Outcome.no_advice and plan.urgency is Urgency.routine
    return bool(plan.suggestions) or not is_silent


def _choosing(profile: Profile, codes: Iterable[str]) -> Profile:
    """The profile of a site that has these codes released without a person."""
    release = CommentRelease(
        value="automatic", author="A. Example", why="survey", reviewed=date(2026, 11, 27)
    )
    site = a_site(comments=SiteComments(release=dict.fromkeys(codes, release)))
    return Profile(
        knowledge=profile.knowledge, codes=profile.codes, wording=profile.wording, site=site
    )


if __name__ == "__main__":
    for name, columns in reports().items():
        print(name, rates(adults_with_b12(), columns))  # noqa: T201 - a command
