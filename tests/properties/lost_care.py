"""What a second answer about the same patient gives less of."""

from collections.abc import Iterator

from cobalamin.service.rules.model.assessment import Assessment, Route
from cobalamin.service.rules.model.codes import SuggestionCode as S

STRENGTH = {
    Route.none: 0,
    Route.continue_: 1,
    Route.diet: 1,
    Route.test_first: 1,
    Route.refer: 1,
    Route.oral: 2,
    Route.parenteral: 3,
}
REFERRALS = frozenset(code for code in S if code.startswith("refer-"))


def losses(
    before: Assessment, after: Assessment, *, same_day_covers: bool = False
) -> Iterator[str]:
    """What the second answer does later, more weakly, or not at all.

    Who is seen the same day may need no other neurologist: `same_day_covers`.
    """
    if after.plan.urgency < before.plan.urgency:
        yield f"urgency {before.plan.urgency.name} to {after.plan.urgency.name}"
    if STRENGTH[after.plan.route] < STRENGTH[before.plan.route]:
        yield f"route {before.plan.route} to {after.plan.route}"
    kept = {one.code for one in after.plan.suggestions}
    seen = same_day_covers and S.refer_same_day in kept
    for one in before.plan.suggestions:
        covered = one.code is S.refer_neurology and seen
        if one.code in REFERRALS and one.code not in kept and not covered:
            yield f"loses {one.code}"
