"""Read the value of an Observation into a usable result or a refusal."""

from decimal import Decimal

import msgspec
from msgspec import Struct

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import ElementPath, Interpretation, ReaderState
from cobalamin.fhir.decode.resources import (
    BOOLEAN,
    DECODE_ERRORS,
    NONE,
    QUANTITY,
    QuantityElement,
    ValueElements,
    is_filled,
    is_sent,
)
from cobalamin.fhir.values.codings import read_coded
from cobalamin.fhir.values.flags import contradicts
from cobalamin.fhir.values.numbers import ParsedNumber, parse_json_text, parse_number
from cobalamin.fhir.values.qualitative import (
    QUALITATIVE,
    finding_by_range,
    finding_from_concept,
    finding_from_json,
    normalise_finding,
    read_interpretation,
)
from cobalamin.fhir.values.reference_ranges import (
    build_limits,
    has_limits,
    range_unit,
    select_range,
)
from cobalamin.fhir.values.units import (
    RefusedValue,
    build_quantity,
    issue_of_unit,
    read_comparator,
    select_unit,
)
from cobalamin.service.knowledge.code_meanings import Meaning
from cobalamin.service.rules.model.facts import Finding, Flag, ReferenceRange
from cobalamin.service.rules.model.quantities import Quantity
from cobalamin.service.rules.model.vocabulary import Analyte


class ResultValue(Struct, frozen=True):
    """The value of one result."""

    quantity: Quantity | None = None
    finding: Finding | None = None
    flag: Flag | None = None
    limits: ReferenceRange | None = None


class ValueContext(Struct, frozen=True):
    """The value elements of an analyte, with reader state and path."""

    state: ReaderState
    path: ElementPath
    elements: ValueElements
    meaning: Meaning
    analyte: Analyte

    def note_once(self, issue: Issue, element: str) -> None:
        """Add a note once per analyte."""
        self.state.note_once(issue, self.path.element(element), self.analyte)


_FIELDS = tuple(field.name for field in msgspec.structs.fields(ValueElements))
_VALUES = tuple(name for name in _FIELDS if name.startswith("value"))
_SPAN = slice(_FIELDS.index(_VALUES[0]), _FIELDS.index(_VALUES[0]) + len(_VALUES))
_QUANTITY_ALONE = ("valueQuantity",)


def sent_values(elements: ValueElements) -> tuple[str, ...]:
    """Names of the value[x] elements that are present."""
    values = msgspec.structs.astuple(elements)[_SPAN]
    others = len(_VALUES) - values.count(NONE)
    if others == 0:
        return ()
    if others == 1 and is_sent(elements.valueQuantity):
        return _QUANTITY_ALONE
    named = zip(_VALUES, values, strict=True)
    return tuple([name for name, raw in named if raw is not NONE and is_sent(raw)])


def has_absence(elements: ValueElements) -> bool:
    """Whether there is a dataAbsentReason."""
    return elements.dataAbsentReason is not NONE and is_sent(elements.dataAbsentReason)


def read_value(ctx: ValueContext) -> ResultValue | RefusedValue:
    """Read the value of an analyte, or the reason why it is refused."""
    names = sent_values(ctx.elements)
    if len(names) > 1:
        return RefusedValue(Issue.several_values, "")
    if not names:
        return _without_value(ctx)
    if has_absence(ctx.elements):
        return RefusedValue(Issue.value_contradicted, "dataAbsentReason")
    name = names[0]
    if name == "valueQuantity":
        return _by_quantity(ctx)
    if name in ("valueString", "valueInteger"):
        return _by_text(ctx, name)
    return _by_finding(ctx, name)


def _without_value(ctx: ValueContext) -> ResultValue | RefusedValue:
    if has_absence(ctx.elements):
        return RefusedValue(Issue.value_absent, "dataAbsentReason")
    flag, finding = _read_interpretation(ctx)
    if flag is None and finding is None:
        return RefusedValue(Issue.value_missing, "")
    ctx.note_once(Issue.flag_only, "interpretation")
    return ResultValue(finding=finding, flag=flag)


