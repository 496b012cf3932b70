"""Whether the last segment of a message may be half of one."""

from cobalamin.service.message_form import SegmentEnd

LINE_ENDS = (b"\r", b"\n")
HEAD, RESULT, STATUS = b"MSH", b"OBX", 11


def is_whole(content: bytes, needs: SegmentEnd) -> bool:
    """Whether a message that has a header ends where its sender ended it, as far as that shows."""
    if content.endswith(LINE_ENDS) or needs is SegmentEnd.optional:
        return True
    return needs is SegmentEnd.after_result and _ends_in_result(content)


def _ends_in_result(content: bytes) -> bool:
    """Whether the last segment is a result that holds its status."""
    at = content.find(HEAD) + len(HEAD)
    last = content.replace(b"\n", b"\r").rpartition(b"\r")[2]
    fields = last.split(content[at : at + 1])
    return fields[0] == RESULT and len(fields) > STATUS and bool(fields[STATUS].strip())
