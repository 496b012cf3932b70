"""What stands against an order that is being written, or belongs beside it.

At most one concern for each order, the gravest. The other orders of the same call count as
company: folic acid is not held where vitamin B12 is ordered with it.
"""

from collections.abc import Callable, Iterable
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from cobalamin.service.rules.evidence.case import Case, FactSet
from cobalamin.service.rules.findings.b12_status import is_adult
from cobalamin.service.rules.findings.causes import MEDICINES, METFORMIN, exposure_counts
from cobalamin.service.rules.findings.neuropathy import N1, neuropathy_level
from cobalamin.service.rules.findings.tests_due import (
    first_tests,
    is_unmeasured,
    next_marker,
    was_just_measured,
)
from cobalamin.service.rules.findings.treatment import is_replaced
from cobalamin.service.rules.model.assessment import Route
from cobalamin.service.rules.model.codes import AlertCode, Codes
from cobalamin.service.rules.model.facts import DraftOrder, Facts
from cobalamin.service.rules.model.knowledge import Knowledge
from cobalamin.service.rules.model.vocabulary import Analyte as A
from cobalamin.service.rules.model.vocabulary import Form
from cobalamin.service.rules.model.vocabulary import History as H
from cobalamin.service.rules.plan.contraindications import (
    ALLERGY_TO_FORM,
    cyanocobalamin_is_barred,
    has_total_allergy,
)
from cobalamin.service.rules.plan.evidence_of_deficiency import is_deficient, is_suspected
from cobalamin.service.rules.plan.folic_acid import concerns_folic_acid, must_hold_folic_acid
from cobalamin.service.rules.plan.pathway import plan_step
from cobalamin.service.rules.plan.products import loading
from cobalamin.service.rules.workflow.alert import Alert, OrderAction
from cobalamin.service.rules.workflow.maintenance import Due, next_injection

ORAL = frozenset({H.b12_replacement_oral, H.b12_supplement})
REPLACING = ORAL | {H.b12_replacement_parenteral}
LEVELS = frozenset({A.b12_total, A.b12_active})
GIVEN = "administrations"
LOWERS = AlertCode.order_medicine_lowers_b12
RETESTED = frozenset({*LEVELS, A.mma, A.homocysteine})


class OrderContext(Struct, frozen=True, kw_only=True):
    """The patient as recorded, and as they would be were every order of the call signed.

    `renewed` says that the orders renew what is taken already.
    """

    case: Case
    signed: Case
    tests: frozenset[A]
    renewed: bool = False


def order_alerts(
    facts: Facts,
    knowledge: Knowledge,
    on: date,
    orders: Iterable[DraftOrder],
    beside: Iterable[DraftOrder] = (),
    *,
    renewed: bool = False,
) -> tuple[Alert, ...]:
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
    ctx = OrderContext(
        case=case,
        signed=Case(replace(facts, history=history), knowledge, on),
        tests=frozenset(analyte for order in every for analyte in order.tests),
        renewed=renewed,
    )
    found = (_gravest(ctx, order) for order in asked_about)
    return _once(concern for concern in found if concern is not None)


def may_be_overdue(
    facts: Facts, knowledge: Knowledge, on: date, renewed: Iterable[DraftOrder]
) -> bool:
    """Whether an injection is renewed, and those that were given could not be read."""
    adult = bool(is_adult(Case(facts, knowledge, on)))
    injects = any(H.b12_replacement_parenteral in _codes(order) for order in renewed)
    return adult and injects and GIVEN in facts.unread


def _once(found: Iterable[Alert]) -> tuple[Alert, ...]:
    """Several medicines that lower vitamin B12 ask for one level, by the first of them."""
    lowering = 0
    kept: list[Alert] = []
    for concern in found:
        lowering += concern.code == LOWERS
        if concern.code != LOWERS or lowering == 1:
            kept.append(concern)
    return tuple(kept)


