"""What is wrong with a body that is not JSON: its kind, or the fault with line, column and path.

A message never holds what was sent, because that may be a patient's. Finding the fault takes
another pass over the body, so it is looked for only after a decoder has refused it.
"""

import re

import msgspec
from msgspec import Struct

from cobalamin.fhir.decode.json_repair import BYTE_ORDER_MARK

NOT_JSON = "the body is not JSON"
GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
QUOTES = "\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u00ab\u00bb\uff02"
SHOWN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,39}\Z")
TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[-+.0-9][-+.0-9eE]*|[^\s"{}\[\],:]+', re.DOTALL)
BYTE = re.compile(r"\(byte (\d+)\)\Z")
NUMBER_STARTS = frozenset("0123456789+-.<>")
BEFORE_VALUES = frozenset(bytes((byte,)) for byte in b':,[{ \n\r\t"')
CONTROLS = 0x20
KINDS = (
    ("<", "it looks like XML or HTML; send JSON"),
    ("MSH|", "it looks like HL7 v2; send it to /hl7v2 as application/hl7-v2"),
    ("%PDF", "it looks like a PDF; send JSON"),
)
SEVERAL = (
    "it holds several documents; send one, or one a line to /v1/assessments/batch as "
    "application/x-ndjson"
)
CUT_OFF = "it ends too early: it was cut off, or a closing bracket is missing"
TOO_DEEP = "it is nested too deeply"
NO_NUMBER = "a number is not written as JSON has it: no leading 0, +, comma, < or NaN"
TOO_LARGE = "a number is too large"
REASONS = {
    "invalid number": NO_NUMBER,
    "trailing comma": "a comma before a closing bracket; take it away",
    "expected ':'": "a colon is missing behind the name of a member",
    "expected ','": "a comma or a closing bracket is missing",
    "invalid escape": "an escape that JSON does not have; write a backslash twice",
    "object keys": 'the name of a member must stand between two "',
    "trailing characters": "something follows the end of the document",
}


CHARACTERS = (
    (QUOTES, 'a typographic quotation mark; JSON has " alone'),
    ("'", 'a single quotation mark; JSON has " alone'),
    ("/", "a comment, which JSON does not have"),
)


class JsonFault(Struct, frozen=True, kw_only=True):
    """Why a body is not JSON; `where` is the path of the element with the fault, if it has one."""

    message: str
    where: str | None = None


def find_json_fault(body: bytes) -> JsonFault:
    """The fault of a body that a JSON decoder has refused."""
    body = body.removeprefix(BYTE_ORDER_MARK)
    looks = _looks_like(body)
    if looks is not None:
        return JsonFault(message=f"{NOT_JSON}: {looks}")
    try:
        body.decode()
    except UnicodeDecodeError as error:
        return _at(body, error.start, "a character that is not UTF-8")
    return _find_refused(body)


def _find_refused(body: bytes) -> JsonFault:
    """What the decoder says, in the words of this service."""
    try:
        msgspec.json.decode(body)
    except RecursionError:
        return JsonFault(message=f"{NOT_JSON}: {TOO_DEEP}")
    except msgspec.ValidationError:
        return _too_large(body)
    except (msgspec.DecodeError, ValueError) as error:
        found = BYTE.search(str(error))
        if found is None:
            return _at(body, len(body.rstrip()), CUT_OFF)
        return _located(body, int(found[1]), str(error))
    return JsonFault(message=NOT_JSON)


def _looks_like(body: bytes) -> str | None:
    """What a body is that is not JSON at all; None where it may have been meant as JSON."""
    start = body.lstrip()[:64]
    if not start:
        return "it is empty"
    if start.startswith((GZIP, ZIP)):
        return "it is compressed; send it as it is"
    if start.startswith(WIDE_MARKS) or b"\x00" in start[:4]:
        return "it looks like UTF-16 or UTF-32; send UTF-8"
    text = start.decode("latin-1")
    return next((said for mark, said in KINDS if text.startswith(mark)), None)


def _located(body: bytes, at: int, error: str) -> JsonFault:
    """The fault at a byte; what stands there says more than the decoder does."""
    if "trailing characters" in error:
        at -= 1  # the decoder has taken the character already
        if body[at : at + 1] in (b"{", b"["):
            return _at(body, at, SEVERAL)
    if "trailing comma" in error:
        comma = body.rindex(b",", 0, at)
        of = comma if body[at : at + 1] == b"]" else at
        return _at(body, of, REASONS["trailing comma"], position=comma)
    following = body[at:].decode(errors="replace")[:1]
    if "object keys" in error and following.isdigit() and body[:at].endswith(b","):
        return _at(body, at - 1, NO_NUMBER)
    reason = _reason(body, at, following, error)
    return _at(body, at, reason, _start_of_value(body, at) if reason == NO_NUMBER else None)


def _reason(body: bytes, at: int, following: str, error: str) -> str:
    by_character = next(
        (said for marks, said in CHARACTERS if following and following in marks), ""
    )
    if by_character:
        return by_character
    if following and ord(following) < CONTROLS:
        return "a line break or control character within a text; write it as an escape"
    reason = next((said for part, said in REASONS.items() if part in error), None)
    if "object keys" in error and following in "{[":
        return REASONS["expected ','"]
    if reason in (None, REASONS["expected ','"]) and _is_in_number(body, at):
        return NO_NUMBER
    if reason is None and following.isalpha():
        return "a word that JSON does not have; write null, true or false"
    return reason or "a character that JSON does not allow here"


def _is_in_number(body: bytes, at: int) -> bool:
    """Whether a value that begins like a number reaches to this byte."""
    start = _start_of_value(body, at)
    value = body[start : at + 8].decode("latin-1")
    return value[:1] in NUMBER_STARTS or value.startswith(("NaN", "Infinity"))


def _start_of_value(body: bytes, at: int) -> int:
    start = at
    while start and body[start - 1 : start] not in BEFORE_VALUES:
        start -= 1
    return start


def _too_large(body: bytes) -> JsonFault:
    for token in TOKEN.finditer(body):
        if token[0][:1] in b"-0123456789" and _is_too_large(token[0]):
            return _at(body, token.start(), TOO_LARGE)
    return JsonFault(message=NOT_JSON)


def _is_too_large(number: bytes) -> bool:
    try:
        msgspec.json.decode(number)
    except msgspec.MsgspecError:
        return True
    return False


def _at(body: bytes, at: int, reason: str, position: int | None = None) -> JsonFault:
    """The fault with its path, and line and column of `position` counted from 1 in characters."""
    before = body[: at if position is None else position].decode(errors="replace")
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return JsonFault(
        message=f"{NOT_JSON}: line {line}, column {column}: {reason}",
        where=path_at(body, at) or None,
    )


def path_at(body: bytes, at: int) -> str:
    """The path of the element that stands at a byte; names that may be anything are left out."""
    stack: list[str | int] = []
    name = ""
    for token in TOKEN.finditer(body, 0, at):
        if token[0][:1] == b'"':
            name = token[0][1:-1].decode(errors="replace")
        else:
            _step(stack, token[0], name)
    path = ""
    for part in stack:
        if isinstance(part, int):
            path += f"[{part}]"
        elif part:
            shown = part if SHOWN_NAME.match(part) else "?"
            path += f".{shown}" if path else shown
    return path


def _step(stack: list[str | int], token: bytes, name: str) -> None:
    """Follow one mark: the stack holds the index or the name of the member in each container."""
    if token in (b"{", b"["):
        stack.append("" if token == b"{" else 0)
    elif not stack:
        return
    elif token in (b"}", b"]"):
        stack.pop()
    elif token == b",":
        last = stack[-1]
        stack[-1] = last + 1 if isinstance(last, int) else ""
    elif token == b":" and isinstance(stack[-1], str):
        stack[-1] = name
