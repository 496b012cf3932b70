"""A message whose last segment has no end is whole only where that segment says all it has to."""

import pytest

from cobalamin.service.message_form import SegmentEnd
from cobalamin.service.mllp.last_segment import is_whole
from mllp import oru

WHOLE = oru("C1", "120") + oru("C1", "130").split(b"\r", 3)[3] + b"NTE|1||no comment\r"


@pytest.mark.parametrize("mark", [b"|", b"!"])
@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_no_cut_before_the_status_of_a_result_passes(mark: bytes, end: bytes) -> None:
    content = WHOLE.replace(b"|", mark).replace(b"\r", end)
    for length in range(10, len(content)):
        last = content[:length].replace(b"\n", b"\r").split(b"\r")[-1]
        has_status = last.startswith(b"OBX") and last.split(mark)[11:12] not in ([], [b""])
        is_between = content[:length].endswith((b"\r", b"\n"))
        assert is_whole(content[:length], SegmentEnd.after_result) == (has_status or is_between)
        assert is_whole(content[:length], SegmentEnd.required) == is_between
        assert is_whole(content[:length], SegmentEnd.optional)
