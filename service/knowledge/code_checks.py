"""Checks that every table of codes shares: the form of a code, and that its sources are named."""

from collections.abc import Callable, Iterable, Mapping

from cobalamin.service.knowledge.errors import KnowledgeError

SOURCES = "terminology/sources.toml"


def checked_code(file: str, code: str, parse: Callable[[str], str]) -> str:
    """The code in the spelling of its system.

    Raises:
        KnowledgeError: it has not the form, or not the check digit, of its system.
    """
    try:
        return parse(code)
    except ValueError as error:
        raise KnowledgeError(file, code, str(error)) from None


def check_sources(file: str, code: str, named: Iterable[str], sources: Mapping[str, str]) -> None:
    """Check that each named source is one of the table of sources.

    Raises:
        KnowledgeError: one is not.
    """
    for source in named:
        if source not in sources:
            raise KnowledgeError(file, code, f'"{source}" is not in {SOURCES}')
