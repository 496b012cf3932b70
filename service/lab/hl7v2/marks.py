"""The marks of a message: those of MSH-2, and the usual ones in their place."""

import re

OUT_MARKS, MARK_NAMES, ESCAPE = "|^~\\&", "FSRET", 3


def with_usual_marks(segment: str, marks: str) -> str:
    """A segment with the usual marks in place of its sender's, which are five.

    An escape stands for a mark of the message that it is in, so those are taken apart as well.
    """
    own = dict(zip(marks, OUT_MARKS, strict=True))
    escaped = dict(zip(OUT_MARKS, MARK_NAMES, strict=True))
    meant = dict(zip(MARK_NAMES, marks, strict=True))
    escape = re.escape(marks[ESCAPE])
    parts = re.split(f"(?:{escape}([{MARK_NAMES}]){escape})", segment)
    made = []
    for at, part in enumerate(parts):
        is_data = at % 2 == 1
        for mark in meant[part] if is_data else part:
            as_mark = None if is_data else own.get(mark)
            made.append(as_mark or (f"\\{escaped[mark]}\\" if mark in escaped else mark))
    return "".join(made)
