"""HL7 v2 messages in ER7 encoding."""

import logging
import re
from collections.abc import Collection, Iterator, Sequence

import hl7
import hl7.containers
import hl7.util

from cobalamin.service.lab.hl7v2.header import CHARACTER_SETS, MessageHeader
from cobalamin.service.lab.hl7v2.marks import with_usual_marks
from cobalamin.service.lab.hl7v2.segment import Segment

# The library logs what it cannot decode, which may be patient data.
for _module in (hl7.containers, hl7.util):
    # It names its loggers by file.
    logging.getLogger(_module.__file__).disabled = True

READ_TYPES = "ORU"
EVENT = "R01"
VERSION = re.compile(r"2\.[3-8](\.[0-9]{1,2})?\Z")
FRAME = b"\x0b\x1c"
BOM = b"\xef\xbb\xbf"
LINE_END = re.compile(rb"[\r\n]+")
OTHER_SEGMENT = re.compile(rb"(?:PID|OBR|OBX)\|")
MARKS = slice(3, 8)
USUAL_MARKS = b"^~\\&"
COUNTED = slice(3, 6)
HEAD = b"MSH"
BATCHES = (b"FHS", b"BHS")
KEPT_SEGMENTS = ("MSH", "PID", "PD1", "ORC", "OBR", "OBX", "SPM")
# Diagnoses, allergies, problems, procedures and medicines, of which nothing is read.
UNREAD_SEGMENTS = frozenset(
    {
        "AL1",
        "DG1",
        "FT1",
        "GOL",
        "IAM",
        "ODS",
        "PRB",
        "PR1",
        "RXA",
        "RXC",
        "RXD",
        "RXE",
        "RXG",
        "RXO",
        "RXV",
    }
)
ALLERGY_SEGMENTS = frozenset({"AL1", "IAM"})
COMMENT_SEGMENT = "NTE"
# Merges the records of two persons, of which nothing is done.
MERGE_SEGMENT = "MRG"
NOTED_SEGMENTS = UNREAD_SEGMENTS | {COMMENT_SEGMENT, MERGE_SEGMENT}
# Those of a site's own, of which nothing is known.
OWN_SEGMENT = "Z"
# Each part costs half a kilobyte and about 25 us; this many are some three thousand results.
MAX_PARTS = 50_000
MAX_SEGMENTS = 50_000
SEGMENTS_AT_ONCE = 1000


class UnreadableError(Exception):
    """There is no MSH segment to reply to."""


class RejectedError(Exception):
    """A message that is rejected: AE for an error in it, AR for a type that is not supported.

    `code` is from HL7 table 0357, `where` the path of the field.
    """

    def __init__(self, verdict: str, code: str, text: str, where: str) -> None:
        super().__init__(text)
        self.verdict, self.code, self.text, self.where = verdict, code, text, where


class Message:
    """A message with a readable MSH segment."""

    def __init__(self, parsed: hl7.Message, marks: str, unread: Sequence[str] = ()) -> None:
        self._parsed = parsed
        self._marks, self._unread = marks, unread
        self.header = _header(self.first("MSH"))

    @property
    def is_protected(self) -> bool:
        """Whether the record of the patient is protected (PD1-12, HL7 table 0136)."""
        return any(segment.text(12).upper() == "Y" for segment in self.all("PD1"))

    def raw_patient(self) -> str | None:
        """The PID segment as it was sent, with the usual marks; None without one."""
        return next((self.raw(segment) for segment in self.all("PID")), None)

    def find(self, name: str, number: int) -> tuple[Segment | None, Segment | None]:
        """The OBR, and with it the OBX below it, of the segment of this name and number."""
        order, seen = None, 0
        for segment in self.all("OBR", "OBX"):
            if segment.name == "OBR":
                order = segment
            seen += segment.name == name
            if seen == number:
                return order, segment if segment.name == "OBX" else None
        return order, None

    def raw(self, segment: Segment) -> str:
        """A segment as it was sent, with the usual marks."""
        return with_usual_marks(segment.raw, self._marks)

    def raw_field(self, segment: Segment, number: int) -> str:
        """A field as it was sent, with the usual marks."""
        fields = segment.raw.split(self._marks[0])
        return with_usual_marks("".join(fields[number : number + 1]), self._marks).strip()

    def unread_types(self) -> tuple[str, ...]:
        """The types of segments that hold clinical facts and are not read, each once."""
        names = dict.fromkeys(line[:3] for line in self._unread)
        return tuple(name for name in names if name != COMMENT_SEGMENT)

    def allergy_texts(self) -> Iterator[str]:
        """What the segments of allergies say, part by part."""
        marks = re.compile("|".join(re.escape(mark) for mark in self._marks))
        for line in self._unread:
            if line[:3] in ALLERGY_SEGMENTS:
                yield from marks.split(line)

    def comments(self) -> Iterator[tuple[int, str]]:
        """The text of every comment segment (NTE-3) that has one, and its number."""
        lines = (line for line in self._unread if line[:3] == COMMENT_SEGMENT)
        for number, line in enumerate(lines, start=1):
            text = "".join(line.split(self._marks[0], 4)[3:4]).strip()
            if text:
                yield number, text

    def first(self, name: str) -> Segment:
        """The first segment with an id.

        Raises:
            KeyError: there is none.
        """
        return next(self.all(name), None) or _missing(name)

    def all(self, *names: str) -> Iterator[Segment]:
        """All segments with one of these ids, in order."""
        for segment in self._parsed:
            if len(segment) and str(segment[0]) in names:
                yield Segment(self._parsed, segment)


