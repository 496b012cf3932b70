"""Code systems as types: a code that fails its check digit cannot be made."""

import re
from typing import Self

_LOINC = re.compile(r"[0-9]{1,7}-[0-9]")
_SNOMED = re.compile(r"[1-9][0-9]{5,17}")
_ICD = re.compile(r"[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?")
_ATC = re.compile(r"[A-Z]([0-9]{2}([A-Z]([A-Z]([0-9]{2})?)?)?)?")
_NPU = re.compile(r"(NPU|DNK|NOR|SWE)[0-9]{5}")
_READ = re.compile(r"[0-9A-Za-z][0-9A-Za-z.]{4}")
_RXNORM = re.compile(r"[1-9][0-9]{0,7}")

# Multiplication in the dihedral group of order ten, and the permutation of each position.
_DIHEDRAL = tuple(
    tuple(
        (left + right) % 5
        if left < 5 and right < 5  # noqa: PLR2004
        else 5 + (left - 5 + right) % 5
        if left < 5 <= right  # noqa: PLR2004
        else 5 + (left - right) % 5
        if right < 5 <= left  # noqa: PLR2004
        else (left - right) % 5
        for right in range(10)
    )
    for left in range(10)
)
_FIRST_PERMUTATION = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


class Loinc(str):
    """A LOINC code whose mod-10 check digit is right.

    Raises:
        ValueError: the text is not a LOINC code.
    """

    __slots__ = ()

    def __new__(cls, code: str) -> Self:
        if not _LOINC.fullmatch(code) or _mod_10(code[:-2]) != int(code[-1]):
            raise ValueError(f'"{code}" is not a LOINC code: its check digit is wrong')
        return super().__new__(cls, code)


class Snomed(str):
    """A SNOMED CT or dm+d identifier whose Verhoeff check digit is right.

    Raises:
        ValueError: the text is not such an identifier.
    """

    __slots__ = ()

    def __new__(cls, code: str) -> Self:
        if not _SNOMED.fullmatch(code) or not _is_verhoeff(code):
            raise ValueError(f'"{code}" is not a SNOMED CT code: its check digit is wrong')
        return super().__new__(cls, code)


class Icd10(str):
    """A category or leaf of ICD-10 or ICD-10-CM by its form; it has no check digit.

    Raises:
        ValueError: the text has another form.
    """

    __slots__ = ()

    def __new__(cls, code: str) -> Self:
        return super().__new__(cls, _of_form(_ICD, code, "an ICD-10 code"))


class Atc(str):
    """A class or substance of ATC by its form; it has no check digit.

    Raises:
        ValueError: the text has another form.
    """

    __slots__ = ()

    def __new__(cls, code: str) -> Self:
        return super().__new__(cls, _of_form(_ATC, code, "an ATC code"))


class RxNorm(str):
    """An RxNorm concept identifier by its form; it has no check digit.

    Raises:
        ValueError: the text has another form.
    """

    __slots__ = ()

    def __new__(cls, code: str) -> Self:
        return super().__new__(cls, _of_form(_RXNORM, code, "an RxNorm code"))


class Npu(str):
    """An NPU code, or a national one beside them, by its form; it has no check digit.

    Raises:
        ValueError: the text has another form.
    """

    __slots__ = ()

    def __new__(cls, code: str) -> Self:
        return super().__new__(cls, _of_form(_NPU, code, "an NPU code"))


class Read(str):
    """A Read or CTV3 code of five characters by its form; it has no check digit.

    Raises:
        ValueError: the text has another form.
    """

    __slots__ = ()

    def __new__(cls, code: str) -> Self:
        return super().__new__(cls, _of_form(_READ, code, "a Read code"))


def _of_form(form: re.Pattern[str], code: str, name: str) -> str:
    if not form.fullmatch(code):
        raise ValueError(f'"{code}" is not {name}')
    return code


def _mod_10(digits: str) -> int:
    """The check digit of a LOINC number: every second digit from the right is doubled."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * 2 if position % 2 == 0 else int(digit)
        total += value - 9 if value > 9 else value  # noqa: PLR2004
    return -total % 10


def _is_verhoeff(digits: str) -> bool:
    check = 0
    for position, digit in enumerate(reversed(digits)):
        check = _DIHEDRAL[check][_permuted(int(digit), position % 8)]
    return check == 0


def _permuted(digit: int, times: int) -> int:
    for _ in range(times):
        digit = _FIRST_PERMUTATION[digit]
    return digit
