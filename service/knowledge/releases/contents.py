"""What a release says of a product, in the words of a product table."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import NamedTuple

from cobalamin.service.knowledge.product_table import Product
from cobalamin.service.knowledge.product_words import load_product_words
from cobalamin.service.knowledge.products import BETWEEN, OTHERS

# Salts and hydrates that a release adds to the name of an ingredient.
_SALT = re.compile(
    r" (hydrochloride|sodium|magnesium|strontium|potassium|calcium|sul(f|ph)ate|mesilate|mesylate"
    r"|tosilate|tosylate|acetate|maleate|citrate|bismuth citrate|etexilate|sesquihydrate|dihydrate"
    r"|trihydrate|monohydrate|hydrate|resin)$"
)
_MASS = {"mg": ("mg", 1), "g": ("mg", 1000), "ug": ("ug", 1), "mcg": ("ug", 1)}
_LEAST_MG = Decimal("0.1")
_MOST_UG = 1000
ANY, LEAST = "any", "oral"


class Held(NamedTuple):
    """One ingredient as a release names it, with its strength, where that is a mass."""

    name: str
    strength: str = ""


@cache
def _names() -> Mapping[str, str]:
    """Every name of an ingredient in lower case, and how product tables call it."""
    words = load_product_words().ingredient
    own = {name.lower(): name for name in words}
    return {other.lower(): name for name, entry in words.items() for other in entry.names} | own


def ingredient_called(name: str) -> str | None:
    """The ingredient that a release calls so, with or without its salt; None if it matters not."""
    called = name.strip().lower()
    while called not in _names():
        base = _SALT.sub("", called)
        if base == called:
            return None
        called = base
    return _names()[called]


def form_called(name: str) -> str:
    """The dose form that a name tells; of several, the most particular one."""
    lower = name.lower()
    forms = [
        (entry.is_local, form != LEAST, len(word), form)
        for form, entry in load_product_words().form.items()
        for word in entry.words
        if re.search(rf"\b{re.escape(word)}s?\b", lower)
    ]
    return max(forms)[3] if forms else ANY


def mass(value: str, unit: str, volume: str | None = None) -> str:
    """A strength as product tables write it: "5 mg", "500 ug/5 mL"; empty where it is no mass."""
    scale = _MASS.get(unit.lower())
    try:
        amount = Decimal(value)
        per = None if volume is None else Decimal(volume)
    except InvalidOperation:
        return ""
    if scale is None or not amount.is_finite() or amount <= 0 or (per is not None and per <= 0):
        return ""
    unit, factor = scale
    amount *= factor
    if unit == "ug" and amount >= _MOST_UG:
        amount, unit = amount / _MOST_UG, "mg"
    elif unit == "mg" and amount < _LEAST_MG:
        amount, unit = amount * _MOST_UG, "ug"
    return f"{_plain(amount)} {unit}" + ("" if per is None else f"/{_plain(per)} mL")


def mass_in(value: str, unit: str, volume: str, size: str) -> str:
    """What `size` mL hold of a strength that is told for `volume` mL; empty where it is no mass."""
    try:
        amount = Decimal(value) * Decimal(size) / Decimal(volume)
    except ArithmeticError:
        return ""
    return mass(str(amount), unit, size)


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")


def product_of(form: str, held: Iterable[Held]) -> Product:
    """The product that holds these, an empty one where no ingredient matters."""
    named = [(ingredient_called(one.name), one) for one in held]
    counted = {
        f"{name} {one.strength}".rstrip()
        for name, one in named
        if name is not None and _counts(name, [other.name for _, other in named if other != one])
    }
    if not counted:
        return Product("", "", "")
    has_others = len(counted) < len({one.name.lower() for _, one in named})
    parts = sorted(counted, key=str.lower) + ([OTHERS] if has_others else [])
    return Product(form, BETWEEN.join(parts), "")


def _counts(name: str, beside: Iterable[str]) -> bool:
    """Whether an ingredient counts beside the others."""
    allowed = load_product_words().ingredient[name].only_beside
    if not allowed:
        return True
    return all(
        ingredient_called(other) == name
        or (ingredient_called(other) or other.strip().lower()) in allowed
        for other in beside
    )
