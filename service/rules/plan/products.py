"""Which product is suggested: injections or tablets, for loading and for maintenance."""

from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.findings.causes import mechanism
from cobalamin.service.rules.findings.neuropathy import N1, neuropathy_level
from cobalamin.service.rules.model.assessment import Route
from cobalamin.service.rules.model.codes import Codes
from cobalamin.service.rules.model.codes import SuggestionCode as S
from cobalamin.service.rules.model.vocabulary import Form, Mechanism
from cobalamin.service.rules.model.vocabulary import History as H
from cobalamin.service.rules.plan.contraindications import (
    cyanocobalamin_is_barred,
    maintains_allowed_form,
    oral_is_barred,
)

PRODUCTS = frozenset(
    {
        S.im_loading_standard,
        S.im_loading_neurological,
        S.hydroxocobalamin_instead,
        S.oral_replacement_dietary,
        S.oral_replacement_high_dose,
    }
)
STARTING_ROUTES = (Route.parenteral, Route.oral)


def route_by_cause(case: Case) -> Route:
    """Oral or injections by the mechanism of the cause, as the profile prefers."""
    if case.has(H.b12_replacement_oral):
        # Low in spite of tablets.
        return Route.parenteral
    preferred = case.knowledge.care.route_by_mechanism[mechanism(case)]
    if preferred is Route.oral and oral_is_barred(case):
        return Route.parenteral
    return preferred


def loading(case: Case) -> Codes:
    """Injections; neurological loading as soon as any nerve symptom is there."""
    if _must_change_form(case):
        return (S.hydroxocobalamin_instead,)
    nerves = neuropathy_level(case) >= N1
    return (S.im_loading_neurological if nerves else S.im_loading_standard, S.im_maintenance)


def _must_change_form(case: Case) -> bool:
    injected = case.knowledge.care.injected
    return injected is Form.cyanocobalamin and cyanocobalamin_is_barred(case)


def maintenance(case: Case) -> Codes:
    """What follows a loading course, in a form that may be given."""
    return (S.im_maintenance,) if maintains_allowed_form(case) else ()


def products_by_route(case: Case, route: Route) -> Codes:
    """Tablets, or injections with tablets offered beside them where the profile does."""
    if route is Route.oral:
        return _tablets(case)
    offered = mechanism(case) in case.knowledge.care.oral_offered and neuropathy_level(case) < N1
    allowed = offered and not oral_is_barred(case)
    return (*loading(case), *((S.oral_replacement_high_dose,) if allowed else ()))


def _tablets(case: Case) -> Codes:
    """The small dose only for a lack in the diet alone, and only where the profile has it."""
    small = mechanism(case) is Mechanism.diet and case.knowledge.care.dietary_dose
    small_dose = small and neuropathy_level(case) < N1
    return (S.oral_replacement_dietary if small_dose else S.oral_replacement_high_dose,)
