"""Which product is suggested: injections or tablets, for loading and for maintenance."""

from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.findings.blood_count import has_anaemia
from cobalamin.service.rules.findings.causes import INHERITED, LASTING, mechanism
from cobalamin.service.rules.findings.neuropathy import N1, SENSORY, SIGNS, neuropathy_level
from cobalamin.service.rules.findings.pregnancy import blood_speaks_in_pregnancy
from cobalamin.service.rules.findings.treatment import is_injected
from cobalamin.service.rules.findings.worst_findings import level_without_bladder
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
from cobalamin.service.rules.plan.evidence_of_deficiency import is_deficient, is_on_treatment
from cobalamin.service.rules.plan.lasting_causes import calls_for_loading, calls_for_treatment
from cobalamin.service.rules.plan.megaloblastic import (
    has_megaloblastic_anaemia,
    is_very_low,
    needs_count_for_symptoms,
)
from cobalamin.service.rules.plan.over_treatment import (
    awaits_active_b12,
    awaits_mma,
    has_normal_markers,
    is_explained_by_haptocorrin,
    is_left_by_the_site,
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
GIVING_ROUTES = (*STARTING_ROUTES, Route.continue_)


def route_by_cause(case: Case) -> Route:
    """Oral or injections by the mechanism of the cause, as the profile prefers.

    Injections whatever the cause where the level is low in spite of treatment, with a
    megaloblastic anaemia, and in pregnancy beside a changed blood count.
    """
    if case.has(H.b12_replacement_oral) or is_injected(case):
        return Route.parenteral
    blood = has_megaloblastic_anaemia(case)
    if blood or (case.is_pregnant and blood_speaks_in_pregnancy(case)):
        return Route.parenteral
    return _preferred(case)


def _preferred(case: Case) -> Route:
    """The profile's route for the mechanism, unless no tablet may be given."""
    preferred = case.knowledge.care.route_by_mechanism[mechanism(case)]
    barred = preferred is Route.oral and oral_is_barred(case)
    return Route.parenteral if barred else preferred


def route_of_low_total_in_pregnancy(case: Case) -> Route:
    """Active B12 first, or at a site that does not wait for it, by cause."""
    treats = case.knowledge.care.treats_low_in_pregnancy
    return route_by_cause(case) if treats else Route.test_first


def route_of_deficiency(case: Case) -> Route:
    """By cause, unless the level is low without a lack: then a later look, or a marker first."""
    explained = is_explained_by_haptocorrin(case) or is_left_by_the_site(case)
    if explained or has_normal_markers(case):
        return Route.none
    if awaits_mma(case) or awaits_active_b12(case):
        return Route.test_first
    return route_by_cause(case)


def route_with_symptoms(case: Case) -> Route:
    """With a nerve symptom: injections, or where the profile leaves the choice, by how severe.

    AAFP 2017, abstract: intramuscular in severe deficiency or severe neurological symptoms. A cause
    that stays is loaded for beside a level that is not known or not low, so a low one is as well.
    """
    if case.knowledge.care.injections_for_symptoms or is_very_low(case):
        return Route.parenteral
    if case.active_history(LASTING):
        return Route.parenteral
    seen = case.present_features(SIGNS) or any(
        fact.objective for fact in case.present_features(SENSORY)
    )
    return Route.parenteral if seen else route_by_cause(case)


def route_of_lasting_cause(case: Case) -> Route:
    """The profile's maintenance by cause, injections where loading is called for; else a look at
    the level.
    """
    if not calls_for_treatment(case):
        return Route.test_first
    return Route.parenteral if calls_for_loading(case) else _preferred(case)


def loading(case: Case) -> Codes:
    """Injections, and where deficiency is shown what follows them; neurological loading as soon as
    any nerve symptom is there.
    """
    if _must_change_form(case):
        return (S.hydroxocobalamin_instead,)
    nerves = level_without_bladder(case) >= N1
    first = S.im_loading_neurological if nerves else S.im_loading_standard
    shown = is_deficient(case) or is_on_treatment(case)
    return (first, *((S.im_maintenance,) if shown else ()))


def _must_change_form(case: Case) -> bool:
    injected = case.knowledge.care.injected
    return injected is Form.cyanocobalamin and cyanocobalamin_is_barred(case)


def maintenance(case: Case) -> Codes:
    """What follows a loading course, in a form that may be given."""
    return (S.im_maintenance,) if maintains_allowed_form(case) else ()


def continued_maintenance(case: Case) -> Codes:
    """What goes on as before; the interval of an inherited disorder is that of its specialist."""
    return () if case.active_history(INHERITED) else maintenance(case)


def for_life(case: Case, route: Route) -> Codes:
    """What replaces vitamin B12 for a cause that stays, after loading where that is called for."""
    if _must_change_form(case):
        return (S.hydroxocobalamin_instead,)
    if calls_for_loading(case):
        return (*loading(case)[:1], S.im_maintenance)
    if route is Route.oral:
        return _tablets(case)
    return (S.im_maintenance, *((S.oral_replacement_high_dose,) if _may_be_swallowed(case) else ()))


def products_by_route(case: Case, route: Route) -> Codes:
    """Tablets or injections, with the other offered beside it where there is a choice."""
    if route is Route.oral:
        return (*_tablets(case), *(loading(case)[:1] if _may_be_injected(case) else ()))
    return (*loading(case), *((S.oral_replacement_high_dose,) if _may_be_swallowed(case) else ()))


def _may_be_injected(case: Case) -> bool:
    """Injections are offered beside tablets for a nerve symptom, or until the blood is counted."""
    return neuropathy_level(case) >= N1 or needs_count_for_symptoms(case)


def _may_be_swallowed(case: Case) -> bool:
    """Tablets are offered beside injections as the profile does, never with nerve signs."""
    if oral_is_barred(case) or is_injected(case):
        return False
    care, why, nerves = case.knowledge.care, mechanism(case), neuropathy_level(case)
    if why in care.oral_offered and nerves < N1:
        return True
    open_choice = nerves == N1 or has_megaloblastic_anaemia(case)
    return care.offers_both_routes and open_choice and why is not Mechanism.inherited


def _tablets(case: Case) -> Codes:
    """The small dose only for a lack in the diet alone, and only where the profile has it.

    Never beside an anaemia or a nerve symptom, with a blood count that is not known, nor for two.
    """
    care = case.knowledge.care
    lacking = mechanism(case) is Mechanism.diet and care.dietary_dose
    well = neuropathy_level(case) < N1 and has_anaemia(case) is False
    alone = not case.is_pregnant and not case.is_breastfeeding
    small = lacking and well and alone and not needs_count_for_symptoms(case)
    return (S.oral_replacement_dietary if small else S.oral_replacement_high_dose,)
