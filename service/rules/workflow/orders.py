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
from cobalamin.service.rules.findings.causes import (
    ACID_SUPPRESSION,
    MEDICINES,
    METFORMIN,
    exposure_counts,
    has_risk_factor,
)
from cobalamin.service.rules.findings.neuropathy import N1, neuropathy_level
from cobalamin.service.rules.findings.tests_due import (
    due,
    first_tests,
    is_unmeasured,
    next_marker,
    was_just_measured,
)
from cobalamin.service.rules.findings.treatment import is_replaced
from cobalamin.service.rules.model.assessment import Route
from cobalamin.service.rules.model.codes import AlertCode, Codes
from cobalamin.service.rules.model.codes import SuggestionCode as S
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
from cobalamin.service.rules.plan.evidence_of_deficiency import (
    has_symptom,
    is_deficient,
    is_suspected,
)
from cobalamin.service.rules.plan.folic_acid import concerns_folic_acid, must_hold_folic_acid
from cobalamin.service.rules.plan.pathway import plan_step
from cobalamin.service.rules.plan.products import loading
from cobalamin.service.rules.workflow.alert import Alert, OrderAction
from cobalamin.service.rules.workflow.maintenance import Due, has_lapsed, next_injection

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
            interval = _interval(ctx, order) if applies in ABOUT_INTERVAL else None
            return Alert(
                code=code,
                about=order,
                remedy=kept,
                suggestions=suggestions,
                due=interval,
                variant=_variant(code, order),
            )
    return None


def _variant(code: AlertCode, order: DraftOrder) -> str | None:
    """Metformin has words of its own; the dose and the age that they speak of never decide."""
    lowers = code == LOWERS and _codes(order) & METFORMIN.members
    return "metformin" if lowers else None


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
    """A medicine that lowers vitamin B12, and no vitamin B12 on record or ordered.

    It is taken for long, or it adds to another reason for a level.
    """
    medicines = _codes(order) & MEDICINES.members
    if not medicines or ctx.tests & LEVELS or is_replaced(ctx.signed):
        return False
    if not is_unmeasured(ctx.case):
        return False
    return any(_is_for_long(ctx, H(m)) or _adds_to_reason(ctx, H(m)) for m in medicines)


def _is_for_long(ctx: OrderContext, medicine: H) -> bool:
    """The record holds it already, for as long as it takes; renewed metformin always does.

    What is renewed without a record of it was begun at a time that is not known.
    """
    recorded = ctx.case.active_history(FactSet(medicine))
    if ctx.renewed and (not recorded or medicine in METFORMIN.members):
        return True
    return any(exposure_counts(ctx.case, fact) for fact in recorded)


def _adds_to_reason(ctx: OrderContext, medicine: H) -> bool:
    """Metformin beside a symptom or a risk factor of NG239, acid suppression beside the latter."""
    if medicine in METFORMIN.members:
        return has_risk_factor(ctx.case) or has_symptom(ctx.case)
    return medicine in ACID_SUPPRESSION.members and has_risk_factor(ctx.case)


# --- the next injection


def follows_lapse(ctx: OrderContext, order: DraftOrder) -> bool:
    """An injection renewed so late that the last one may have been given elsewhere."""
    return _interval_on_record(ctx, order) is not None and has_lapsed(ctx.case)


def is_overdue(ctx: OrderContext, order: DraftOrder) -> bool:
    """An injection renewed later than the last one on record allows for, with some days' grace."""
    interval = _interval_on_record(ctx, order)
    return interval is not None and ctx.case.on > interval.grace_until


def _interval_on_record(ctx: OrderContext, order: DraftOrder) -> Due | None:
    """Where injections that were given could not be read, a later one may be among them."""
    return None if GIVEN in ctx.case.facts.unread else _interval(ctx, order)


def comes_early(ctx: OrderContext, order: DraftOrder) -> bool:
    """An injection renewed sooner after the last one than supply for the next dose needs."""
    interval = _interval(ctx, order)
    return interval is not None and ctx.case.on < interval.early_until


def _interval(ctx: OrderContext, order: DraftOrder) -> Due | None:
    injects = H.b12_replacement_parenteral in _codes(order)
    return next_injection(ctx.case) if injects else None


# --- tests


def monitors_injections(ctx: OrderContext, order: DraftOrder) -> bool:
    """A level of vitamin B12 during injections says nothing about their effect."""
    goes_on = ctx.case.has(H.b12_replacement_parenteral) and not has_lapsed(ctx.case)
    return goes_on and bool(LEVELS.intersection(order.tests))


def is_too_early(ctx: OrderContext, order: DraftOrder) -> bool:
    """A test within its interval; one that measures more is left alone."""
    if not order.tests or not RETESTED.issuperset(order.tests):
        return False
    return all(was_just_measured(ctx.case, analyte) for analyte in order.tests)


# --- what to order instead or beside


def _nothing(_asked: OrderContext, _order: DraftOrder) -> Codes:
    return ()


def _after_lapse(ctx: OrderContext, _order: DraftOrder) -> Codes:
    """Whether it was given elsewhere, then the level and the blood count unless just known."""
    tests = due(ctx.case, (S.test_b12, S.test_fbc))
    return (S.confirm_replacement, *tests)


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
    (AlertCode.order_injection_lapsed, follows_lapse, OrderAction.keep, _after_lapse),
    (AlertCode.order_injection_overdue, is_overdue, OrderAction.keep, _nothing),
    (AlertCode.order_injection_early, comes_early, OrderAction.keep, _nothing),
)
ABOUT_INTERVAL = (follows_lapse, is_overdue, comes_early)