def _gravest(ctx: OrderContext, order: DraftOrder) -> Alert | None:
    for code, applies, remedy, suggest in REFILL_ALERTS if ctx.renewed else ORDER_ALERTS:
        if applies(ctx, order):
            suggestions = suggest(ctx, order)
            kept = (
                OrderAction.remove if remedy is OrderAction.replace and not suggestions else remedy
            )
            due = _due(ctx, order) if applies in (is_overdue, comes_early) else None
            return Alert(code=code, about=order, remedy=kept, suggestions=suggestions, due=due)
    return None


def _codes(order: DraftOrder) -> frozenset[H]:
    return frozenset(fact.code for fact in order.history)


# --- vitamin B12 itself


def meets_allergy(ctx: OrderContext, order: DraftOrder) -> bool:
    """Vitamin B12 where an allergy to cobalamin, cobalt or this form is recorded."""
    if not _codes(order) & REPLACING:
        return False
    to_form = order.form is not None and ctx.case.has(ALLERGY_TO_FORM[order.form])
    return to_form or has_total_allergy(ctx.case)


def meets_leber(ctx: OrderContext, order: DraftOrder) -> bool:
    """Cyanocobalamin with Leber's optic neuropathy, or an optic sign that nobody explained."""
    return order.form is Form.cyanocobalamin and cyanocobalamin_is_barred(ctx.case)


def is_antidote(ctx: OrderContext, order: DraftOrder) -> bool:
    """The cyanide antidote, in a patient whose deficiency is known or suspected."""
    return H.hydroxocobalamin_antidote in _codes(order) and is_suspected(ctx.case)


def is_swallowed_with_nerve_signs(ctx: OrderContext, order: DraftOrder) -> bool:
    """Vitamin B12 by mouth alone, where nerves call for injections."""
    if not _codes(order) & ORAL or ctx.signed.has(H.b12_replacement_parenteral):
        return False
    injections = plan_step(ctx.case).route is Route.parenteral
    return injections and neuropathy_level(ctx.case) >= N1


def comes_before_sample(ctx: OrderContext, order: DraftOrder) -> bool:
    """The first vitamin B12 in a patient with a nerve symptom whose level nobody has measured."""
    if not _codes(order) & REPLACING or ctx.tests & LEVELS:
        return False
    if ctx.renewed or is_replaced(ctx.case):
        return False
    return is_unmeasured(ctx.case) and neuropathy_level(ctx.case) >= N1


# --- other medicines


def comes_before_b12(ctx: OrderContext, order: DraftOrder) -> bool:
    """A treatment dose of folic acid while vitamin B12 is low or not settled."""
    return H.folic_acid in _codes(order) and must_hold_folic_acid(ctx.signed)


def needs_b12_checked(ctx: OrderContext, order: DraftOrder) -> bool:
    """Folic acid that is not held, while vitamin B12 is low or not settled."""
    return H.folic_acid in _codes(order) and concerns_folic_acid(ctx.signed)


def meets_deficiency(ctx: OrderContext, order: DraftOrder) -> bool:
    """Nitrous oxide where deficiency is known or suspected: it inactivates the vitamin."""
    return H.nitrous_oxide_medical in _codes(order) and is_suspected(ctx.case)


def lowers_b12_unmeasured(ctx: OrderContext, order: DraftOrder) -> bool:
    """A medicine that lowers vitamin B12, for long, and no vitamin B12 on record or ordered."""
    medicines = _codes(order) & MEDICINES.members
    if not medicines or ctx.tests & LEVELS or is_replaced(ctx.signed):
        return False
    return is_unmeasured(ctx.case) and any(_is_for_long(ctx, H(m)) for m in medicines)


def _is_for_long(ctx: OrderContext, medicine: H) -> bool:
    """Metformin is; others are where the record holds them already, for as long as it takes.

    What is renewed without a record of it was begun at a time that is not known.
    """
    if medicine in METFORMIN.members:
        return True
    recorded = ctx.case.active_history(FactSet(medicine))
    if not recorded:
        return ctx.renewed
    return any(exposure_counts(ctx.case, fact) for fact in recorded)


# --- the next injection


