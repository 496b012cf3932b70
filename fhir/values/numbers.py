"""Parse numbers as Decimal, with comparator and unit where they are text."""

import re
from decimal import Decimal, InvalidOperation

import msgspec
from msgspec import Struct

from cobalamin.fhir.decode.resources import DECODE_ERRORS, TEXT
from cobalamin.service.rules.model.quantities import Comparator

MAX_LENGTH = 40
_PRINTED = re.compile(
    r"\s*(?P<sign><=|>=|=<|=>|<|>|≤|≥|less than or equal to|greater than or equal to"
    r"|less than|more than|greater than|below|above|under|over)?\s*"
    r"(?P<number>[0-9]{1,15}(\.[0-9]{1,15})?)\s*(?P<unit>[^\s0-9.,<>=].{0,30})?",
    re.IGNORECASE,
)
# Three digits behind a point are a fraction here and thousands there, as behind a comma.
_GROUPED = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}")
_COMPARATORS = {
    "<": Comparator.below,
    "less than": Comparator.below,
    "below": Comparator.below,
    "under": Comparator.below,
    "<=": Comparator.at_most,
    "=<": Comparator.at_most,
    "≤": Comparator.at_most,
    "less than or equal to": Comparator.at_most,
    ">=": Comparator.at_least,
    "=>": Comparator.at_least,
    "≥": Comparator.at_least,
    "greater than or equal to": Comparator.at_least,
    ">": Comparator.above,
    "more than": Comparator.above,
    "greater than": Comparator.above,
    "above": Comparator.above,
    "over": Comparator.above,
}


class ParsedNumber(Struct, frozen=True):
    """A number with the comparator and the unit that a text may have."""

    number: Decimal
    comparator: Comparator | None = None
    unit: str | None = None
    is_text: bool = False


def parse_number(raw: msgspec.Raw) -> ParsedNumber | None:
    """Parse the number of an element, also as text; None for anything else."""
    text = bytes(raw)
    if not text or len(text) > MAX_LENGTH:
        return None
    if text[:1] == b'"':
        parsed = parse_json_text(raw)
        return None if parsed is None or parsed.unit is not None else parsed
    try:
        number = Decimal(text.decode("ascii"))
    except (InvalidOperation, UnicodeDecodeError):
        return None
    return ParsedNumber(number) if number.is_finite() else None


def parse_json_text(raw: msgspec.Raw) -> ParsedNumber | None:
    """Parse a number in a JSON string."""
    try:
        return parse_number_text(TEXT.decode(raw))
    except DECODE_ERRORS:
        return None


def parse_number_text(text: str) -> ParsedNumber | None:
    """Parse a text that consists of a comparator, a number and a unit, and nothing else.

    A comma is refused: it is the decimal sign in some countries and groups digits in others. So is
    a point in `2.500`, which is two and a half or two thousand and five hundred.
    """
    match = _PRINTED.fullmatch(" ".join(text.split()))
    if match is None or not match["number"].isascii() or is_ambiguous(match["number"]):
        return None
    sign, unit = match["sign"], match["unit"]
    return ParsedNumber(
        number=Decimal(match["number"]),
        comparator=None if sign is None else _COMPARATORS[sign.lower()],
        unit=unit.strip() if unit else None,
        is_text=True,
    )


def is_ambiguous(number: str) -> bool:
    """Whether a point in a printed number may group its digits, as in `2.500`."""
    return _GROUPED.fullmatch(number) is not None
