"""Frames are found however they are cut, and nothing but whole frames is believed."""

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cobalamin.service.mllp.framing import FrameReader, FrameTooLongError, to_frame

CONTENT = st.binary(max_size=40).map(
    lambda raw: bytes(one for one in raw if one not in (0x0B, 0x1C)) or b"M"
)
NOISE = st.sampled_from(
    [b"", b"\r\n", b"junk", b"\x0bhalf", b"\x0bhalf\x1cno return", b"\x1c\r", b"\x0b", b"\x1c"]
)


async def _frames(data: bytes, cuts: list[int], most: int = 1000) -> tuple[list[bytes], int]:
    stream = asyncio.StreamReader()
    places = [0, *sorted({cut % (len(data) + 1) for cut in cuts}), len(data)]
    for start, end in pairwise(places):
        if end > start:
            stream.feed_data(data[start:end])
    stream.feed_eof()
    reader, found = FrameReader(stream, most), []
    while (frame := await reader.next_frame()) is not None:
        found.append(frame)
    return found, reader.dropped


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(NOISE, CONTENT), max_size=6), NOISE, st.lists(st.integers(0), max_size=8))
def test_whole_frames_alone_come_out(
    parts: list[tuple[bytes, bytes]], rest: bytes, cuts: list[int]
) -> None:
    data = b"".join(noise + to_frame(content) for noise, content in parts) + rest
    found, _ = asyncio.run(_frames(data, cuts))
    assert found == [content for _, content in parts]


@pytest.mark.parametrize(
    ("data", "frames", "dropped"),
    [
        (b"\x0bone\x1c\r\x0btwo\x1c\r", [b"one", b"two"], 0),
        (b"\r\n\x0bone\x1c\r\n", [b"one"], 0),
        (b"GET / HTTP/1.1\r\n\r\n", [], 1),
        (b"\x0bMSH|half\x0bMSH|whole\r\x1c\r", [b"MSH|whole\r"], 1),
        (b"\x0bone\x1c\n\x0btwo\x1c\r", [b"two"], 1),
        (b"\x0bnever ended", [], 1),
    ],
)
def test_what_is_no_frame_is_dropped(data: bytes, frames: list[bytes], dropped: int) -> None:
    found, count = asyncio.run(_frames(data, [3, 9]))
    assert found == frames
    assert count == dropped


def test_a_frame_without_end_is_given_up() -> None:
    with pytest.raises(FrameTooLongError):
        asyncio.run(_frames(b"\x0b" + b"x" * 5000, []))