def _missing(name: str) -> Segment:
    raise KeyError(name)


def _header(segment: Segment) -> MessageHeader:
    return MessageHeader(
        sender=(segment.whole(3), segment.whole(4)),
        receiver=(segment.whole(5), segment.whole(6)),
        control_id=segment.whole(10),
        processing=segment.text(11),
        version=segment.text(12),
        accept_when=segment.text(15).upper(),
        answer_when=segment.text(16).upper(),
        character_set=segment.text(18),
    )


def read_header(body: bytes) -> MessageHeader:
    """Read the header alone, of a message that may be wrong otherwise; of a batch its first one.

    Raises:
        UnreadableError: it does not begin with a header.
    """
    line = next((one for one in _lines(body) if one[:3] == HEAD), b"").decode("latin-1")
    if _parts(line) > MAX_PARTS:
        raise UnreadableError
    return _parsed(line).header


def read_acknowledgement(body: bytes) -> str:
    """Read MSA-1 of an acknowledgement.

    Raises:
        UnreadableError: it has none.
    """
    lines = [line.decode("latin-1") for line in _lines(body) if line[:3] in (HEAD, b"MSA")]
    try:
        return _parsed("\r".join(lines)).first("MSA").text(1).upper()
    except KeyError:
        raise UnreadableError from None


def parse(body: bytes) -> Message:
    """Parse a body, with or without MLLP framing.

    Raises:
        UnreadableError: it does not begin with a header.
        RejectedError: it is not one message alone, it is too long, or its character set is not
            read or not the one in which it is written.
    """
    lines = _lines(body)
    first = next((line for line in lines if line[:3] == HEAD), b"").decode("latin-1")
    if _parts(first) > MAX_PARTS:
        raise UnreadableError
    header = _parsed(first)
    if len(lines) > MAX_SEGMENTS:
        raise _of_header(header, "AE", "104", "too many segments; send fewer at a time", "MSH")
    _check_line_ends(lines, header)
    _check_alone(lines, header)
    segments = _decode(lines, header)
    text = "\r".join(segment for segment in segments if segment[:3] in KEPT_SEGMENTS)
    if _parts(text) > MAX_PARTS:
        raise _of_header(header, "AE", "104", "too many parts; send fewer results at a time", "OBX")
    return _parsed(text, [segment for segment in segments if _is_noted(segment)])


def iter_segments(body: bytes, names: Collection[str]) -> Iterator[Segment]:
    """Yield every segment with one of these ids, of a message of any kind, with its own marks.

    What is not written in its character set is replaced, and there is no limit to its length.

    Raises:
        UnreadableError: it does not begin with a header.
    """
    header, *others = _lines(body, most=0)
    encoding = CHARACTER_SETS.get(read_header(header).character_set.upper(), "utf-8")
    kept = [line for line in others if line[:3].decode("latin-1") in names]
    for at in range(0, len(kept), SEGMENTS_AT_ONCE):
        lines = [line.decode(encoding, "replace") for line in kept[at : at + SEGMENTS_AT_ONCE]]
        yield from _parsed("\r".join([header.decode("latin-1"), *lines])).all(*names)


