"""The coded elements of HL7 v2 messages of any kind, for counting; nothing else is read."""

import re
from collections.abc import Iterator

from cobalamin.service.knowledge.code_counts import SentCode
from cobalamin.service.lab.hl7v2.concepts import SYSTEMS

# Which field of a segment names what.
FIELDS = {
    "OBX": ("result", 3),
    "DG1": ("condition", 3),
    "PR1": ("procedure", 3),
    "AL1": ("allergy", 3),
    "RXO": ("medicine", 1),
    "RXE": ("medicine", 2),
    "RXD": ("medicine", 2),
    "RXG": ("medicine", 4),
    "RXA": ("medicine", 5),
}
_LINES = re.compile(r"[\r\n]+")
_CODINGS = (0, 3)


def concepts_of_messages(text: str) -> Iterator[tuple[str, tuple[SentCode, ...]]]:
    """Every concept of every segment, each message with the marks of its own header."""
    field, component = "|", "^"
    for line in _LINES.split(text):
        segment = line.strip("\x0b\x1c \t")
        if segment.startswith("MSH") and len(segment) > len("MSH|^"):
            field, component = segment[3], segment[4]
        kind, number = FIELDS.get(segment[:3], ("", 0))
        fields = segment.split(field)
        if kind and len(fields) > number and fields[number]:
            parts = [*(part.strip() for part in fields[number].split(component)), *[""] * 6]
            yield kind, tuple(_coding(parts[first : first + 3]) for first in _CODINGS)


def _coding(parts: list[str]) -> SentCode:
    code, display, system = parts
    return SentCode(SYSTEMS.get(system, system), code, display)
