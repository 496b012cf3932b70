"""Reads the knowledge files and refuses anything unknown, missing, duplicated or uncited."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from cobalamin.service.knowledge import toml_files
from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.profile_list import profile_list
from cobalamin.service.knowledge.threshold_checks import (
    BOUNDS,
    load_threshold_bounds,
    threshold_faults,
)
from cobalamin.service.knowledge.toml_files import check_source, load_entries, load_list
from cobalamin.service.knowledge.units import load_units
from cobalamin.service.rules.differential.signs import KINDS
from cobalamin.service.rules.model.assessment import Route
from cobalamin.service.rules.model.codes import Codes
from cobalamin.service.rules.model.knowledge import Care, Knowledge, LookAlikeRow, MuscleRow
from cobalamin.service.rules.model.parameter import Bound, Citation, Parameter, Verification
from cobalamin.service.rules.model.thresholds import Thresholds
from cobalamin.service.rules.model.vocabulary import Feature, Form, History, Mechanism

Compared = TypeVar("Compared", "_MuscleCell", "_LookAlike")

VERSION = "2026.11.0"
SHARED = "thresholds/shared.toml"
SUFFIXES = frozenset({".toml", ".tsv"})


class _Care(msgspec.Struct, forbid_unknown_fields=True):
    source: str
    locator: str
    verification: Verification
    why: str
    injections_for_symptoms: bool
    dietary_dose: bool
    measures_for_risk_factor: bool
    oral_offered: frozenset[Mechanism]
    offers_both_routes: bool
    tests_for_unknown_cause: Codes
    injected: Form
    swallowed: Form
    route_by_mechanism: dict[Mechanism, Route]


class _MuscleCell(
    msgspec.Struct,
    forbid_unknown_fields=True,
    rename={"supporting": "for", "opposing": "against"},
):
    table: str
    row: str
    column: str
    text: str
    source: str
    verification: Verification
    supporting: tuple[str, ...] = ()
    opposing: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        return f"{self.table}.{self.row}.{self.column}"

    @property
    def signs(self) -> tuple[str, ...]:
        return (*self.supporting, *self.opposing)


class _LookAlike(msgspec.Struct, forbid_unknown_fields=True, rename={"supporting": "for"}):
    of: Literal["macrocytosis", "nerves"]
    code: str
    text: str
    source: str
    verification: Verification
    supporting: tuple[str, ...] = ()
    tests: Codes = ()

    @property
    def place(self) -> str:
        return f"{self.of}.{self.code}"

    @property
    def signs(self) -> tuple[str, ...]:
        return self.supporting


class _Citation(msgspec.Struct, forbid_unknown_fields=True):
    short: str
    title: str
    year: int | None = None
    url: str | None = None


class _Parameter(msgspec.Struct, forbid_unknown_fields=True):
    label: str
    value: dict[str, str]
    bound: Bound
    source: str
    locator: str
    verification: Verification
    author: str
    reviewed: date
    why: str
    checker: str | None = None


def load_knowledge(profile: str) -> Knowledge:
    """The limits, units and citations of a profile.

    Raises:
        KnowledgeError: any file is wrong; the message names file and key.
    """
    _check_files()
    citations = load_citations()
    thresholds = _thresholds(f"thresholds/{profile_list()[profile].table}.toml", citations)
    return Knowledge(
        profile=profile,
        version=VERSION,
        hash=knowledge_hash(),
        site=None,
        thresholds=thresholds,
        care=_care(profile, citations),
        units=load_units(),
        muscle=_muscle(citations),
        look_alikes=_look_alikes(citations),
        citations=citations,
    )


@cache
def load_citations() -> Mapping[str, Citation]:
    """Every citation by its id."""
    read = load_entries("citations.toml", _Citation)
    return {
        key: Citation(id=key, short=entry.short, title=entry.title, year=entry.year, url=entry.url)
        for key, entry in read.items()
    }


@cache
def knowledge_hash() -> str:
    """One hash over the name and content of every knowledge file."""
    digest = hashlib.sha256()
    for name, path in sorted(_knowledge_files(toml_files.ROOT, "")):
        digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return f"sha256:{digest.hexdigest()}"


def _knowledge_files(folder: Path, prefix: str) -> Iterable[tuple[str, Path]]:
    for path in folder.iterdir():
        if path.is_dir():
            yield from _knowledge_files(path, f"{prefix}{path.name}/")
        elif path.suffix in SUFFIXES:
            yield prefix + path.name, path


def _check_files() -> None:
    """Every table of thresholds and every file of regimens belongs to a listed profile.

    Raises:
        KnowledgeError: names the file that nothing would read or check.
    """
    profiles = profile_list()
    tables = {entry.table for entry in profiles.values()}
    for folder, allowed in (
        ("thresholds", {"shared", *tables}),
        ("regimens", {"bounds", *profiles}),
    ):
        for path in sorted(toml_files.ROOT.joinpath(folder).glob("*.toml")):
            if path.stem not in allowed:
                raise KnowledgeError(
                    f"{folder}/{path.name}", "", "belongs to no profile of profiles.toml"
                )


def _thresholds(table: str, citations: Mapping[str, Citation]) -> Thresholds:
    """The limits of one table with the shared ones, checked against each other.

    Raises:
        KnowledgeError: names the file and key of the first limit that cannot be right.
    """
    own = _parameters(table, citations)
    shared = _parameters(SHARED, citations)
    for key in own.keys() & shared.keys():
        raise KnowledgeError(SHARED, key, "is given in another file as well")
    parameters = own | shared
    for key in sorted(frozenset(Thresholds.__struct_fields__) - parameters.keys()):
        raise KnowledgeError("thresholds", key, "is missing")
    for key in own:
        if key not in load_threshold_bounds():
            raise KnowledgeError(table, key, f"needs bounds in {BOUNDS}")
    thresholds = Thresholds(**parameters)
    for fault in threshold_faults(thresholds, load_units()):
        raise KnowledgeError(table if fault.key in own else SHARED, fault.key, fault.problem)
    return thresholds


def _parameters(name: str, citations: Mapping[str, Citation]) -> dict[str, Parameter]:
    parameters: dict[str, Parameter] = {}
    for key, entry in load_entries(name, _Parameter).items():
        if key not in Thresholds.__struct_fields__:
            raise KnowledgeError(name, key, "no rule reads this parameter")
        parameters[key] = _parameter(name, key, entry, citations)
    return parameters


def _parameter(
    name: str, key: str, entry: _Parameter, citations: Mapping[str, Citation]
) -> Parameter:
    check_source(name, key, entry.source, citations)
    if entry.checker is not None and entry.checker == entry.author:
        raise KnowledgeError(name, key, "author and checker are the same person")
    for text in (entry.label, entry.locator, entry.author, entry.why):
        if not text.strip():
            raise KnowledgeError(name, key, "label, locator, author and why must not be empty")
    return Parameter(
        id=key,
        label=entry.label,
        value={unit: _number(name, key, text) for unit, text in _units(name, key, entry)},
        bound=entry.bound,
        source=entry.source,
        locator=entry.locator,
        verification=entry.verification,
        author=entry.author,
        checker=entry.checker,
        reviewed=entry.reviewed,
        why=entry.why,
    )


def _care(profile: str, citations: Mapping[str, Citation]) -> Care:
    name, read = "preferences.toml", load_entries("preferences.toml", _Care)
    if read.keys() != profile_list().keys():
        raise KnowledgeError(name, "", "must hold exactly the profiles of profiles.toml")
    entry = read[profile]
    check_source(name, profile, entry.source, citations)
    for mechanism in Mechanism:
        if mechanism not in entry.route_by_mechanism:
            raise KnowledgeError(name, f"{profile}.route_by_mechanism", f"lacks {mechanism}")
    return Care(
        source=entry.source,
        locator=entry.locator,
        verification=entry.verification,
        route_by_mechanism=entry.route_by_mechanism,
        oral_offered=entry.oral_offered,
        offers_both_routes=entry.offers_both_routes,
        injections_for_symptoms=entry.injections_for_symptoms,
        dietary_dose=entry.dietary_dose,
        measures_for_risk_factor=entry.measures_for_risk_factor,
        tests_for_unknown_cause=entry.tests_for_unknown_cause,
        injected=entry.injected,
        swallowed=entry.swallowed,
    )


def _muscle(citations: Mapping[str, Citation]) -> tuple[MuscleRow, ...]:
    rows = _comparison("muscle.toml", "cell", _MuscleCell, citations)
    return tuple(MuscleRow(**msgspec.structs.asdict(row)) for row in rows)


def _look_alikes(citations: Mapping[str, Citation]) -> tuple[LookAlikeRow, ...]:
    rows = _comparison("lookalikes.toml", "entry", _LookAlike, citations)
    return tuple(LookAlikeRow(**msgspec.structs.asdict(row)) for row in rows)


def _comparison(
    name: str, key: str, kind: type[Compared], citations: Mapping[str, Citation]
) -> list[Compared]:
    """The rows of a comparison; each is unique, cited and names signs that rules can read."""
    rows = load_list(name, key, kind)
    seen: set[str] = set()
    for row in rows:
        if row.place in seen:
            raise KnowledgeError(name, row.place, "stands there twice")
        check_source(name, row.place, row.source, citations)
        for sign in row.signs:
            if not _is_sign(sign):
                raise KnowledgeError(name, row.place, f'"{sign}" is nothing a rule can look for')
        seen.add(row.place)
    return rows


def _is_sign(sign: str) -> bool:
    kind, separator, _ = sign.partition(":")
    return kind in KINDS if separator else sign in {*Feature, *History}


def _units(name: str, key: str, entry: _Parameter) -> Iterable[tuple[str, str]]:
    if not entry.value:
        raise KnowledgeError(name, key, "has no value")
    return entry.value.items()


def _number(name: str, key: str, text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise KnowledgeError(name, key, f'"{text}" is not a number') from None
    if not number.is_finite():
        raise KnowledgeError(name, key, f'"{text}" is not finite')
    return number
