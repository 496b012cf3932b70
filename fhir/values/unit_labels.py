"""Unit labels that people write out, so that one can be held against the code beside it."""

import re
from functools import lru_cache

from msgspec import Struct

MAX_LENGTH = 60
REMEMBERED = 1024
_PREFIXES = {
    "femto": -15,
    "f": -15,
    "pico": -12,
    "p": -12,
    "nano": -9,
    "n": -9,
    "micro": -6,
    "mc": -6,
    "u": -6,
    "milli": -3,
    "m": -3,
    "centi": -2,
    "c": -2,
    "deci": -1,
    "d": -1,
    "kilo": 3,
    "k": 3,
    "": 0,
}
_PREFIX = f"(?P<prefix>{'|'.join(sorted(_PREFIXES, key=len, reverse=True))})"
_AMOUNT = re.compile(
    _PREFIX + r"(?:(?P<mass>g|gm|gr|grams?|grammes?)|(?P<substance>mols?|moles?)"
    r"|(?P<units>iu|ie|ui|int\.?units?))\Z"
)
_VOLUME = re.compile(_PREFIX + r"(?:l|lt|ltr|lit(?:er|re)s?)\Z")
# `pmol L-1` and `ng·L^-1`.
_INVERSE = re.compile(r"[\s·.*]*([a-z]{0,5}l)\s*\^?-1\Z")
_PER = re.compile(r"\s*(?:/|\bper\b|\bpro\b)\s*")


class Concentration(Struct, frozen=True):
    """What a unit measures in a volume, and its size as a power of ten of that per litre."""

    measured: str
    exponent: int


@lru_cache(REMEMBERED)
def parse_concentration(label: str) -> Concentration | None:
    """Parse `pmol/L`, `picomoles per litre` or `mcg/dl`; None for anything else.

    Letters of either case are read: no laboratory reports a megagram.
    """
    if len(label) > MAX_LENGTH:
        return None
    text = label.casefold().replace("µ", "u").replace("μ", "u").strip(" .[]()")
    parts = _PER.split(_INVERSE.sub(r"/\1", text))
    if len(parts) != len(("amount", "volume")):
        return None
    amount = _AMOUNT.match(parts[0].replace(" ", ""))
    volume = _VOLUME.match(parts[1].replace(" ", ""))
    if amount is None or volume is None:
        return None
    exponent = _PREFIXES[amount["prefix"]] - _PREFIXES[volume["prefix"]]
    return Concentration(amount.lastgroup or "", exponent)
