"""What stands against an order that is being written, or belongs beside it.

At most one alert for each order, the gravest. The other orders of the same call count as
company: folic acid is not held where vitamin B12 is ordered with it.
"""

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.findings.b12_status import is_adult
from cobalamin.service.rules.findings.causes import METFORMIN
from cobalamin.service.rules.findings.tests_due import due, first_tests, is_unmeasured, next_marker
from cobalamin.service.rules.model.assessment import Route
from cobalamin.service.rules.model.codes import AlertCode, Codes
from cobalamin.service.rules.model.codes import SuggestionCode as S
from cobalamin.service.rules.model.facts import DraftOrder, HistoryFact
from cobalamin.service.rules.model.vocabulary import History as H
from cobalamin.service.rules.plan.evidence_of_deficiency import is_deficient
from cobalamin.service.rules.plan.pathway import plan_step
from cobalamin.service.rules.plan.products import loading
from cobalamin.service.rules.workflow.alert import Alert, OrderAction
from cobalamin.service.rules.workflow.order_conditions import (
    GIVEN,
    LEVELS,
    LOWERS,
    OrderContext,
    comes_before_b12,
    comes_before_sample,
    comes_early,
    follows_lapse,
    history_codes,
    interval_of,
    is_antidote,
    is_overdue,
    is_swallowed_with_nerve_signs,
    is_too_early,
    is_under_way,
    lowers_b12_unmeasured,
    may_meet_allergy,
    meets_allergy,
    meets_deficiency,
    meets_leber,
    monitors_injections,
    needs_b12_checked,
)


def order_alerts(
    case: Case,
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
    if not is_adult(case):
        return ()
    ctx = OrderContext(
        case=case,
        signed=_with_history(case, [fact for order in every for fact in order.history]),
        tests=frozenset(analyte for order in every for analyte in order.tests),
        renewed=renewed,
    )
    alerts = (_gravest(ctx, order) for order in asked_about)
    return _once(alert for alert in alerts if alert is not None)


def _with_history(case: Case, ordered: list[HistoryFact]) -> Case:
    """The case once the orders are signed."""
    if not ordered:
        return case
    facts = replace(case.facts, history=(*case.facts.history, *ordered))
    return Case(facts, case.knowledge, case.on)


def may_be_overdue(case: Case, renewed: Iterable[DraftOrder]) -> bool:
    """Whether an injection is renewed, and those that were given could not be read."""
    adult = bool(is_adult(case))
    injects = any(H.b12_replacement_parenteral in history_codes(order) for order in renewed)
    return adult and injects and GIVEN in case.facts.unread


def _once(alerts: Iterable[Alert]) -> tuple[Alert, ...]:
    """Several medicines that lower vitamin B12 ask for one level, by the first of them."""
    lowering = 0
    kept: list[Alert] = []
    for alert in alerts:
        lowering += alert.code == LOWERS
        if alert.code != LOWERS or lowering == 1:
            kept.append(alert)
    return tuple(kept)


def _gravest(ctx: OrderContext, order: DraftOrder) -> Alert | None:
    for code, applies, order_action, suggest in REFILL_ALERTS if ctx.renewed else ORDER_ALERTS:
        if applies(ctx, order):
            suggestions = suggest(ctx, order)
            is_bare = order_action is OrderAction.replace and not suggestions
            interval = interval_of(ctx, order) if applies in ABOUT_INTERVAL else None
            return Alert(
                code=code,
                about=order,
                order_action=OrderAction.remove if is_bare else order_action,
                suggestions=suggestions,
                due=interval,
                variant=_variant(code, ctx, order),
            )
    return None


def _variant(code: AlertCode, ctx: OrderContext, order: DraftOrder) -> str | None:
    """A sample that is being analysed has words of its own, and so has metformin.

    The dose and the age that the latter speak of never decide.
    """
    if code is AlertCode.order_test_too_early and is_under_way(ctx, order):
        return "pending"
    lowers = code == LOWERS and history_codes(order) & METFORMIN.members
    return "metformin" if lowers else None


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
    (AlertCode.order_allergy_not_read, may_meet_allergy, OrderAction.keep, _nothing),
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
