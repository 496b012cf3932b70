"""Three-valued truth: True, False, or None for "not known". Missing is never "no"."""

from collections.abc import Iterable

Truth = bool | None


def all_of(terms: Iterable[Truth]) -> Truth:
    """True if every term is, False as soon as one is, otherwise not known."""
    unknown = False
    for term in terms:
        if term is False:
            return False
        unknown = unknown or term is None
    return None if unknown else True


def any_of(terms: Iterable[Truth]) -> Truth:
    """True as soon as one term is, False if every term is, otherwise not known."""
    unknown = False
    for term in terms:
        if term is True:
            return True
        unknown = unknown or term is None
    return None if unknown else False


def negate(term: Truth) -> Truth:
    """The opposite; what is not known stays not known."""
    return None if term is None else not term
