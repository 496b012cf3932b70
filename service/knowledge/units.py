"""The closed table of units of every analyte, and what each unit measures."""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum, auto
from functools import cache

import msgspec

from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.toml_files import load_table
from cobalamin.service.rules.model.parameter import Verification
from cobalamin.service.rules.model.units import AmbiguousUnit, UnitTable
from cobalamin.service.rules.model.vocabulary import Analyte

FILE = "units.toml"
MICRO_SIGNS = ("\u00b5", "\u03bc")


class Property(StrEnum):
    """What kind of quantity a unit measures."""

    mass = auto()
    molar = auto()
    ratio = auto()
    fraction = auto()
    number = auto()
    volume = auto()
    catalytic = auto()
    rate = auto()
    arbitrary = auto()


class _MolarMass(msgspec.Struct, forbid_unknown_fields=True):
    value: str
    unit: str
    source: str
    verification: Verification
    note: str = ""


class _Unit(msgspec.Struct, forbid_unknown_fields=True):
    plausible: tuple[str, str]
    factor: str | None = None
    mass: str | None = None
    times: str | None = None
    separate: bool = False


class _Ambiguous(msgspec.Struct, forbid_unknown_fields=True):
    other: str
    other_if_low_at_most: str
    this_if_low_at_least: str
    sure_from: str


class _Analyte(msgspec.Struct, forbid_unknown_fields=True):
    canonical: str
    units: dict[str, _Unit]
    aliases: dict[str, str] = {}
    refused: dict[str, str] = {}
    ambiguous: dict[str, _Ambiguous] = {}


class _File(msgspec.Struct, forbid_unknown_fields=True):
    molar_mass: dict[str, _MolarMass]
    properties: dict[Property, list[str]]
    spellings: dict[str, list[str]]
    analyte: dict[Analyte, _Analyte]
    qualitative: frozenset[Analyte] = frozenset()


@cache
def load_units() -> Mapping[Analyte, UnitTable]:
    """The units of every analyte that may be reported as a number.

    Raises:
        KnowledgeError: the file is wrong; the message names file and key.
    """
    read = load_table(FILE, _File)
    check_analytes(read)
    return read_units(read)


@cache
def load_properties() -> Mapping[str, Property]:
    """What each unit measures.

    Raises:
        KnowledgeError: a unit has no property, or two.
    """
    read = load_table(FILE, _File)
    properties = _properties(read)
    for analyte, entry in read.analyte.items():
        for unit in entry.units:
            if unit not in properties:
                raise KnowledgeError(FILE, f"analyte.{analyte}.{unit}", "has no property")
    return properties


@cache
def load_spellings() -> frozenset[str]:
    """Every spelling of every unit that is read or refused for any analyte.

    Raises:
        KnowledgeError: the file is wrong; the message names file and key.
    """
    return frozenset(
        spelled
        for table in load_units().values()
        for spelled in (*table.factors, *table.separate, *table.aliases, *table.refused)
    )


def _properties(read: _File) -> dict[str, Property]:
    properties: dict[str, Property] = {}
    for kind, units in read.properties.items():
        for unit in units:
            if unit in properties:
                raise KnowledgeError(FILE, f"properties.{kind}", f"{unit} has a property already")
            properties[unit] = kind
    return properties


def read_units(read: _File) -> dict[Analyte, UnitTable]:
    """The unit tables of a file that has been read; every factor is checked."""
    masses = {
        name: _number(f"molar_mass.{name}", mass.value) for name, mass in read.molar_mass.items()
    }
    spellings = {
        unit: tuple(_with_micro_signs((unit, *spelled))) for unit, spelled in read.spellings.items()
    }
    return {
        analyte: _table(f"analyte.{analyte}", entry, masses, spellings)
        for analyte, entry in read.analyte.items()
    }


def check_analytes(read: _File) -> None:
    """Every analyte has units or is reported in words alone: else each number would be refused.

    Raises:
        KnowledgeError: names the analyte that has neither, or both.
    """
    for analyte in Analyte:
        if analyte in read.qualitative and analyte in read.analyte:
            raise KnowledgeError(FILE, f"qualitative.{analyte}", "has units as well")
        if analyte not in read.qualitative and analyte not in read.analyte:
            raise KnowledgeError(FILE, f"analyte.{analyte}", "is missing")


