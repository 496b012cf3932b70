"""Loads TOML files strictly, with the checks that all of them share."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from cobalamin.service.conversion import convert
from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.rules.model.parameter import Citation, Verification

ROOT = Path(__file__).parent
UNSAFE = frozenset("<>|`*[]\\_~#\n\r\t")

Shape = TypeVar("Shape")


class Sourced(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A text with its source and verification."""

    text: str
    source: str
    locator: str
    verification: Verification


def load_table(file: str, shape: type[Shape]) -> Shape:
    """The whole file as one shape; unknown, missing or duplicated keys are refused.

    Raises:
        KnowledgeError: the file is missing, is not TOML or has another shape.
    """
    return _convert(file, "", _read(file), shape)


def load_list(file: str, key: str, shape: type[Shape]) -> list[Shape]:
    """The entries of a file that holds one array of tables under `key`.

    Raises:
        KnowledgeError: the file holds anything else, or an entry has another shape.
    """
    table = _read(file)
    if table.keys() != {key} or not isinstance(table[key], list):
        raise KnowledgeError(file, "", f"must hold only {key} entries")
    return [_convert(file, f"{key}[{at}]", value, shape) for at, value in enumerate(table[key])]


def load_entries(file: str, shape: type[Shape]) -> dict[str, Shape]:
    """Every entry of a file by its key, each of the same shape.

    Raises:
        KnowledgeError: the file is missing, is not TOML or an entry has another shape.
    """
    return {key: _convert(file, key, value, shape) for key, value in _read(file).items()}


@cache
def parsed(text: str) -> dict[str, Any]:
    """The parsed file, cached because profiles share most files; never change it.

    Raises:
        TOMLDecodeError: it is none.
    """
    return tomllib.loads(text)


def _read(file: str) -> dict[str, Any]:
    try:
        return parsed(ROOT.joinpath(file).read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise KnowledgeError(file, "", str(error)) from error


def _convert(file: str, key: str, value: object, shape: type[Shape]) -> Shape:
    try:
        return convert(value, shape)
    except msgspec.ValidationError as error:
        raise KnowledgeError(file, key, str(error)) from error


def check_complete(file: str, keys: Iterable[str], wanted: Iterable[str]) -> None:
    """Every wanted key is there and no other.

    Raises:
        KnowledgeError: names the first key that is missing or unknown.
    """
    have, need = {str(key) for key in keys}, {str(key) for key in wanted}
    for key in sorted(need - have):
        raise KnowledgeError(file, key, "is missing")
    for key in sorted(have - need):
        raise KnowledgeError(file, key, "is not a known code")


def check_sources(file: str, table: object, citations: Mapping[str, Citation]) -> None:
    """Every `source` within the table is cited.

    Raises:
        KnowledgeError: names the source that citations.toml lacks.
    """
    for key, source in _named(msgspec.to_builtins(table), "source", ""):
        check_source(file, key, source, citations)


def check_source(file: str, key: str, source: str, citations: Mapping[str, Citation]) -> None:
    """One source is cited.

    Raises:
        KnowledgeError: citations.toml lacks it.
    """
    if source not in citations:
        raise KnowledgeError(file, key, f'cites "{source}", which citations.toml lacks')


def check_texts(file: str, table: object) -> None:
    """No text is empty or holds a character that Markdown or HTML would read as markup.

    Raises:
        KnowledgeError: names the key of the text.
    """
    for key, text in _texts(msgspec.to_builtins(table), ""):
        if not text.strip():
            raise KnowledgeError(file, key, "is empty")
        if not UNSAFE.isdisjoint(text):
            raise KnowledgeError(file, key, "holds a character that is markup in Markdown")


def _named(table: object, name: str, path: str) -> Iterable[tuple[str, str]]:
    for key, value in _members(table, path):
        if key.rpartition(".")[2] == name and isinstance(value, str):
            yield key, value
        else:
            yield from _named(value, name, key)


_CODES = ("source", "verification", "snomed", "loinc", "rxnorm", "atc")


def _texts(table: object, path: str) -> Iterable[tuple[str, str]]:
    for key, value in _members(table, path):
        if isinstance(value, str) and key.rpartition(".")[2] not in _CODES:
            yield key, value
        else:
            yield from _texts(value, key)


def _members(table: object, path: str) -> Iterable[tuple[str, object]]:
    if isinstance(table, dict):
        for key, value in table.items():
            yield (f"{path}.{key}" if path else str(key)), value
    elif isinstance(table, list | tuple):
        for index, value in enumerate(table):
            yield f"{path}.{index}", value
