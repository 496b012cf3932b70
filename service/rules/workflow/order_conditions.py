"""When an alert is said of an order, given the patient and the orders beside it."""

from msgspec import Struct

from cobalamin.service.rules.evidence.case import Case, FactSet
from cobalamin.service.rules.evidence.groups import load_group
from cobalamin.service.rules.findings.causes import (
    ACID_SUPPRESSION,
    MEDICINES,
    METFORMIN,
    exposure_counts,
    has_risk_factor,
)
from cobalamin.service.rules.findings.neuropathy import N1, neuropathy_level
from cobalamin.service.rules.findings.pending import is_pending
from cobalamin.service.rules.findings.tests_due import (
    is_known_or_pending,
    is_unmeasured,
)
from cobalamin.service.rules.findings.treatment import active_products, is_replaced
from cobalamin.service.rules.model.assessment import Route
from cobalamin.service.rules.model.codes import AlertCode
from cobalamin.service.rules.model.facts import DraftOrder
from cobalamin.service.rules.model.vocabulary import Analyte as A
from cobalamin.service.rules.model.vocabulary import Form
from cobalamin.service.rules.model.vocabulary import History as H
from cobalamin.service.rules.plan.contraindications import (
    cyanocobalamin_is_barred,
    has_allergy,
    has_unread_allergy,
    is_tolerated,
)
from cobalamin.service.rules.plan.evidence_of_deficiency import (
    has_symptom,
    is_suspected,
)
from cobalamin.service.rules.plan.folic_acid import concerns_folic_acid, must_hold_folic_acid
from cobalamin.service.rules.plan.pathway import plan_step
from cobalamin.service.rules.workflow.maintenance import Due, has_lapsed, next_injection

ORAL = load_group("replacement_oral").members
REPLACING = load_group("supplemented").members
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


def history_codes(order: DraftOrder) -> frozenset[H]:
    """What the record would hold if the order were signed, by its codes."""
    return frozenset(fact.code for fact in order.history)


# --- vitamin B12 itself


def meets_allergy(ctx: OrderContext, order: DraftOrder) -> bool:
    """Vitamin B12 where an allergy to it is recorded, unless this form is given and tolerated."""
    if not history_codes(order) & REPLACING or not has_allergy(ctx.case):
        return False
    given = {product.form for product in active_products(ctx.case)}
    return not (is_tolerated(ctx.case) and order.form in given)


def may_meet_allergy(ctx: OrderContext, order: DraftOrder) -> bool:
    """Vitamin B12 where an allergy that may bar it was sent and not read."""
    return bool(history_codes(order) & REPLACING) and has_unread_allergy(ctx.case)


def meets_leber(ctx: OrderContext, order: DraftOrder) -> bool:
    """Cyanocobalamin with Leber's optic neuropathy, or an optic sign that nobody explained."""
    return order.form is Form.cyanocobalamin and cyanocobalamin_is_barred(ctx.case)


def is_antidote(ctx: OrderContext, order: DraftOrder) -> bool:
    """The cyanide antidote, in a patient whose deficiency is known or suspected."""
    return H.hydroxocobalamin_antidote in history_codes(order) and is_suspected(ctx.case)


def is_swallowed_with_nerve_signs(ctx: OrderContext, order: DraftOrder) -> bool:
    """Vitamin B12 by mouth alone, where nerves call for injections."""
    if not history_codes(order) & ORAL or ctx.signed.has(H.b12_replacement_parenteral):
        return False
    injections = plan_step(ctx.case).route is Route.parenteral
    return injections and neuropathy_level(ctx.case) >= N1


def comes_before_sample(ctx: OrderContext, order: DraftOrder) -> bool:
    """The first vitamin B12 in a patient with a nerve symptom whose level nobody has measured."""
    if not history_codes(order) & REPLACING or ctx.tests & LEVELS:
        return False
    if ctx.renewed or is_replaced(ctx.case):
        return False
    return is_unmeasured(ctx.case) and neuropathy_level(ctx.case) >= N1


# --- other medicines


def comes_before_b12(ctx: OrderContext, order: DraftOrder) -> bool:
    """A treatment dose of folic acid while vitamin B12 is low or not settled."""
    return H.folic_acid in history_codes(order) and must_hold_folic_acid(ctx.signed)


def needs_b12_checked(ctx: OrderContext, order: DraftOrder) -> bool:
    """Folic acid that is not held, while vitamin B12 is low or not settled."""
    return H.folic_acid in history_codes(order) and concerns_folic_acid(ctx.signed)


def meets_deficiency(ctx: OrderContext, order: DraftOrder) -> bool:
    """Nitrous oxide where deficiency is known or suspected: it inactivates the vitamin."""
    return H.nitrous_oxide_medical in history_codes(order) and is_suspected(ctx.case)


def lowers_b12_unmeasured(ctx: OrderContext, order: DraftOrder) -> bool:
    """A medicine that lowers vitamin B12, and no vitamin B12 on record or ordered.

    It is taken for long, or it adds to another reason for a level.
    """
    medicines = history_codes(order) & MEDICINES.members
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
    return None if GIVEN in ctx.case.facts.unread else interval_of(ctx, order)


def comes_early(ctx: OrderContext, order: DraftOrder) -> bool:
    """An injection renewed sooner after the last one than supply for the next dose needs."""
    interval = interval_of(ctx, order)
    return interval is not None and ctx.case.on < interval.early_until


def interval_of(ctx: OrderContext, order: DraftOrder) -> Due | None:
    """When the next injection falls due, where the order is for injections that go on."""
    injects = H.b12_replacement_parenteral in history_codes(order)
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
    return all(is_known_or_pending(ctx.case, analyte) for analyte in order.tests)


def is_under_way(ctx: OrderContext, order: DraftOrder) -> bool:
    """Every test of the order is being analysed."""
    return bool(order.tests) and all(is_pending(ctx.case, analyte) for analyte in order.tests)
