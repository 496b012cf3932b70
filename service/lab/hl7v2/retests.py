"""Reflex tests within the minimum interval of the site, by what earlier reports had.

A message holds the results of one report, mostly. Where reports are remembered, the tests that they
measured or that were added to them count for the interval as a result on record does.
"""

from collections.abc import Iterable, Iterator
from datetime import date

from msgspec.structs import replace

from cobalamin.service.answers.reflex import MINIMUM_DAYS, ReflexTest
from cobalamin.service.knowledge.site_reflex import REFLEX_TESTS, ReflexAction, ReflexRule
from cobalamin.service.lab.hl7v2.report import LabReport
from cobalamin.service.records.comment_history import StoredReport
from cobalamin.service.rules.findings.tests_due import MEASURES

Days = dict[str, date]


def with_intervals(report: LabReport, earlier: Iterable[StoredReport]) -> LabReport:
    """The report without tests that an earlier one had within the interval of their rule."""
    site, on = report.profile.site, report.assessment.on
    rules = {} if site is None else site.reflex
    last: Days = {}
    for row in earlier:
        for code, day in _read(row.tests or ""):
            if day <= on:
                last[code] = max(day, last.get(code, day))
    kept = (_kept(test, rules.get(test.code), last.get(test.code), on) for test in report.reflex)
    return replace(report, reflex=tuple(kept))


def _kept(test: ReflexTest, rule: ReflexRule | None, last: date | None, on: date) -> ReflexTest:
    if rule is None or rule.minimum_days is None or last is None:
        return test
    if test.action is ReflexAction.withhold or (on - last).days > rule.minimum_days:
        return test
    name = f"site.reflex.{test.code}.{MINIMUM_DAYS}"
    return replace(test, action=ReflexAction.withhold, rule=name)


def tests_of(report: LabReport) -> str:
    """The reflex tests that a report measured, or that are added to it, with their days."""
    days = _measured(report)
    added = (test.code for test in report.reflex if test.action is ReflexAction.add)
    days.update(dict.fromkeys(added, report.assessment.on))
    return " ".join(f"{code}={day}" for code, day in sorted(days.items()))


def _measured(report: LabReport) -> Days:
    """The last day of each test by the results of the report."""
    found: Days = {}
    for code in REFLEX_TESTS:
        results = report.assessment.facts.results
        days = [one.on.last for one in results if one.analyte in MEASURES.get(code, ())]
        if days:
            found[code] = max(days)
    return found


def _read(tests: str) -> Iterator[tuple[str, date]]:
    for entry in tests.split():
        code, _, day = entry.partition("=")
        yield code, date.fromisoformat(day)
