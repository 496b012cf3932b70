"""Loads the codes of answers: findings, flags, pregnancy, smoking, routes and sides of the body."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

import msgspec

from cobalamin.service.knowledge.code_checks import check_sources, checked_code
from cobalamin.service.knowledge.code_meanings import Coded
from cobalamin.service.knowledge.code_systems import Snomed
from cobalamin.service.knowledge.toml_files import load_table
from cobalamin.service.rules.model.facts import Finding, Flag
from cobalamin.service.rules.model.parameter import Verification
from cobalamin.service.rules.model.vocabulary import BodySite, Intake

FILE = "terminology/answers.toml"
Answer = TypeVar("Answer")
Value = TypeVar("Value")


class AnswerCodes(msgspec.Struct, frozen=True):
    """What the codes and words of answers mean, by system and code."""

    findings: Mapping[Coded, Finding]
    flags: Mapping[Coded, Flag]
    failures: frozenset[Coded]
    words: Mapping[str, Finding]
    pregnancy: Mapping[Coded, bool]
    smoking: Mapping[Coded, bool]
    routes: Mapping[Coded, Intake]
    sites: Mapping[Coded, BodySite]


class _Sourced(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    source: str
    verification: Verification


class _Finding(_Sourced):
    finding: Finding


class _Pregnancy(_Sourced):
    pregnant: bool


class _Smoking(_Sourced):
    smoker: bool


class _Route(_Sourced):
    form: Intake


class _Site(_Sourced):
    site: BodySite


class _Flags(msgspec.Struct, forbid_unknown_fields=True):
    systems: list[str]
    low: list[str]
    high: list[str]
    normal: list[str]
    abnormal: list[str]
    failed: list[str]


class _Answers(msgspec.Struct, forbid_unknown_fields=True):
    finding: dict[str, dict[str, _Finding]]
    flag: _Flags
    words: dict[Finding, list[str]]
    pregnancy: dict[str, dict[str, _Pregnancy]]
    smoking: dict[str, dict[str, _Smoking]]
    route: dict[str, dict[str, _Route]]
    site: dict[str, dict[str, _Site]]


def load_answer_codes(sources: Mapping[str, str]) -> AnswerCodes:
    """The codes of answers.

    Raises:
        KnowledgeError: the file is wrong; the message names the key.
    """
    read = load_table(FILE, _Answers)
    for table in (read.finding, read.pregnancy, read.smoking, read.route, read.site):
        _check(table, sources)
    return AnswerCodes(
        findings=_by_code(read.finding, lambda entry: entry.finding),
        flags=_flags(read.flag),
        failures=frozenset(_in_every_system(read.flag, read.flag.failed)),
        words={word: finding for finding, words in read.words.items() for word in words},
        pregnancy=_by_code(read.pregnancy, lambda entry: entry.pregnant),
        smoking=_by_code(read.smoking, lambda entry: entry.smoker),
        routes=_by_code(read.route, lambda entry: entry.form),
        sites=_by_code(read.site, lambda entry: entry.site),
    )


def _by_code(
    table: Mapping[str, Mapping[str, Answer]], value: Callable[[Answer], Value]
) -> dict[Coded, Value]:
    return {
        (system, code): value(entry)
        for system, entries in table.items()
        for code, entry in entries.items()
    }


def _check(table: Mapping[str, Mapping[str, _Sourced]], sources: Mapping[str, str]) -> None:
    for system, entries in table.items():
        for code, entry in entries.items():
            check_sources(FILE, code, [entry.source], sources)
            if system == "http://snomed.info/sct":
                checked_code(FILE, code, Snomed)


def _flags(table: _Flags) -> dict[Coded, Flag]:
    return {
        coded: flag
        for flag in Flag
        for coded in _in_every_system(table, getattr(table, flag.value))
    }


def _in_every_system(table: _Flags, codes: Iterable[str]) -> Iterator[Coded]:
    """The codes in each of the systems, and without one."""
    for system in (*table.systems, None):
        yield from ((system, code) for code in codes)
