"""One segment of a parsed message."""

import re
from typing import cast

import hl7

NULL = '""'
MAX_TEXT = 16 * 1024


class Segment:
    """One segment. Fields, repetitions and components count from 1; absent ones are empty."""

    __slots__ = ("_message", "_segment")

    def __init__(self, message: hl7.Message, segment: hl7.Segment) -> None:
        self._message, self._segment = message, segment

    @property
    def name(self) -> str:
        """The segment id."""
        return str(self._segment[0])

    @property
    def raw(self) -> str:
        """The whole segment, as it was sent."""
        return str(self._segment)

    def text(self, field: int, component: int = 1, repetition: int = 1) -> str:
        """One component, unescaped and stripped."""
        components = self._components(field, repetition)
        component_value = components[component - 1] if component <= len(components) else ""
        while not isinstance(component_value, str):
            component_value = (
                cast("str | hl7.Container", component_value[0]) if len(component_value) else ""
            )
        return self._plain(component_value)

    def whole(self, field: int) -> str:
        """A whole field, unescaped and stripped, with its component separators."""
        return self._plain(str(self._segment[field])) if field < len(self._segment) else ""

    def is_null(self, field: int) -> bool:
        """Whether the field is the explicit null `""`, which differs from an empty field."""
        return field < len(self._segment) and str(self._segment[field]).strip() == NULL

    def _plain(self, text: str) -> str:
        if text == NULL:
            return ""
        return self._unescaped(text).strip()

    def _unescaped(self, text: str) -> str:
        """Unescape; invalid and character set escapes, and texts of a report's length, stay."""
        mark = str(self._message.esc)
        if mark not in text or len(text) > MAX_TEXT:
            return text
        escape = re.compile(
            f"{re.escape(mark)}[^CM{re.escape(mark)}][^{re.escape(mark)}]*{re.escape(mark)}"
        )
        return escape.sub(self._meaning, text)

    def _meaning(self, match: re.Match[str]) -> str:
        try:
            return str(self._message.unescape(match[0]))
        except (ValueError, LookupError, hl7.HL7Exception):
            return match[0]

    def repetitions(self, field: int) -> int:
        """The number of repetitions of a field."""
        return len(self._segment[field]) if field < len(self._segment) else 0

    def _components(self, field: int, repetition: int) -> list[str | hl7.Container]:
        if field >= len(self._segment):
            return []
        repetitions = self._segment[field]
        if repetition > len(repetitions):
            return []
        value = repetitions[repetition - 1]
        return [value] if isinstance(value, str) else list(value)
