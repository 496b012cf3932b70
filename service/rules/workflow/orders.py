"""What stands against an order that is being written, or belongs beside it.

At most one concern for each order, the gravest. The other orders of the same call count as
company: folic acid is not held where vitamin B12 is ordered with it.
"""

from collections.abc import Callable, Iterable
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from cobalamin.service.rules.evidence.case import Case, Group
from cobalamin.service.rules.findings.b12_status import is_adult
from cobalamin.service.rules.findings.causes import MEDICINES, METFORMIN, counts
from cobalamin.service.rules.findings.neuropathy import N1, level
from cobalamin.service.rules.findings.tests_due import is_unmeasured, next_marker, was_just_measured
from cobalamin.service.rules.findings.treatment import is_replaced
from cobalamin.service.rules.model.assessment import Route
from cobalamin.service.rules.model.facts import Facts, Order
from cobalamin.service.rules.model.knowledge import Knowledge
from cobalamin.service.rules.model.vocabulary import Analyte as A
from cobalamin.service.rules.model.vocabulary import Form
from cobalamin.service.rules.model.vocabulary import History as H
from cobalamin.service.rules.plan.cautions import is_suspected
from cobalamin.service.rules.plan.contraindications import (
    ALLERGY_TO_FORM,
    cyanocobalamin_is_barred,
    has_total_allergy,
)
from cobalamin.service.rules.plan.folic_acid import concerns_folic_acid, must_hold_folic_acid
from cobalamin.service.rules.plan.pathway import decision, is_lacking
from cobalamin.service.rules.plan.suggestions import first_tests, loading
from cobalamin.service.rules.workflow.alert import Codes, Concern, Remedy
from cobalamin.service.rules.workflow.maintenance import Due, next_injection

ORAL = frozenset({H.b12_replacement_oral, H.b12_supplement})
REPLACING = ORAL | {H.b12_replacement_parenteral}
LEVELS = frozenset({A.b12_total, A.b12_active})
GIVEN = "administrations"
LOWERS = "order-medicine-lowers-b12"
RETESTED = frozenset({*LEVELS, A.mma, A.homocysteine})


class Asked(Struct, frozen=True, kw_only=True):
    """The patient as recorded, and as they would be were every order of the call signed.

    `renewed` says that the orders renew what is taken already.
    """

    case: Case
    signed: Case
    tests: frozenset[A]
    renewed: bool = False


def concerns(
    facts: Facts,
    knowledge: Knowledge,
    on: date,
    orders: Iterable[Order],
    beside: Iterable[Order] = (),
    *,
    renewed: bool = False,
) -> tuple[Concern, ...]:
    """What stands against each of the orders; `beside` are drafts that nobody asked about.

    With `renewed` they are refills: what is renewed has been taken for some time, and the next
    injection falls due. Nothing for a child, nor without an age: the caller says so.
    """
    asked_about = tuple(orders)
    every = (*asked_about, *beside)
    case = Case(facts, knowledge, on)
    if not is_adult(case):
        return ()
    history = (*facts.history, *(fact for order in every for fact in order.history))
    asked = Asked(
        case=case,
        signed=Case(replace(facts, history=history), knowledge, on),
        tests=frozenset(analyte for order in every for analyte in order.tests),
        renewed=renewed,
    )
    found = (_gravest(asked, order) for order in asked_about)
    return _once(concern for concern in found if concern is not None)


def may_be_due(facts: Facts, knowledge: Knowledge, on: date, renewed: Iterable[Order]) -> bool:
    """Whether an injection is renewed, and those that were given could not be read."""
    adult = bool(is_adult(Case(facts, knowledge, on)))
    injects = any(H.b12_replacement_parenteral in _codes(order) for order in renewed)
    return adult and injects and GIVEN in facts.unread


def _once(found: Iterable[Concern]) -> tuple[Concern, ...]:
    """Several medicines that lower vitamin B12 ask for one level, by the first of them."""
    lowering = 0
    kept: list[Concern] = []
    for concern in found:
        lowering += concern.code == LOWERS
        if concern.code != LOWERS or lowering == 1:
            kept.append(concern)
    return tuple(kept)


def _gravest(asked: Asked, order: Order) -> Concern | None:
    for code, applies, remedy, suggest in REFILLED if asked.renewed else CONCERNS:
        if applies(asked, order):
            suggestions = suggest(asked, order)
            kept = Remedy.remove if remedy is Remedy.replace and not suggestions else remedy
            due = _due(asked, order) if applies in (is_overdue, comes_early) else None
            return Concern(code=code, about=order, remedy=kept, suggestions=suggestions, due=due)
    return None


def _codes(order: Order) -> frozenset[H]:
    return frozenset(fact.code for fact in order.history)


# --- vitamin B12 itself


def meets_allergy(asked: Asked, order: Order) -> bool:
    """Vitamin B12 where an allergy to cobalamin, cobalt or this form is recorded."""
    if not _codes(order) & REPLACING:
        return False
    to_form = order.form is not None and asked.case.has(ALLERGY_TO_FORM[order.form])
    return to_form or has_total_allergy(asked.case)


def meets_leber(asked: Asked, order: Order) -> bool:
    """Cyanocobalamin with Leber's optic neuropathy, or an optic sign that nobody explained."""
    return order.form is Form.cyanocobalamin and cyanocobalamin_is_barred(asked.case)


def is_antidote(asked: Asked, order: Order) -> bool:
    """The cyanide antidote, in a patient whose deficiency is known or suspected."""
    return H.hydroxocobalamin_antidote in _codes(order) and is_suspected(asked.case)