def _read_interpretation(ctx: ValueContext) -> tuple[Flag | None, Finding | None]:
    """The flag, and the finding of a qualitative analyte; what is not known of it is noted."""
    said = interpretation_of(ctx.state, ctx.elements)
    if said is None:
        return None, None
    if not said.is_known:
        ctx.note_once(Issue.flag_not_read, "interpretation")
    if ctx.analyte not in QUALITATIVE:
        return said.flag, None
    return said.flag, normalise_finding(ctx.analyte, said.finding)


def interpretation_of(state: ReaderState, elements: ValueElements) -> Interpretation | None:
    """What the interpretation says; None where none was sent."""
    raw = elements.interpretation
    if raw is NONE or not is_filled(raw):
        return None
    return _remembered_interpretation(state, bytes(raw))


def has_failed_control(ctx: ValueContext) -> bool:
    """Whether the interpretation says that quality control failed."""
    raw = ctx.elements.interpretation
    return raw is not NONE and _remembered_interpretation(ctx.state, bytes(raw)).has_failed


def _remembered_interpretation(state: ReaderState, raw: bytes) -> Interpretation:
    """Decode each distinct interpretation once per request."""
    interpretation = state.interpretations.get(raw)
    if interpretation is None:
        interpretation = state.interpretations[raw] = read_interpretation(state.codes, raw)
    return interpretation


# --- numbers


def _by_quantity(ctx: ValueContext) -> ResultValue | RefusedValue:
    try:
        quantity_element = QUANTITY.decode(ctx.elements.valueQuantity)
    except DECODE_ERRORS:
        return RefusedValue(Issue.element_not_read, "valueQuantity")
    parsed = parse_number(quantity_element.value)
    if parsed is None:
        return RefusedValue(Issue.value_not_read, "valueQuantity.value")
    return _number(ctx, quantity_element, parsed, "valueQuantity")


def _by_text(ctx: ValueContext, name: str) -> ResultValue | RefusedValue:
    """A number as text, or a finding of the closed list."""
    raw: msgspec.Raw = getattr(ctx.elements, name)
    parsed = parse_json_text(raw) if name == "valueString" else parse_number(raw)
    if parsed is None:
        return _by_finding(ctx, name)
    if parsed.unit is not None and not _is_known_unit(ctx, parsed.unit):
        # The text is not quoted in the note: behind the number may stand anything.
        return RefusedValue(Issue.value_not_read, name)
    return _number(ctx, _unit_beside(ctx, parsed, name), parsed, name)


def _is_known_unit(ctx: ValueContext, text: str) -> bool:
    table = ctx.state.units.get(ctx.analyte)
    return table is not None and (table.unit_of(text) is not None or text in table.refused)


def _unit_beside(ctx: ValueContext, parsed: ParsedNumber, name: str) -> QuantityElement:
    """The unit printed behind the number, else that of the reference range."""
    if parsed.unit is not None:
        return QuantityElement(unit=parsed.unit)
    given = select_range(ctx.elements.referenceRange)
    limit = None if given is None else range_unit(given)
    if limit is None or not (limit.code or limit.unit):
        return QuantityElement()
    ctx.note_once(Issue.unit_from_range, name)
    return QuantityElement(unit=limit.unit, system=limit.system, code=limit.code)


