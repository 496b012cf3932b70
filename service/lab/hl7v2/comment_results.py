"""The comment as OBX segments, which put earlier ones right by their status (HL7 table 0085).

A line is final (F) where no person must release it, else preliminary (P); it corrects (C) the line
of the same number where that was given. A line that goes is deleted (D), or posted as wrong (W)
where the result was.
"""

from collections.abc import Iterator

from cobalamin.service.lab.hl7v2.history import ENDED, is_final
from cobalamin.service.lab.hl7v2.message import Message
from cobalamin.service.lab.hl7v2.report import LabReport, own_lines, reference_lines
from cobalamin.service.lab.hl7v2.report_orders import OrderNumbers, order_numbers, posts_as_wrong
from cobalamin.service.lab.hl7v2.segment import Segment
from cobalamin.service.lab.hl7v2.segments import OWN_CODES, escape
from cobalamin.service.records.comment_history import StoredReport

COMMENT = f"comment^Vitamin B12 report comment^{OWN_CODES}"
FINAL, PRELIMINARY, CORRECTION, DELETED, WRONG = "F", "P", "C", "D", "W"


def order_segment(message: Message, order: Segment | None) -> str:
    """The OBR as it was sent, which the comment stands under."""
    return "OBR|1" if order is None else message.raw(order)


def comment_results(message: Message, report: LabReport, order: Segment | None) -> list[str]:
    """The lines of the comment below its OBR, and those that go, each below its own.

    What is said of earlier comments stands there as NTE, because it is about the report.
    """
    numbers = order_numbers(message, order)
    gone = [one.report for one in report.earlier if one.action in ENDED]
    status = WRONG if posts_as_wrong(message, report.assessment.facts) else DELETED
    made = []
    for row in gone:
        other = OrderNumbers(placer=row.placer, filler=row.filler)
        if other != numbers:
            made += [_order_of(message, other), *_numbered(_going(row, status))]
    below = [row for row in gone if (row.placer, row.filler) == (numbers.placer, numbers.filler)]
    made.append(order_segment(message, order))
    for number, line in enumerate(reference_lines(report), start=1):
        made.append(f"NTE|{number}|L|{escape(line)}|RE")
    return made + list(_numbered(_lines(report, below, status)))


Line = tuple[int, str, str]
"""Number, text and status."""


def _numbered(lines: Iterator[Line]) -> Iterator[str]:
    for at, (number, text, status) in enumerate(lines, start=1):
        yield f"OBX|{at}|TX|{COMMENT}|{number}|{escape(text)}||||||{status}"


def _lines(report: LabReport, gone: list[StoredReport], status: str) -> Iterator[Line]:
    """The lines that go and the new ones; the new ones stand in place of final lines."""
    texts = dict(enumerate(own_lines(report), start=report.first_line))
    given = {number for row in gone for number in _numbers(row)}
    for number in sorted(given - set(texts)):
        yield number, "", status
    for number, text in texts.items():
        corrects = CORRECTION if number in given else FINAL
        yield number, text, corrects if is_final(report) else PRELIMINARY


def _going(row: StoredReport, status: str) -> Iterator[Line]:
    for number in _numbers(row):
        yield number, "", status


def _numbers(row: StoredReport) -> range:
    return range(row.first_line, row.last_line + 1) if row.last_line else range(0)


def _order_of(message: Message, numbers: OrderNumbers) -> str:
    """The OBR with these numbers as it was sent, else one of the numbers alone."""
    for order in message.all("OBR"):
        if order_numbers(message, order) == numbers:
            return message.raw(order)
    return f"OBR|1|{numbers.placer}|{numbers.filler}"
