"""Loads every code that is read, and refuses one whose check digit or unit is wrong."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache

import msgspec

from cobalamin.service.knowledge.answer_codes import load_answer_codes
from cobalamin.service.knowledge.code_checks import SOURCES, check_sources, checked_code
from cobalamin.service.knowledge.code_meanings import (
    Cobalamin,
    Codes,
    CodeTable,
    Meaning,
    Topic,
    spellings_of,
)
from cobalamin.service.knowledge.code_systems import (
    Atc,
    Icd10,
    Loinc,
    Npu,
    Read,
    RxNorm,
    Snomed,
)
from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.products import load_products
from cobalamin.service.knowledge.project_codes import own_systems
from cobalamin.service.knowledge.toml_files import load_table
from cobalamin.service.knowledge.units import Property, load_properties, load_units
from cobalamin.service.rules.model.parameter import Verification
from cobalamin.service.rules.model.vocabulary import (
    Analyte,
    BodySite,
    Diagnosis,
    Feature,
    History,
)

__all__ = ["Codes", "load_codes"]

FILES: tuple[tuple[str, tuple[str, ...], Callable[[str], str]], ...] = (
    ("terminology/loinc.toml", ("loinc",), Loinc),
    ("terminology/snomed.toml", ("snomed",), Snomed),
    ("terminology/icd10.toml", ("icd10", "icd10cm"), Icd10),
    ("terminology/rxnorm.toml", ("rxnorm",), RxNorm),
    ("terminology/atc.toml", ("atc",), Atc),
    ("terminology/diet.toml", ("diet",), str),
    ("terminology/npu.toml", ("npu",), Npu),
    ("terminology/readv2.toml", ("readv2",), Read),
    ("terminology/ctv3.toml", ("ctv3",), Read),
)
SYSTEMS = "terminology/systems.toml"
PREFERRED_TERM = "00"


class _Code(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    display: str
    source: list[str]
    verification: Verification
    why: str = ""
    prefix: bool = False
    analyte: Analyte | None = None
    property: Property | None = None
    feature: list[Feature] = []
    history: list[History] = []
    objective: bool | None = None
    explained: bool = False
    ambiguous: bool = False
    ended: bool = False
    site: BodySite | None = None
    family: History | None = None
    allergy: History | None = None
    topic: Topic | None = None
    cobalamin: Cobalamin | None = None
    refused: str | None = None
    unread: str | None = None
    diagnosis: Diagnosis | None = None


class _System(msgspec.Struct, forbid_unknown_fields=True):
    url: str
    aliases: list[str]


class _Mistaken(msgspec.Struct, forbid_unknown_fields=True):
    analyte: Analyte
    instead: str


class _Number(msgspec.Struct, forbid_unknown_fields=True):
    value: str
    unit: str
    source: str
    verification: Verification
    why: str


class _Lifelong(msgspec.Struct, forbid_unknown_fields=True):
    codes: list[History]
    why: str


class _Conventions(msgspec.Struct, forbid_unknown_fields=True):
    supplement_below: _Number
    antidote_from: _Number
    lifelong: _Lifelong


@cache
def load_codes() -> Codes:
    """Every code that is read, with its meaning.

    Raises:
        KnowledgeError: a file is wrong; the message names file and key.
    """
    sources = load_table(SOURCES, dict[str, str])
    answers = load_answer_codes(sources)
    conventions = load_table("terminology/conventions.toml", _Conventions)
    systems = _systems(sources)
    return Codes(
        systems=systems,
        spellings=spellings_of(systems),
        findings=answers.findings,
        flags=answers.flags,
        failures=answers.failures,
        words=answers.words,
        pregnancy=answers.pregnancy,
        smoking=answers.smoking,
        routes=answers.routes,
        sites=answers.sites,
        supplement_below=_limit("supplement_below", conventions.supplement_below, "ug/d"),
        antidote_from=_limit("antidote_from", conventions.antidote_from, "mg"),
        lifelong=frozenset(conventions.lifelong.codes),
    )


def system_urls() -> dict[str, str]:
    """The address of each code system by its short name."""
    return {name: system.url for name, system in load_table(SYSTEMS, dict[str, _System]).items()}


def _systems(sources: Mapping[str, str]) -> dict[str, CodeTable]:
    exact: dict[str, dict[str, Meaning]] = {}
    prefixes: dict[str, dict[str, Meaning]] = {}
    for file, systems, parse in FILES:
        for code, entry in load_table(file, dict[str, _Code]).items():
            meaning = _meaning(file, checked_code(file, code, parse), entry, sources)
            for system in systems:
                if code in exact.setdefault(system, {}):
                    raise KnowledgeError(file, code, "is in another file as well")
                exact[system][code] = meaning
                if entry.prefix:
                    prefixes.setdefault(system, {})[code] = meaning
    exact["loinc"].update(_mistaken())
    # Many systems store a Read code together with the term code of its preferred term.
    exact["readv2"] |= {
        f"{code}{PREFERRED_TERM}": entry_meaning for code, entry_meaning in exact["readv2"].items()
    }
    return {**_spelled(exact, prefixes), **own_systems()}


def _spelled(
    exact: Mapping[str, Mapping[str, Meaning]], prefixes: Mapping[str, Mapping[str, Meaning]]
) -> dict[str, CodeTable]:
    """One table for every spelling of a system's address."""
    tables: dict[str, CodeTable] = {}
    products = load_products()
    for name, system in load_table(SYSTEMS, dict[str, _System]).items():
        for spelled in (system.url, *system.aliases):
            if spelled in tables:
                raise KnowledgeError(SYSTEMS, name, f"{spelled} names two systems")
            tables[spelled] = CodeTable(
                url=system.url,
                aliased=spelled != system.url,
                exact=exact.get(name, {}),
                prefixes=prefixes.get(name, {}),
                products=products.get(name),
            )
    return tables