def _table(
    key: str,
    entry: _Analyte,
    masses: Mapping[str, Decimal],
    spellings: Mapping[str, tuple[str, ...]],
) -> UnitTable:
    factors = {
        unit: _factor(f"{key}.units.{unit}", given, masses)
        for unit, given in entry.units.items()
        if not given.separate
    }
    if factors.get(entry.canonical) != 1:
        raise KnowledgeError(FILE, f"{key}.canonical", "must be a unit with the factor 1")
    return UnitTable(
        canonical=entry.canonical,
        factors=factors,
        aliases=_aliases(key, entry, spellings),
        refused=_refused(key, entry, spellings),
        plausible={
            unit: _window(f"{key}.units.{unit}", given) for unit, given in entry.units.items()
        },
        separate=frozenset(unit for unit, given in entry.units.items() if given.separate),
        ambiguous={
            unit: _doubtful(f"{key}.ambiguous.{unit}", unit, given, factors)
            for unit, given in entry.ambiguous.items()
        },
    )


def _doubtful(
    key: str, unit: str, given: _Ambiguous, factors: Mapping[str, Decimal]
) -> AmbiguousUnit:
    if unit not in factors or given.other not in factors:
        raise KnowledgeError(FILE, key, "needs two units that are read")
    return AmbiguousUnit(
        other=given.other,
        other_if_low_at_most=_positive(key, given.other_if_low_at_most),
        this_if_low_at_least=_positive(key, given.this_if_low_at_least),
        sure_from=_positive(key, given.sure_from),
    )


def _factor(key: str, given: _Unit, masses: Mapping[str, Decimal]) -> Decimal:
    if given.factor is not None and given.mass is None and given.times is None:
        return _positive(key, given.factor)
    if given.factor is not None or given.mass is None or given.times is None:
        raise KnowledgeError(FILE, key, "needs either factor, or mass and times")
    if given.mass not in masses:
        raise KnowledgeError(FILE, key, f"{given.mass} is not a molar mass of this file")
    return masses[given.mass] * _positive(key, given.times)


def _window(key: str, given: _Unit) -> tuple[Decimal, Decimal]:
    low, high = (_number(key, text) for text in given.plausible)
    if not 0 <= low < high:
        raise KnowledgeError(FILE, key, "plausible must go from a lower to a higher number")
    return low, high


def _aliases(key: str, entry: _Analyte, spellings: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    aliases: dict[str, str] = {}
    given = [
        *((spelled, unit) for unit in entry.units for spelled in spellings.get(unit, ())),
        *entry.aliases.items(),
    ]
    for spelled, unit in given:
        if spelled == unit:
            continue
        if unit not in entry.units:
            raise KnowledgeError(FILE, f"{key}.aliases.{spelled}", f"{unit} is not read")
        if spelled in entry.units or aliases.setdefault(spelled, unit) != unit:
            raise KnowledgeError(FILE, f"{key}.aliases.{spelled}", "stands for two units")
    return aliases


def _refused(key: str, entry: _Analyte, spellings: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    refused: dict[str, str] = {}
    for unit, reason in entry.refused.items():
        if unit in entry.units:
            raise KnowledgeError(FILE, f"{key}.refused.{unit}", "is read and refused at once")
        for spelled in (unit, *spellings.get(unit, ())):
            refused[spelled] = reason
    return refused


def _with_micro_signs(spelled: Iterable[str]) -> Iterable[str]:
    for text in spelled:
        yield text
        if text.startswith("u"):
            yield from (sign + text[1:] for sign in MICRO_SIGNS)
        for volume in ("/uL", "/ul"):
            if text.endswith(volume):
                yield from (text[: -len(volume)] + "/" + sign + volume[2] for sign in MICRO_SIGNS)


def _positive(key: str, text: str) -> Decimal:
    number = _number(key, text)
    if number <= 0:
        raise KnowledgeError(FILE, key, f'"{text}" is not above zero')
    return number


def _number(key: str, text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise KnowledgeError(FILE, key, f'"{text}" is not a number') from None
    if not number.is_finite():
        raise KnowledgeError(FILE, key, f'"{text}" is not finite')
    return number
