"""An HL7 v2 message in the vertical-bar encoding, field by field."""

import logging
import re
from collections.abc import Iterator
from typing import cast

import hl7
from msgspec import Struct

# The library logs what it cannot decode, which is what was sent.
logging.getLogger("hl7").setLevel(logging.CRITICAL + 1)

READ = "ORU"
EVENT = "R01"
VERSION = re.compile(r"2\.[3-8](\.[0-9]{1,2})?\Z")
FRAME = (b"\x0b", b"\x1c\r")
BOM = b"\xef\xbb\xbf"
SEPARATORS = 8
CHARACTER_SETS = {
    "": "utf-8",
    "ASCII": "utf-8",
    "UTF-8": "utf-8",
    "UNICODE": "utf-8",
    "UNICODE UTF-8": "utf-8",
    **{f"8859/{part}": f"iso-8859-{part}" for part in (*range(1, 12), 13, 14, 15)},
}


class UnreadableError(Exception):
    """There is no header to answer to."""


class RejectedError(Exception):
    """A message that is not taken: AE where it is at fault, AR where its kind is not served.

    `code` is from HL7 table 0357, `where` the field at fault.
    """

    def __init__(self, verdict: str, code: str, text: str, where: str) -> None:
        super().__init__(text)
        self.verdict, self.code, self.text, self.where = verdict, code, text, where


class Header(Struct, frozen=True, kw_only=True):
    """Who sent a message, to whom, and by which name."""

    sender: tuple[str, str] = ("", "")
    receiver: tuple[str, str] = ("", "")
    control_id: str = ""
    processing: str = ""
    version: str = ""


class Segment:
    """One segment. Fields, repetitions and components count from 1; what is not there is empty."""

    __slots__ = ("_message", "_segment")

    def __init__(self, message: hl7.Message, segment: hl7.Segment) -> None:
        self._message, self._segment = message, segment

    @property
    def name(self) -> str:
        """The three letters that it begins with."""
        return str(self._segment[0])

    def text(self, field: int, component: int = 1, repetition: int = 1) -> str:
        """One component as text, without its escapes and the spaces around it."""
        components = self._components(field, repetition)
        found = components[component - 1] if component <= len(components) else ""
        while not isinstance(found, str):
            found = cast("str | hl7.Container", found[0]) if len(found) else ""
        return self._plain(found)

    def whole(self, field: int) -> str:
        """A field that has no components, whatever stands in it."""
        return self._plain(str(self._segment[field])) if field < len(self._segment) else ""

    def _plain(self, sent: str) -> str:
        # An explicit null deletes a value; for us both mean that there is none.
        return "" if sent == '""' else str(self._message.unescape(sent)).strip()

    def repetitions(self, field: int) -> int:
        """How often a field is there."""
        return len(self._segment[field]) if field < len(self._segment) else 0

    def _components(self, field: int, repetition: int) -> list[str | hl7.Container]:
        if field >= len(self._segment):
            return []
        repetitions = self._segment[field]
        if repetition > len(repetitions):
            return []
        found = repetitions[repetition - 1]
        return [found] if isinstance(found, str) else list(found)


class Message:
    """A message whose header could be read."""

    def __init__(self, parsed: hl7.Message) -> None:
        self._parsed = parsed
        self.header = _header(self.first("MSH"))

    def first(self, name: str) -> Segment:
        """The first segment of a name.

        Raises:
            KeyError: there is none.
        """
        return next(self.all(name), None) or _missing(name)

    def all(self, *names: str) -> Iterator[Segment]:
        """Every segment of these names, in order."""
        for segment in self._parsed:
            if len(segment) and str(segment[0]) in names:
                yield Segment(self._parsed, segment)


def _missing(name: str) -> Segment:
    raise KeyError(name)


def _header(segment: Segment) -> Header:
    return Header(
        sender=(segment.whole(3), segment.whole(4)),
        receiver=(segment.whole(5), segment.whole(6)),
        control_id=segment.whole(10),
        processing=segment.text(11),
        version=segment.text(12),
    )


def parse(body: bytes) -> Message:
    """The message of a body, with or without the frame of a socket around it.

    Raises:
        UnreadableError: it does not begin with a header.
        RejectedError: its character set is not read, or is not the one in which it is written.
    """
    raw = _bare(body)
    header = _parsed(_lines(raw.split(b"\r")[0].split(b"\n")[0].decode("latin-1")))
    name = header.first("MSH").text(18).upper()
    encoding = CHARACTER_SETS.get(name)
    if encoding is None:
        raise _bad_character_set("this character set is not read; send UTF-8", header)
    try:
        return _parsed(_lines(raw.decode(encoding)))
    except UnicodeDecodeError:
        text = "the message is not written in its character set; say which in MSH-18"
        raise _bad_character_set(text, header) from None


class _HeaderOnlyError(RejectedError):
    """A rejection of a message of which only the header was read."""

    header: Header


def _bad_character_set(text: str, message: Message) -> RejectedError:
    error = _HeaderOnlyError("AE", "102", text, "MSH-18")
    error.header = message.header
    return error


def header_of(error: RejectedError, message: Message | None) -> Header:
    """To whom a rejection goes."""
    if message is not None:
        return message.header
    return error.header if isinstance(error, _HeaderOnlyError) else Header()


def _bare(body: bytes) -> bytes:
    start, end = FRAME
    return (
        body.strip().removeprefix(start).removesuffix(end).removesuffix(end[:1]).removeprefix(BOM)
    )


def _lines(text: str) -> str:
    lines = re.split(r"\r\n|\r|\n", text)
    return "\r".join(line for line in lines if line.strip())


def _parsed(text: str) -> Message:
    marks = text[3:SEPARATORS]
    if text[:3] != "MSH" or len(set(marks)) != len(marks) or any(m.isalnum() for m in marks):
        raise UnreadableError
    try:
        return Message(hl7.parse(text))
    except (hl7.HL7Exception, IndexError, KeyError, ValueError):
        raise UnreadableError from None


def check_kind(message: Message) -> None:
    """Refuses what is no ORU^R01 of a known version.

    Raises:
        RejectedError: names the field.
    """
    header = message.first("MSH")
    kind, event = header.text(9, 1).upper(), header.text(9, 2).upper()
    if kind != READ:
        raise RejectedError("AR", "200", "only ORU^R01 messages are read", "MSH-9")
    if event not in ("", EVENT):
        raise RejectedError("AR", "201", "only ORU^R01 messages are read", "MSH-9")
    if not VERSION.match(message.header.version):
        raise RejectedError("AR", "203", "versions 2.3 to 2.8 are read", "MSH-12")
