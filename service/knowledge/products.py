"""Products as they are coded: what each holds, how much of it, and how it enters the body."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache

from cobalamin.service.knowledge.code_checks import SOURCES, check_sources, checked_code
from cobalamin.service.knowledge.code_meanings import (
    Meaning,
    ProductIngredient,
    Strength,
)
from cobalamin.service.knowledge.code_systems import Atc, RxNorm, Snomed
from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.product_table import ProductTable
from cobalamin.service.knowledge.product_words import (
    FILE,
    IngredientEntry,
    ProductWords,
    load_product_words,
)
from cobalamin.service.knowledge.toml_files import ROOT, load_table
from cobalamin.service.rules.model.quantities import Quantity

PRODUCTS = "terminology/products"
MADE: Mapping[str, Callable[[str], str]] = {"rxnorm": RxNorm, "dmd": Snomed, "atc": Atc}
# Which imported tables a code system is looked up in: dm+d codes are SNOMED CT codes.
HOLDERS: Mapping[str, tuple[str, ...]] = {
    "rxnorm": ("rxnorm",),
    "dmd": ("dmd",),
    "snomed": ("snomed", "dmd"),
}
OTHERS = "others"
BETWEEN = " + "
_STRENGTH = re.compile(
    r"(?P<name>.+?)(?: (?P<value>[0-9]+(?:\.[0-9]+)?) (?P<unit>mg|ug)"
    r"(?:/(?P<volume>[0-9]+(?:\.[0-9]+)?) mL)?)?"
)


def product_meaning(form: str, contents: str) -> Meaning:
    """What a product means, from its dose form and what it holds: "folic acid 5 mg + others".

    Raises:
        KnowledgeError: the form or an ingredient is not known, or a strength is no number of mg
            or ug; names it.
    """
    words = load_product_words()
    dose_form = words.form.get(form)
    if dose_form is None:
        raise KnowledgeError(FILE, form, "is not a known dose form")
    named = [_ingredient(part, words) for part in contents.split(BETWEEN) if part != OTHERS]
    entries = [entry for entry, _ in named]
    display = contents if form == "any" else f"{contents} {form}"
    if dose_form.is_local:
        return Meaning(display=display, is_harmless=True)
    read = tuple(ingredient for entry, ingredient in named if entry.unread is None)
    alone = entries[0] if len(entries) == 1 and OTHERS not in contents.split(BETWEEN) else None
    return Meaning(
        display=display,
        history=tuple(dict.fromkeys(code for one in read for code in one.history)),
        cobalamin=next((one.cobalamin for one in read if one.cobalamin), None),
        taken=dose_form.taken,
        ingredients=read,
        has_others=alone is None,
        allergy=None if alone is None else alone.allergy,
        unread=None if read else next((e.unread for e in entries), None),
    )


def _ingredient(part: str, words: ProductWords) -> tuple[IngredientEntry, ProductIngredient]:
    match = _STRENGTH.fullmatch(part)
    name = part if match is None else match["name"]
    entry = words.ingredient.get(name)
    if match is None or entry is None:
        raise KnowledgeError(FILE, name, "is not a known ingredient")
    strength = None
    if match["value"] is not None:
        strength = Strength(
            amount=Quantity(value=Decimal(match["value"]), unit=match["unit"]),
            volume=None if match["volume"] is None else Decimal(match["volume"]),
        )
    return entry, ProductIngredient(
        history=entry.history, cobalamin=entry.cobalamin, strength=strength
    )


class Products:
    """Product tables of one code system, the first that knows a code decides.

    A product without an ingredient that matters is harmless, unless a later table knows better.
    """

    __slots__ = ("_meanings", "tables")

    def __init__(self, tables: tuple[ProductTable, ...]) -> None:
        self.tables = tables
        self._meanings: dict[tuple[str, str], Meaning] = {}

    def find(self, code: str) -> Meaning | None:
        """What the product with this code means; None where no table knows the code."""
        is_known = False
        for table in self.tables:
            product = table.find(code)
            if product is not None and product.contents:
                return self._meaning(product.form, product.contents)
            is_known = is_known or product is not None
        return HARMLESS if is_known else None

    def _meaning(self, form: str, contents: str) -> Meaning:
        key = (form, contents)
        if key not in self._meanings:
            self._meanings[key] = product_meaning(form, contents)
        return self._meanings[key]


@cache
def load_products() -> Mapping[str, Products]:
    """The built-in products by the name of their code system; dm+d codes are SNOMED CT codes.

    Raises:
        KnowledgeError: a table cannot be read.
    """
    tables = {
        system: Products((ProductTable(ROOT / PRODUCTS / f"{system}.tsv"),)) for system in MADE
    }
    return {**tables, "snomed": tables["dmd"]}


def check_products() -> None:
    """Every built-in table is in order, every code can exist and everything it holds is known.

    Raises:
        KnowledgeError: names the table and the code.
    """
    sources = load_table(SOURCES, dict[str, str])
    for system, parse in MADE.items():
        for table in load_products()[system].tables:
            check_table(table, parse)
            for code, product in table:
                check_sources(table.name, code, [product.source], sources)


def check_table(table: ProductTable, parse: Callable[[str], str]) -> None:
    """A table is sorted, complete, and written in codes, dose forms and ingredients that exist.

    Raises:
        KnowledgeError: names the table and the code.
    """
    for form, contents in table.contents:
        product_meaning(form, contents)
    before, count = b"", 0
    for count, (code, _product) in enumerate(table, start=1):  # noqa: B007 - counts the lines
        if code.encode() <= before:
            raise KnowledgeError(table.name, code, "is not in order")
        before = code.encode()
        checked_code(table.name, code, parse)
    if count != len(table):
        raise KnowledgeError(table.name, "codes", f"are {count}, not {len(table)}")


HARMLESS = Meaning(display="a product without a medicine that matters here", is_harmless=True)
