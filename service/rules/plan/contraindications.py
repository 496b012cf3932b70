"""Which form of cobalamin a patient must not be given."""

from cobalamin.service.rules.evidence.case import Case, FactSet, concept
from cobalamin.service.rules.model.assessment import Route
from cobalamin.service.rules.model.vocabulary import Feature as F
from cobalamin.service.rules.model.vocabulary import Form
from cobalamin.service.rules.model.vocabulary import History as H

ANY_COBALAMIN = FactSet(H.cobalamin_allergy, H.cobalt_allergy)
ONE_FORM = FactSet(H.hydroxocobalamin_allergy, H.cyanocobalamin_allergy)
ALLERGIES = ANY_COBALAMIN | ONE_FORM
OPTIC = FactSet(F.optic_atrophy, F.optic_neuropathy, F.visual_field_loss, F.central_scotoma)
LEBER = FactSet(H.leber_optic_neuropathy, H.family_history_leber)

ALLERGY_TO_FORM = {
    Form.hydroxocobalamin: H.hydroxocobalamin_allergy,
    Form.cyanocobalamin: H.cyanocobalamin_allergy,
}


@concept
def has_total_allergy(case: Case) -> bool:
    """Allergic to cobalamin or cobalt as such, or to both forms."""
    both = len(case.active_history(ONE_FORM)) == len(ONE_FORM.members)
    return bool(case.active_history(ANY_COBALAMIN)) or both


@concept
def cyanocobalamin_is_barred(case: Case) -> bool:
    """Leber's optic neuropathy, a family history of it, or an optic sign not yet explained."""
    unexplained = any(not feature.explained for feature in case.present_features(OPTIC))
    return unexplained or bool(case.active_history(LEBER))


def form_for(case: Case, route: Route) -> Form:
    """The form that the profile gives by this route, changed where Leber's bars it."""
    care = case.knowledge.care
    preferred = care.swallowed if route is Route.oral else care.injected
    return Form.hydroxocobalamin if cyanocobalamin_is_barred(case) else preferred


def is_product_barred(case: Case, route: Route) -> bool:
    """Allergic to the very form that would be given; the other form needs supervision."""
    if route is Route.continue_:
        return False
    return case.has(ALLERGY_TO_FORM[form_for(case, route)])


@concept
def continues_barred_form(case: Case) -> bool:
    """Cyanocobalamin goes on being given, by mouth or as the profile injects, and is barred."""
    if not cyanocobalamin_is_barred(case):
        return False
    care = case.knowledge.care
    swallowed = care.swallowed is Form.cyanocobalamin and case.has(H.b12_replacement_oral)
    injected = care.injected is Form.cyanocobalamin and case.has(H.b12_replacement_parenteral)
    return swallowed or injected


@concept
def oral_is_barred(case: Case) -> bool:
    """No oral product holds a form that may be given."""
    swallowed = case.knowledge.care.swallowed
    return swallowed is Form.cyanocobalamin and cyanocobalamin_is_barred(case)