def _number(
    ctx: ValueContext, quantity_element: QuantityElement, parsed: ParsedNumber, element: str
) -> ResultValue | RefusedValue:
    quantity = _build_quantity(ctx, quantity_element, parsed)
    flag, finding = _read_interpretation(ctx)
    if isinstance(quantity, RefusedValue):
        if finding is not None:
            # An antibody in a unit of its assay still counts by the interpretation.
            return ResultValue(finding=finding, flag=flag)
        within = _within(element, quantity.element)
        return RefusedValue(quantity.issue, within, quantity.text, quantity.readings)
    if parsed.is_text:
        ctx.note_once(Issue.value_from_text, element)
    issue = issue_of_unit(quantity_element, quantity.unit)
    if issue is not None:
        ctx.note_once(issue, element)
    limits = _limits(ctx, quantity)
    if limits is not None and contradicts(flag, quantity, limits):
        ctx.state.note(Issue.flag_contradicts, ctx.path.element("interpretation"))
    if ctx.analyte in QUALITATIVE and finding is None:
        finding = finding_by_range(ctx.analyte, quantity, limits)
    return ResultValue(quantity, finding, flag, limits)


def _build_quantity(
    ctx: ValueContext, quantity_element: QuantityElement, parsed: ParsedNumber
) -> Quantity | RefusedValue:
    table = ctx.state.units.get(ctx.analyte)
    if table is None:
        return RefusedValue(Issue.value_not_read, "")
    comparator = read_comparator(quantity_element.comparator, parsed)
    if isinstance(comparator, RefusedValue):
        return comparator
    unit = select_unit(quantity_element, table)
    if isinstance(unit, RefusedValue):
        return unit
    own_low = _own_low(ctx) if table.ambiguous else None
    quantity = build_quantity(parsed.number, unit, comparator, table, own_low)
    if isinstance(quantity, RefusedValue) or ctx.meaning.units is None:
        return quantity
    if quantity.unit not in ctx.meaning.units:
        return RefusedValue(Issue.unit_not_of_code, "")
    return quantity


def _own_low(ctx: ValueContext) -> Decimal | None:
    """The report's own lower limit, whatever its unit says."""
    raw = ctx.elements.referenceRange
    given = None if raw is NONE else select_range(raw)
    low = None if given is None or given.low is None else parse_number(given.low.value)
    return None if low is None else low.number


def _limits(ctx: ValueContext, quantity: Quantity) -> ReferenceRange | None:
    raw = ctx.elements.referenceRange
    if raw is NONE:
        return None
    ranges = ctx.state.ranges
    key = (bytes(raw), ctx.analyte, quantity.unit)
    if key not in ranges:
        ranges[key] = _decoded_limits(ctx, raw, quantity.unit)
    return ranges[key]


def _decoded_limits(ctx: ValueContext, raw: msgspec.Raw, unit: str) -> ReferenceRange | None:
    given = select_range(raw)
    table = ctx.state.units[ctx.analyte]
    limits = None if given is None else build_limits(given, unit, table)
    if limits is None and has_limits(raw):
        ctx.note_once(Issue.range_not_read, "referenceRange")
    return limits


def _within(element: str, inner: str) -> str:
    return f"{element}.{inner}" if inner else element


# --- findings


def _by_finding(ctx: ValueContext, name: str) -> ResultValue | RefusedValue:
    finding = normalise_finding(ctx.analyte, read_finding(ctx.state, ctx.elements, name))
    if finding is None or ctx.analyte not in QUALITATIVE:
        return RefusedValue(Issue.value_not_read, name)
    return ResultValue(finding=finding, flag=_read_interpretation(ctx)[0])


def read_finding(state: ReaderState, elements: ValueElements, name: str) -> Finding | None:
    """The finding of a coded value, a boolean or a known text."""
    raw: msgspec.Raw = getattr(elements, name)
    if name == "valueCodeableConcept":
        return finding_from_concept(state.codes, read_coded(raw))
    if name == "valueString":
        return finding_from_json(state.codes, raw)
    if name == "valueBoolean":
        return _truth(raw)
    return None


def _truth(raw: msgspec.Raw) -> Finding | None:
    try:
        return Finding.present if BOOLEAN.decode(raw) else Finding.absent
    except DECODE_ERRORS:
        return None
