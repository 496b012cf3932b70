"""Laboratory results: from a value of an Observation to a usable result or a refusal."""

import msgspec
from msgspec import Struct

from cobalamin.fhir.decode.issues import Remark
from cobalamin.fhir.decode.reader_state import Place, Reading
from cobalamin.fhir.decode.resources import FAULTS, NONE, QUANTITY, TRUTH, Quantity, Valued, is_sent
from cobalamin.fhir.values.codings import read_coded
from cobalamin.fhir.values.numbers import Printed, read_number, read_printed_raw
from cobalamin.fhir.values.qualitative import (
    QUALITATIVE,
    coded_finding,
    finding_by_range,
    finding_of,
    read_interpretation,
    read_word,
)
from cobalamin.fhir.values.reference_ranges import has_limits, limits_of, read_range, unit_of_range
from cobalamin.fhir.values.units import (
    Refused,
    measured,
    read_comparator,
    remark_on_spelling,
    spelled_unit,
)
from cobalamin.service.knowledge.code_meanings import Meaning
from cobalamin.service.rules.model.facts import Finding, Flag, ReferenceRange
from cobalamin.service.rules.model.quantities import Quantity as Measured
from cobalamin.service.rules.model.vocabulary import Analyte


class Value(Struct, frozen=True):
    """What one Observation says about an analyte."""

    quantity: Measured | None = None
    finding: Finding | None = None
    flag: Flag | None = None
    limits: ReferenceRange | None = None


class Asked(Struct, frozen=True):
    """What is asked: what the elements at this place say about this analyte."""

    reading: Reading
    place: Place
    valued: Valued
    meaning: Meaning
    analyte: Analyte

    def mention(self, remark: Remark, element: str) -> None:
        """Say once an analyte what is true of many of its results."""
        self.reading.mention(remark, self.place.path(element), self.analyte)


_FIELDS = tuple(field.name for field in msgspec.structs.fields(Valued))
_VALUES = tuple(name for name in _FIELDS if name.startswith("value"))
_SPAN = slice(_FIELDS.index(_VALUES[0]), _FIELDS.index(_VALUES[0]) + len(_VALUES))
_QUANTITY_ALONE = ("valueQuantity",)


def sent_values(valued: Valued) -> tuple[str, ...]:
    """The names of the value[x] elements that were sent with something in them."""
    sent = msgspec.structs.astuple(valued)[_SPAN]
    others = len(_VALUES) - sent.count(NONE)
    if others == 0:
        return ()
    if others == 1 and is_sent(valued.valueQuantity):
        return _QUANTITY_ALONE
    named = zip(_VALUES, sent, strict=True)
    return tuple([name for name, raw in named if raw is not NONE and is_sent(raw)])


def has_absence(valued: Valued) -> bool:
    """Whether the sender gives a reason for the absence of a value."""
    return valued.dataAbsentReason is not NONE and is_sent(valued.dataAbsentReason)


def read_value(asked: Asked) -> Value | Refused:
    """The value of an analyte, or why it is not used."""
    names = sent_values(asked.valued)
    if len(names) > 1:
        return Refused(Remark.several_values, "")
    if not names:
        return _without_value(asked)
    if has_absence(asked.valued):
        return Refused(Remark.value_contradicted, "dataAbsentReason")
    name = names[0]
    if name == "valueQuantity":
        return _by_quantity(asked)
    if name in ("valueString", "valueInteger"):
        return _by_text(asked, name)
    return _by_finding(asked, name)


def _without_value(asked: Asked) -> Value | Refused:
    if has_absence(asked.valued):
        return Refused(Remark.value_absent, "dataAbsentReason")
    flag, finding = _interpretation(asked)
    if flag is None and finding is None:
        return Refused(Remark.value_missing, "")
    asked.mention(Remark.flag_only, "interpretation")
    return Value(finding=finding, flag=flag)


def _interpretation(asked: Asked) -> tuple[Flag | None, Finding | None]:
    """The laboratory's flag, and its finding where the analyte has findings."""
    raw = asked.valued.interpretation
    if raw is NONE:
        return None, None
    flag, finding = _remembered_interpretation(asked.reading, bytes(raw))
    if asked.analyte not in QUALITATIVE:
        return flag, None
    return flag, finding_of(asked.analyte, finding)


def _remembered_interpretation(reading: Reading, sent: bytes) -> tuple[Flag | None, Finding | None]:
    """One laboratory says the same few things again and again: each is decoded once."""
    known = reading.interpretations.get(sent)
    if known is None:
        known = reading.interpretations[sent] = read_interpretation(reading.codes, sent)
    return known


# --- numbers