def _mistaken() -> dict[str, Meaning]:
    file = "terminology/nonexistent_codes.toml"
    meanings: dict[str, Meaning] = {}
    for code, entry in load_table(file, dict[str, _Mistaken]).items():
        try:
            Loinc(code)
        except ValueError:
            reason = (
                f"this LOINC code does not exist; send {checked_code(file, entry.instead, Loinc)}"
            )
            meanings[code] = Meaning(display="no such code", analyte=entry.analyte, refused=reason)
        else:
            raise KnowledgeError(file, code, "is a code that can exist")
    return meanings


def _meaning(file: str, code: str, entry: _Code, sources: Mapping[str, str]) -> Meaning:
    check_sources(file, code, entry.source, sources)
    if not entry.display.strip() or _is_empty(entry):
        raise KnowledgeError(file, code, "has no display or no meaning")
    if entry.diagnosis is not None and entry.unread is None:
        raise KnowledgeError(file, code, "is a fact, so it cannot be a diagnosis only")
    return Meaning(
        display=entry.display,
        analyte=entry.analyte,
        units=_units(file, code, entry),
        features=tuple(entry.feature),
        history=tuple(entry.history),
        objective=entry.objective,
        explained=entry.explained,
        ambiguous=entry.ambiguous,
        ended=entry.ended,
        site=entry.site,
        family=entry.family,
        allergy=entry.allergy or _own_allergy(entry),
        topic=entry.topic,
        cobalamin=entry.cobalamin,
        refused=entry.refused,
        unread=entry.unread,
        diagnosis=entry.diagnosis,
    )


def _is_empty(entry: _Code) -> bool:
    return not (
        entry.analyte
        or entry.feature
        or entry.history
        or entry.topic
        or entry.cobalamin
        or entry.unread
    )


def _own_allergy(entry: _Code) -> History | None:
    """A concept that is an allergy itself means the same as the code of an allergy."""
    return next((code for code in entry.history if "allergy" in code.value), None)


def _units(file: str, code: str, entry: _Code) -> frozenset[str] | None:
    """The units of the analyte that measure what the code says is measured."""
    if entry.analyte is None or entry.property is None or entry.refused is not None:
        return None
    properties = load_properties()
    table = load_units()[entry.analyte]
    read = (*table.factors, *table.separate)
    units = frozenset(unit for unit in read if properties[unit] is entry.property)
    if not units:
        raise KnowledgeError(file, code, f"no unit of {entry.analyte} is of {entry.property}")
    return units


def _limit(key: str, number: _Number, unit: str) -> Decimal:
    if number.unit != unit or not number.value.isdigit():
        raise KnowledgeError(
            "terminology/conventions.toml", key, f"must be a whole number of {unit}"
        )
    return Decimal(number.value)