def is_swallowed_with_nerve_signs(asked: Asked, order: Order) -> bool:
    """Vitamin B12 by mouth alone, where nerves call for injections."""
    if not _codes(order) & ORAL or asked.signed.has(H.b12_replacement_parenteral):
        return False
    injections = decision(asked.case).route is Route.parenteral
    return injections and level(asked.case) >= N1


def comes_before_sample(asked: Asked, order: Order) -> bool:
    """The first vitamin B12 in a patient with a nerve symptom whose level nobody has measured."""
    if not _codes(order) & REPLACING or asked.tests & LEVELS:
        return False
    if asked.renewed or is_replaced(asked.case):
        return False
    return is_unmeasured(asked.case) and level(asked.case) >= N1


# --- other medicines


def comes_before_b12(asked: Asked, order: Order) -> bool:
    """A treatment dose of folic acid while vitamin B12 is low or not settled."""
    return H.folic_acid in _codes(order) and must_hold_folic_acid(asked.signed)


def needs_b12_checked(asked: Asked, order: Order) -> bool:
    """Folic acid that is not held, while vitamin B12 is low or not settled."""
    return H.folic_acid in _codes(order) and concerns_folic_acid(asked.signed)


def meets_deficiency(asked: Asked, order: Order) -> bool:
    """Nitrous oxide where deficiency is known or suspected: it inactivates the vitamin."""
    return H.nitrous_oxide_medical in _codes(order) and is_suspected(asked.case)


def lowers_b12_unmeasured(asked: Asked, order: Order) -> bool:
    """A medicine that lowers vitamin B12, for long, and no vitamin B12 on record or ordered."""
    medicines = _codes(order) & MEDICINES.members
    if not medicines or asked.tests & LEVELS or is_replaced(asked.signed):
        return False
    return is_unmeasured(asked.case) and any(_is_for_long(asked, H(m)) for m in medicines)


def _is_for_long(asked: Asked, medicine: H) -> bool:
    """Metformin is; others are where the record holds them already, for as long as it takes.

    What is renewed without a record of it was begun at a time that is not known.
    """
    if medicine in METFORMIN.members:
        return True
    recorded = asked.case.having(Group(medicine))
    if not recorded:
        return asked.renewed
    return any(counts(asked.case, fact) for fact in recorded)


# --- the next injection


def is_overdue(asked: Asked, order: Order) -> bool:
    """An injection renewed later than the last one on record allows for.

    Where injections that were given could not be read, a later one may be among them.
    """
    if GIVEN in asked.case.facts.unread:
        return False
    due = _due(asked, order)
    return due is not None and asked.case.on > due.latest


def comes_early(asked: Asked, order: Order) -> bool:
    """An injection renewed before the next one is due."""
    due = _due(asked, order)
    return due is not None and asked.case.on < due.earliest


def _due(asked: Asked, order: Order) -> Due | None:
    injects = H.b12_replacement_parenteral in _codes(order)
    return next_injection(asked.case) if injects else None


# --- tests


def monitors_injections(asked: Asked, order: Order) -> bool:
    """A level of vitamin B12 during injections says nothing about their effect."""
    return bool(LEVELS.intersection(order.tests)) and asked.case.has(H.b12_replacement_parenteral)


def is_too_early(asked: Asked, order: Order) -> bool:
    """A test within its interval; one that measures more is left alone."""
    if not order.tests or not RETESTED.issuperset(order.tests):
        return False
    return all(was_just_measured(asked.case, analyte) for analyte in order.tests)


# --- what to order instead or beside


def _nothing(_asked: Asked, _order: Order) -> Codes:
    return ()


def _injections(asked: Asked, _order: Order) -> Codes:
    """Injections where the plan gives any, in the form that this patient may have."""
    given = decision(asked.case).route in (Route.parenteral, Route.oral)
    return loading(asked.case)[:1] if given else ()


def _b12_first(asked: Asked, order: Order) -> Codes:
    """Vitamin B12 where it is lacking, else the test that settles it."""
    given = _injections(asked, order) if is_lacking(asked.case) else ()
    return given or _b12(asked, order)


def _b12(asked: Asked, _order: Order) -> Codes:
    """The test of vitamin B12, or the marker that follows it, unless it was ordered as well."""
    if asked.tests & LEVELS:
        return ()
    unmeasured = is_unmeasured(asked.case)
    return first_tests(asked.case) if unmeasured else next_marker(asked.case)


Row = tuple[str, Callable[[Asked, Order], bool], Remedy, Callable[[Asked, Order], Codes]]
CONCERNS: tuple[Row, ...] = (
    ("order-cobalamin-allergy", meets_allergy, Remedy.remove, _nothing),
    ("order-cyanocobalamin-leber", meets_leber, Remedy.replace, _injections),
    ("order-antidote-product", is_antidote, Remedy.replace, _injections),
    ("order-oral-with-nerve-signs", is_swallowed_with_nerve_signs, Remedy.replace, _injections),
    ("order-before-sample", comes_before_sample, Remedy.keep, _b12),
    ("order-folic-acid-first", comes_before_b12, Remedy.put_off, _b12_first),
    ("order-folic-acid-check-b12", needs_b12_checked, Remedy.keep, _b12),
    ("order-nitrous-oxide", meets_deficiency, Remedy.keep, _b12),
    (LOWERS, lowers_b12_unmeasured, Remedy.keep, _b12),
    ("order-b12-on-injections", monitors_injections, Remedy.remove, _nothing),
    ("order-test-too-early", is_too_early, Remedy.remove, _nothing),
)
REFILLED: tuple[Row, ...] = (
    *CONCERNS,
    ("order-injection-overdue", is_overdue, Remedy.keep, _nothing),
    ("order-injection-early", comes_early, Remedy.keep, _nothing),
)