def _by_quantity(asked: Asked) -> Value | Refused:
    try:
        sent = QUANTITY.decode(asked.valued.valueQuantity)
    except FAULTS:
        return Refused(Remark.element_not_read, "valueQuantity")
    printed = read_number(sent.value)
    if printed is None:
        return Refused(Remark.value_not_read, "valueQuantity.value")
    return _number(asked, sent, printed, "valueQuantity")


def _by_text(asked: Asked, name: str) -> Value | Refused:
    """A number printed as text, or a word of the closed list."""
    raw: msgspec.Raw = getattr(asked.valued, name)
    printed = read_printed_raw(raw) if name == "valueString" else read_number(raw)
    if printed is None:
        return _by_finding(asked, name)
    if printed.unit is not None and not _is_unit(asked, printed.unit):
        # Not said which: what stands behind the number may be anything.
        return Refused(Remark.value_not_read, name)
    return _number(asked, _unit_beside(asked, printed, name), printed, name)


def _is_unit(asked: Asked, text: str) -> bool:
    table = asked.reading.units.get(asked.analyte)
    return table is not None and (
        text in table.factors or text in table.aliases or text in table.refused
    )


def _unit_beside(asked: Asked, printed: Printed, name: str) -> Quantity:
    """The unit printed with the number, else that of the reference range beside it."""
    if printed.unit is not None:
        return Quantity(unit=printed.unit)
    given = read_range(asked.valued.referenceRange)
    limit = None if given is None else unit_of_range(given)
    if limit is None or not (limit.code or limit.unit):
        return Quantity()
    asked.mention(Remark.unit_from_range, name)
    return Quantity(unit=limit.unit, system=limit.system, code=limit.code)


def _number(asked: Asked, sent: Quantity, printed: Printed, element: str) -> Value | Refused:
    quantity = _measured(asked, sent, printed)
    flag, finding = _interpretation(asked)
    if isinstance(quantity, Refused):
        if finding is not None:
            # An antibody in the unit of its own assay still counts as the laboratory reads it.
            return Value(finding=finding, flag=flag)
        return Refused(quantity.remark, _within(element, quantity.element), quantity.text)
    if printed.is_text:
        asked.mention(Remark.value_from_text, element)
    remark = remark_on_spelling(sent, quantity.unit)
    if remark is not None:
        asked.mention(remark, element)
    limits = _limits(asked, quantity)
    if asked.analyte in QUALITATIVE and finding is None:
        finding = finding_by_range(asked.analyte, quantity, limits)
    return Value(quantity, finding, flag, limits)


def _measured(asked: Asked, sent: Quantity, printed: Printed) -> Measured | Refused:
    table = asked.reading.units.get(asked.analyte)
    if table is None:
        return Refused(Remark.value_not_read, "")
    comparator = read_comparator(sent.comparator, printed)
    if isinstance(comparator, Refused):
        return comparator
    unit = spelled_unit(sent, table)
    if isinstance(unit, Refused):
        return unit
    quantity = measured(printed.number, unit, comparator, table)
    if isinstance(quantity, Refused) or asked.meaning.units is None:
        return quantity
    if quantity.unit not in asked.meaning.units:
        return Refused(Remark.unit_not_of_code, "")
    return quantity


def _limits(asked: Asked, quantity: Measured) -> ReferenceRange | None:
    raw = asked.valued.referenceRange
    if raw is NONE:
        return None
    ranges = asked.reading.ranges
    key = (bytes(raw), asked.analyte, quantity.unit)
    if key not in ranges:
        ranges[key] = _decoded_limits(asked, raw, quantity.unit)
    return ranges[key]


def _decoded_limits(asked: Asked, raw: msgspec.Raw, unit: str) -> ReferenceRange | None:
    given = read_range(raw)
    table = asked.reading.units[asked.analyte]
    limits = None if given is None else limits_of(given, unit, table)
    if limits is None and has_limits(raw):
        asked.mention(Remark.range_not_read, "referenceRange")
    return limits


def _within(element: str, inner: str) -> str:
    return f"{element}.{inner}" if inner else element


# --- findings


def _by_finding(asked: Asked, name: str) -> Value | Refused:
    finding = finding_of(asked.analyte, read_finding(asked.reading, asked.valued, name))
    if finding is None or asked.analyte not in QUALITATIVE:
        return Refused(Remark.value_not_read, name)
    return Value(finding=finding, flag=_interpretation(asked)[0])


def read_finding(reading: Reading, valued: Valued, name: str) -> Finding | None:
    """What a coded value, a truth value or one of the known words says."""
    raw: msgspec.Raw = getattr(valued, name)
    if name == "valueCodeableConcept":
        return coded_finding(reading.codes, read_coded(raw))
    if name == "valueString":
        return read_word(reading.codes, raw)
    if name == "valueBoolean":
        return _truth(raw)
    return None


def _truth(raw: msgspec.Raw) -> Finding | None:
    try:
        return Finding.present if TRUTH.decode(raw) else Finding.absent
    except FAULTS:
        return None
