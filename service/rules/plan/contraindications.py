"""Which products of vitamin B12 a patient must not be given, by allergy and by form."""

from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.evidence.groups import load_group
from cobalamin.service.rules.findings.treatment import active_products
from cobalamin.service.rules.model.assessment import Route
from cobalamin.service.rules.model.facts import HistoryFact
from cobalamin.service.rules.model.vocabulary import Form
from cobalamin.service.rules.model.vocabulary import History as H

ANY_COBALAMIN = load_group("any_cobalamin")
ALLERGIES = load_group("allergies")
OPTIC = load_group("optic")
LEBER = load_group("leber")

ALLERGY_TO_FORM = {
    Form.hydroxocobalamin: H.hydroxocobalamin_allergy,
    Form.cyanocobalamin: H.cyanocobalamin_allergy,
}


# --- allergy


def has_allergy(case: Case) -> bool:
    """An allergy to cobalamin, cobalt or one of the forms."""
    return bool(case.active_history(ALLERGIES))


def has_unread_allergy(case: Case) -> bool:
    """An allergy that may bar vitamin B12 was sent and not read, and none was read that does."""
    return case.facts.unread_allergy and not has_allergy(case)


def allergy_bars(case: Case, route: Route) -> bool:
    """Whether an allergy bars what a step would give.

    Both forms have reacted in published patients, so an allergy to one bars the other as well.
    Only what is given already, and is of another form, may go on.
    """
    tolerated = route is Route.continue_ and is_tolerated(case)
    return has_allergy(case) and not tolerated


@concept
def is_tolerated(case: Case) -> bool:
    """Each product in use is known to be of a form without an allergy on record."""
    given = [product.form for product in active_products(case)]
    return bool(given) and all(form is not None and _is_allowed(case, form) for form in given)


def _is_allowed(case: Case, form: Form) -> bool:
    if case.active_history(ANY_COBALAMIN):
        return False
    allergy = ALLERGY_TO_FORM.get(form)
    return allergy is None or not case.has(allergy)


# --- Leber's optic neuropathy


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


@concept
def continues_barred_form(case: Case) -> bool:
    """Cyanocobalamin goes on being given, and is barred."""
    given = {_form_of(case, product) for product in active_products(case)}
    return Form.cyanocobalamin in given and cyanocobalamin_is_barred(case)


def _form_of(case: Case, product: HistoryFact) -> Form:
    """The form that is recorded, else the one that the profile gives by this route."""
    care = case.knowledge.care
    swallowed = product.code is H.b12_replacement_oral
    return product.form or (care.swallowed if swallowed else care.injected)


def maintains_allowed_form(case: Case) -> bool:
    """The form that the profile injects may go on being given."""
    return _is_allowed(case, form_for(case, Route.parenteral))


@concept
def oral_is_barred(case: Case) -> bool:
    """No oral product holds a form that may be given."""
    swallowed = case.knowledge.care.swallowed
    return swallowed is Form.cyanocobalamin and cyanocobalamin_is_barred(case)
