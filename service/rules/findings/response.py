"""Whether replacement works: what gets worse, what stays, and what it does not explain."""

from decimal import Decimal

from msgspec.structs import replace

from cobalamin.service.rules.evidence.case import Case, concept
from cobalamin.service.rules.evidence.comparisons import is_under
from cobalamin.service.rules.evidence.recency import current, is_within
from cobalamin.service.rules.findings import blood_count, neuropathy
from cobalamin.service.rules.findings.blood_severity import has_neutropenia
from cobalamin.service.rules.findings.causes import nitrous_oxide_exposure
from cobalamin.service.rules.findings.markers import Mma, methylmalonic_acid, mma
from cobalamin.service.rules.findings.neuropathy import N1, FindingKind, TieredFinding
from cobalamin.service.rules.findings.treatment import (
    active_product,
    is_injected,
    is_replaced,
)
from cobalamin.service.rules.model.dates import When
from cobalamin.service.rules.model.facts import FeatureFact, Result
from cobalamin.service.rules.model.parameter import Parameter
from cobalamin.service.rules.model.truth import Truth
from cobalamin.service.rules.model.units import convert_limit
from cobalamin.service.rules.model.vocabulary import Analyte as A


@concept
def is_worse(case: Case) -> bool:
    """A neurological finding is progressing in spite of treatment."""
    return is_replaced(case) and neuropathy.is_progressive(case)


@concept
def is_loading(case: Case) -> bool:
    """Begun so recently that its effect cannot be judged yet; an unknown start is not recent."""
    product = active_product(case)
    if product is None or product.since is None:
        return False
    return product.since.days_before(case.on) < case.thresholds.treatment_should_work.number


@concept
def should_have_worked(case: Case) -> bool:
    """Replaced for eight weeks at least, from a start that is known."""
    product = active_product(case)
    return product is not None and product.since is not None and not is_loading(case)


def _is_late_enough(case: Case, result: Result | None) -> bool:
    """Whether a sample was taken eight weeks or more after the known start."""
    product = active_product(case)
    if product is None or product.since is None or result is None:
        return False
    days = (result.on.first - product.since.last).days
    return days >= case.thresholds.treatment_should_work.number


# --- markers and blood


@concept
def is_insufficient(case: Case) -> bool:
    """MMA is still raised, or tablets have not mended the blood, weeks after the start."""
    swallowed = is_replaced(case) and not is_injected(case)
    return _mma_stays_raised(case) or (swallowed and _blood_lags(case))


def _mma_stays_raised(case: Case) -> bool:
    """MMA settles in about eight weeks; where the start is not known any raised one counts."""
    product = active_product(case)
    if product is None or mma(case) is not Mma.raised:
        return False
    return product.since is None or _is_late_enough(case, methylmalonic_acid(case))


def _blood_lags(case: Case) -> bool:
    rows = (
        (A.haemoglobin, _has_anaemia_without_iron_deficiency(case)),
        (A.mcv, blood_count.is_macrocytic(case)),
    )
    return any(
        is_abnormal and _is_late_enough(case, current(case, analyte))
        for analyte, is_abnormal in rows
    )


def _has_anaemia_without_iron_deficiency(case: Case) -> bool:
    """Small cells or a low ferritin explain an anaemia that vitamin B12 cannot mend."""
    other = blood_count.is_microcytic(case) or blood_count.is_iron_deficient(case)
    return bool(blood_count.has_anaemia(case)) and not other


@concept
def is_blood_unresponsive(case: Case) -> bool:
    """On injections, a count of eight weeks or later that is abnormal and no better than before.

    A second loading would not help: adherence is asked about, and the diagnosis looked at again.
    """
    if not is_injected(case):
        return False
    limits = case.thresholds
    rows: tuple[tuple[A, Truth, Parameter | None], ...] = (
        (A.haemoglobin, _has_anaemia_without_iron_deficiency(case), limits.haemoglobin_response),
        (A.platelets, blood_count.has_low_platelets(case), limits.platelets_response),
        (A.neutrophils, has_neutropenia(case), None),
        (A.mcv, blood_count.is_macrocytic(case), limits.mcv_response),
    )
    return any(
        is_abnormal
        and _is_late_enough(case, current(case, analyte))
        and not _is_better(case, analyte, by)
        for analyte, is_abnormal, by in rows
    )


def _is_better(case: Case, analyte: A, by: Parameter | None) -> bool:
    """Better than each earlier result of eight weeks or more before; else than any earlier one."""
    newest, *earlier = case.results(analyte)
    weeks = case.thresholds.treatment_should_work.number
    before = [one for one in earlier if (newest.on.first - one.on.last).days >= weeks] or earlier
    if by is None or not before:
        return False
    return all(_differs(case, newest, one, by) for one in before)


def _differs(case: Case, newest: Result, earlier: Result, by: Parameter) -> bool:
    """Whether the newest is better by so much: a lower MCV, or a higher count."""
    if newest.quantity is None or newest.quantity.comparator is not None:
        return False
    value = _number_in(case, earlier, newest.quantity.unit)
    if value is None:
        return False
    gain = newest.quantity.value - value
    step = replace(newest.quantity, value=-gain if newest.analyte is A.mcv else gain)
    return is_under(case, replace(newest, quantity=step), by) is False


def _number_in(case: Case, result: Result, unit: str) -> Decimal | None:
    """The number of a result in a unit; None with a comparator, or without a way there."""
    quantity = result.quantity
    if quantity is None or quantity.comparator is not None:
        return None
    table = case.knowledge.units[result.analyte]
    if quantity.unit == unit or not {unit, quantity.unit} <= table.factors.keys():
        return quantity.value if quantity.unit == unit else None
    return convert_limit(quantity.value, quantity.unit, unit, table)


# --- nerves


@concept
def new_findings(case: Case) -> tuple[TieredFinding, ...]:
    """Nerve findings that began after the start of treatment and within the last year."""
    if not should_have_worked(case):
        return ()
    findings = neuropathy.tiered_findings(case)
    return tuple(
        [
            finding
            for finding in findings
            if finding.tier >= N1 and began_on_treatment(case, finding.feature)
        ]
    )


def began_on_treatment(case: Case, feature: FeatureFact) -> bool:
    """Whether a finding began after the start of treatment, within the last year."""
    product, onset = active_product(case), feature.onset
    if product is None or product.since is None or onset is None or onset.first > case.on:
        return False
    recent = onset.days_before(case.on) <= case.thresholds.established_finding.number
    return recent and onset.first > product.since.last


@concept
def is_unexplained(case: Case) -> bool:
    """On injections, every new or progressing nerve finding has a normal MMA sampled after it.

    Not with nitrous oxide, nor with a sign of cord or optic nerve.
    """
    findings = neuropathy.tiered_findings(case)
    open_ones = [
        one
        for one in findings
        if one.tier >= N1 and (one.feature.progressive or began_on_treatment(case, one.feature))
    ]
    if not open_ones or not is_injected(case) or nitrous_oxide_exposure(case):
        return False
    serious = {FindingKind.cord, FindingKind.optic}
    if any(one.kind in serious and one.tier > N1 for one in findings):
        return False
    return all(_has_normal_mma_after(case, one.feature.onset) for one in open_ones)


def _has_normal_mma_after(case: Case, onset: When | None) -> bool:
    """An onset that is not known counts as within the last months."""
    sampled = methylmalonic_acid(case)
    if sampled is None or mma(case) is not Mma.normal:
        return False
    if onset is None:
        return is_within(case, sampled, case.thresholds.normal_mma_lasts)
    return sampled.on.first > onset.last
