"""Resources that are marked as test data: HTEST (HL7 v3 ActReason) in meta.security or meta.tag."""

import msgspec
from msgspec import Struct

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import ElementPath, ReaderState
from cobalamin.fhir.decode.resources import DECODE_ERRORS, NONE

TEST_DATA = "HTEST"
_SPELLED = TEST_DATA.encode()


class _Label(Struct):
    code: str | None = None


class _Labels(Struct):
    security: list[_Label] | None = None
    tag: list[_Label] | None = None


_labels = msgspec.json.Decoder(_Labels)


def is_test_data(meta: msgspec.Raw) -> bool:
    """Whether a security label or tag says so; one that cannot be decoded may."""
    if meta is NONE or _SPELLED not in bytes(meta):
        return False
    try:
        labels = _labels.decode(meta)
    except DECODE_ERRORS:
        return True
    marks = (*(labels.security or ()), *(labels.tag or ()))
    return any((mark.code or "").strip() == TEST_DATA for mark in marks)


def note_test_bundle(state: ReaderState, path: ElementPath, meta: msgspec.Raw) -> None:
    """Remember a Bundle that is marked, with all that it holds."""
    if is_test_data(meta):
        state.is_test_data = True
        state.note_once(Issue.test_data, path.element("meta.security"), "")
