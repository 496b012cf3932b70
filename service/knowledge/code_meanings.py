"""What a code means to the rules, and how a coded value is read."""

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum, auto
from typing import Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from cobalamin.service.knowledge.system_names import normalise_system
from cobalamin.service.rules.model.facts import Finding, Flag
from cobalamin.service.rules.model.quantities import Quantity
from cobalamin.service.rules.model.vocabulary import (
    Analyte,
    BodySite,
    Diagnosis,
    Feature,
    History,
    Intake,
)

Coded = tuple[str | None, str | None]


class Topic(StrEnum):
    """A question whose coded answer becomes a fact of its own."""

    pregnancy_status = "pregnancy-status"
    smoking_status = "smoking-status"
    symptom = "symptom"
    gestational_age = "gestational-age"
    delivery_date = "delivery-date"


class Cobalamin(StrEnum):
    """The substance of a vitamin B12 product."""

    cyanocobalamin = auto()
    hydroxocobalamin = auto()
    mecobalamin = auto()
    cobamamide = auto()


class Strength(Struct, frozen=True, kw_only=True):
    """How much of an ingredient one piece holds, or the `volume` in mL that is named with it."""

    amount: Quantity
    volume: Decimal | None = None


class ProductIngredient(Struct, frozen=True, kw_only=True):
    """One ingredient of a product that some rule asks about; a strength not known is None."""

    history: tuple[History, ...] = ()
    cobalamin: Cobalamin | None = None
    strength: Strength | None = None


class Meaning(Struct, frozen=True, kw_only=True):
    """What one code stands for.

    `units` are the UCUM codes whose kind of quantity is that of the code; None leaves it to the
    unit. `refused` says why a result with the code is not believed, `unread` why a known code
    becomes no fact, `explained` that the name of a sign says its cause, `ambiguous` that the code
    leaves the kind of an exposure or the extent of an operation open, `diagnosis` which one it is
    if it calls for a measurement. `family` is what the code means in a relative, `allergy` what it
    means as the substance of an allergy. `ingredients` are what a product holds, beside which it
    `has_others`; `is_harmless` says that it is known and holds nothing that any rule asks about.
    """

    display: str
    analyte: Analyte | None = None
    units: frozenset[str] | None = None
    features: tuple[Feature, ...] = ()
    history: tuple[History, ...] = ()
    objective: bool | None = None
    explained: bool = False
    ambiguous: bool = False
    ended: bool = False
    site: BodySite | None = None
    family: History | None = None
    allergy: History | None = None
    topic: Topic | None = None
    cobalamin: Cobalamin | None = None
    taken: Intake | None = None
    ingredients: tuple[ProductIngredient, ...] = ()
    has_others: bool = False
    is_harmless: bool = False
    refused: str | None = None
    unread: str | None = None
    diagnosis: Diagnosis | None = None


class CodeLookup(Protocol):
    """Looks up the meaning of a code."""

    def find(self, code: str) -> Meaning | None:
        """The meaning of a code; None for one that is not known."""
        ...


class CodeTable(Struct, frozen=True, kw_only=True):
    """The codes of one system under one spelling of its address; `products` are its products."""

    url: str
    aliased: bool
    exact: Mapping[str, Meaning]
    prefixes: Mapping[str, Meaning] = field(default_factory=dict)
    products: CodeLookup | None = None

    def find(self, code: str) -> Meaning | None:
        """The meaning of a code: by itself, as a product, or by the longest prefix that has one.

        Blanks around it are what exports pad codes with.
        """
        meaning = self.exact.get(code)
        if meaning is None and code != (bare := code.strip()):
            return self.find(bare) if bare else None
        if meaning is None and self.products is not None:
            meaning = self.products.find(code)
        if meaning is not None or not self.prefixes:
            return meaning
        return self._by_prefix(code.strip().upper()[:10])

    def _by_prefix(self, code: str) -> Meaning | None:
        spelled = _dotted(code) if self.url.startswith("http://hl7.org/fhir/sid/") else code
        meaning = self.exact.get(spelled)
        length = len(spelled)
        while meaning is None and length > 1:
            length -= 1
            meaning = self.prefixes.get(spelled[:length])
        return meaning


def _dotted(code: str) -> str:
    """ICD-10 with its dot, which some senders leave out."""
    return f"{code[:3]}.{code[3:]}" if len(code) > 3 and code[3] != "." else code  # noqa: PLR2004


EMPTY: Mapping[str, CodeLookup] = {}
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
SNOMED = "http://snomed.info/sct"
# An identifier of RxNorm has at most eight digits; those of dm+d products have more.
_TOO_LONG = re.compile(r"[0-9]{9,18}")


class Codes(Struct, frozen=True, kw_only=True):
    """Every code that is read, ready to be looked up.

    Oral vitamin B12 below `supplement_below` ug a day is a supplement; one dose of
    hydroxocobalamin from `antidote_from` mg on is the antidote. `lifelong` conditions do not end.
    """

    systems: Mapping[str, CodeTable]
    spellings: Mapping[str, CodeTable]
    findings: Mapping[Coded, Finding]
    flags: Mapping[Coded, Flag]
    failures: frozenset[Coded]
    words: Mapping[str, Finding]
    pregnancy: Mapping[Coded, bool]
    smoking: Mapping[Coded, bool]
    routes: Mapping[Coded, Intake]
    sites: Mapping[Coded, BodySite]
    supplement_below: Decimal
    antidote_from: Decimal
    lifelong: frozenset[History]

    def find(self, system: str | None, code: str | None) -> Meaning | None:
        """What a coding means, or None for a code that is not known."""
        table = None if code is None else self.find_table(system, code)
        return None if table is None or code is None else table.find(code)

    def find_table(self, system: str | None, code: str) -> CodeTable | None:
        """The table that a code is looked up in: that of SNOMED CT if it is too long for RxNorm.

        Some clients put the address of RxNorm before every medicine, whatever its code is.
        """
        table = self.find_system(system)
        if table is not None and table.url == RXNORM and _TOO_LONG.fullmatch(code.strip()):
            return self.find_system(SNOMED)
        return table

    def find_system(self, system: str | None) -> CodeTable | None:
        """The table of a code system, also where its address is spelled in another way."""
        table = self.systems.get(system or "")
        if table is None and system:
            table = self.spellings.get(normalise_system(system))
        return table

    def with_local(
        self, local: Mapping[tuple[str, str], Meaning], products: Mapping[str, CodeLookup] = EMPTY
    ) -> "Codes":
        """The same codes and a site's own ones; a published code is not changed.

        `products` take the place of the built-in ones, by the address of their system. Codes of the
        system "" are those that are sent without one.
        """
        systems = {
            spelled: replace(table, products=products.get(table.url, table.products))
            for spelled, table in self.systems.items()
        }
        for (system, code), meaning in local.items():
            published = systems.get(system, CodeTable(url=system, aliased=False, exact={}))
            if published.find(code) is None:
                systems[system] = replace(published, exact={**published.exact, code: meaning})
        return replace(self, systems=systems, spellings=spellings_of(systems))


def spellings_of(systems: Mapping[str, CodeTable]) -> dict[str, CodeTable]:
    """The tables by their normalised addresses; of two with one address the first counts."""
    tables: dict[str, CodeTable] = {}
    for spelled, table in systems.items():
        tables.setdefault(normalise_system(spelled), replace(table, aliased=True))
    tables.pop("", None)
    return tables