def _is_noted(segment: str) -> bool:
    return segment[:3] in NOTED_SEGMENTS or segment[:1] == OWN_SEGMENT


class _OfHeaderError(RejectedError):
    """A rejection of a message of which only the MSH segment was read."""

    header: MessageHeader


def _of_header(message: Message, verdict: str, code: str, text: str, where: str) -> RejectedError:
    error = _OfHeaderError(verdict, code, text, where)
    error.header = message.header
    return error


def header_of_rejection(error: RejectedError, message: Message | None) -> MessageHeader:
    """The header that a rejection replies to."""
    if message is not None:
        return message.header
    return error.header if isinstance(error, _OfHeaderError) else MessageHeader()


def _lines(body: bytes, most: int = MAX_SEGMENTS) -> list[bytes]:
    """Split into segments, without framing and blank lines; the first is MSH, FHS or BHS.

    Of more than are read, the last one holds all the rest; there is no limit where that is 0.
    """
    split = LINE_END.split(body.strip(FRAME + b" \r\n"), most)
    stripped = (line.strip(FRAME) for line in split)
    lines = [_with_all_marks(line.removeprefix(BOM)) for line in stripped if line.strip()]
    if not lines or lines[0][:3] not in (HEAD, *BATCHES):
        raise UnreadableError
    return lines


def _with_all_marks(line: bytes) -> bytes:
    """A header with all four encoding characters; those that MSH-2 lacks are the usual ones."""
    if line[:3] != HEAD or len(line) <= MARKS.start + 1:
        return line
    marks = line[4:].split(line[3:4], maxsplit=1)[0]
    return line[:4] + marks + USUAL_MARKS[len(marks) :] + line[4 + len(marks) :]


def _check_line_ends(lines: list[bytes], header: Message) -> None:
    """Refuse a message whose segments stand on one line: it would be a header and nothing else."""
    if len(lines) == 1 and OTHER_SEGMENT.search(lines[0].replace(lines[0][3:4], b"|")):
        text = "the segments stand on one line; end each with a carriage return"
        raise _of_header(header, "AE", "100", text, "MSH")


def _check_alone(lines: list[bytes], header: Message) -> None:
    """Refuse several messages in one body: their results may be of different patients."""
    batch = next((line[:3].decode() for line in lines if line[:3] in BATCHES), None)
    if batch is not None or sum(line[:3] == HEAD for line in lines) > 1:
        text = "batches are not read; send one message a request"
        raise _of_header(header, "AR", "200", text, batch or "MSH[2]")


def _decode(lines: list[bytes], header: Message) -> list[str]:
    """Decode all segments in the character set of MSH-18."""
    encoding = CHARACTER_SETS.get(header.first("MSH").text(18).upper())
    if encoding is None:
        text = "this character set is not read; send UTF-8"
        raise _of_header(header, "AE", "102", text, "MSH-18")
    try:
        return [line.decode(encoding) for line in lines]
    except UnicodeDecodeError:
        text = "the message is not written in its character set; say which in MSH-18"
        raise _of_header(header, "AE", "102", text, "MSH-18") from None


def _parts(text: str) -> int:
    """Number of segments, fields, repetitions and components that the library would build."""
    return sum(text.count(mark) for mark in ("\r", *text[COUNTED]))


def _parsed(text: str, unread: Sequence[str] = ()) -> Message:
    marks = text[MARKS]
    if text[:3] != "MSH" or len(set(marks)) != len(marks) or any(m.isalnum() for m in marks):
        raise UnreadableError
    try:
        return Message(hl7.parse(text), marks, unread)
    except (hl7.HL7Exception, IndexError, KeyError, ValueError):
        raise UnreadableError from None


def check_kind(message: Message) -> None:
    """Refuses what is no ORU^R01 of a known version.

    Raises:
        RejectedError: names the field.
    """
    header = message.first("MSH")
    kind, event = header.text(9, 1).upper(), header.text(9, 2).upper()
    if kind != READ_TYPES:
        raise RejectedError("AR", "200", "only ORU^R01 messages are read", "MSH-9")
    if event not in ("", EVENT):
        raise RejectedError("AR", "201", "only ORU^R01 messages are read", "MSH-9")
    if not VERSION.match(message.header.version):
        raise RejectedError("AR", "203", "versions 2.3 to 2.8 are read", "MSH-12")