def is_overdue(ctx: OrderContext, order: DraftOrder) -> bool:
    """An injection renewed later than the last one on record allows for.

    Where injections that were given could not be read, a later one may be among them.
    """
    if GIVEN in ctx.case.facts.unread:
        return False
    due = _due(ctx, order)
    return due is not None and ctx.case.on > due.latest


def comes_early(ctx: OrderContext, order: DraftOrder) -> bool:
    """An injection renewed before the next one is due."""
    due = _due(ctx, order)
    return due is not None and ctx.case.on < due.earliest


def _due(ctx: OrderContext, order: DraftOrder) -> Due | None:
    injects = H.b12_replacement_parenteral in _codes(order)
    return next_injection(ctx.case) if injects else None


# --- tests


def monitors_injections(ctx: OrderContext, order: DraftOrder) -> bool:
    """A level of vitamin B12 during injections says nothing about their effect."""
    return bool(LEVELS.intersection(order.tests)) and ctx.case.has(H.b12_replacement_parenteral)


def is_too_early(ctx: OrderContext, order: DraftOrder) -> bool:
    """A test within its interval; one that measures more is left alone."""
    if not order.tests or not RETESTED.issuperset(order.tests):
        return False
    return all(was_just_measured(ctx.case, analyte) for analyte in order.tests)


# --- what to order instead or beside


def _nothing(_asked: OrderContext, _order: DraftOrder) -> Codes:
    return ()


def _injections(ctx: OrderContext, _order: DraftOrder) -> Codes:
    """Injections where the plan gives any, in the form that this patient may have."""
    given = plan_step(ctx.case).route in (Route.parenteral, Route.oral)
    return loading(ctx.case)[:1] if given else ()


def _b12_first(ctx: OrderContext, order: DraftOrder) -> Codes:
    """Vitamin B12 where it is lacking, else the test that settles it."""
    given = _injections(ctx, order) if is_deficient(ctx.case) else ()
    return given or _b12(ctx, order)


def _b12(ctx: OrderContext, _order: DraftOrder) -> Codes:
    """The test of vitamin B12, or the marker that follows it, unless it was ordered as well."""
    if ctx.tests & LEVELS:
        return ()
    unmeasured = is_unmeasured(ctx.case)
    return first_tests(ctx.case) if unmeasured else next_marker(ctx.case)


Row = tuple[
    AlertCode,
    Callable[[OrderContext, DraftOrder], bool],
    OrderAction,
    Callable[[OrderContext, DraftOrder], Codes],
]
ORDER_ALERTS: tuple[Row, ...] = (
    (AlertCode.order_cobalamin_allergy, meets_allergy, OrderAction.remove, _nothing),
    (AlertCode.order_cyanocobalamin_leber, meets_leber, OrderAction.replace, _injections),
    (AlertCode.order_antidote_product, is_antidote, OrderAction.replace, _injections),
    (
        AlertCode.order_oral_with_nerve_signs,
        is_swallowed_with_nerve_signs,
        OrderAction.replace,
        _injections,
    ),
    (AlertCode.order_before_sample, comes_before_sample, OrderAction.keep, _b12),
    (AlertCode.order_folic_acid_first, comes_before_b12, OrderAction.put_off, _b12_first),
    (AlertCode.order_folic_acid_check_b12, needs_b12_checked, OrderAction.keep, _b12),
    (AlertCode.order_nitrous_oxide, meets_deficiency, OrderAction.keep, _b12),
    (LOWERS, lowers_b12_unmeasured, OrderAction.keep, _b12),
    (AlertCode.order_b12_on_injections, monitors_injections, OrderAction.remove, _nothing),
    (AlertCode.order_test_too_early, is_too_early, OrderAction.remove, _nothing),
)
REFILL_ALERTS: tuple[Row, ...] = (
    *ORDER_ALERTS,
    (AlertCode.order_injection_overdue, is_overdue, OrderAction.keep, _nothing),
    (AlertCode.order_injection_early, comes_early, OrderAction.keep, _nothing),
)
