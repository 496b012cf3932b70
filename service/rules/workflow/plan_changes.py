"""Whether a plan asks for more than to go on as before."""

from cobalamin.service.rules.model.assessment import Plan, Route
from cobalamin.service.rules.model.codes import CautionCode

ALLERGY = CautionCode.cobalamin_allergy


def continues_treatment(plan: Plan) -> bool:
    """Whether it is to go on with a treatment that no allergy bars."""
    return plan.route is Route.continue_ and ALLERGY not in plan.cautions


def differs(before: Plan, after: Plan) -> bool:
    """Whether the second leads elsewhere, or bars what is being given."""
    barred = ALLERGY in after.cautions and ALLERGY not in before.cautions
    return barred or _steps(before) != _steps(after)


def _steps(plan: Plan) -> tuple[object, ...]:
    return (plan.route, plan.urgency, {suggestion.code for suggestion in plan.suggestions})
