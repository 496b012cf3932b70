"""What the MLLP listener keeps to."""

from enum import StrEnum, auto

from msgspec import Struct

MIB = 1024 * 1024


class Late(StrEnum):
    """What a sender gets whose message is not assessed in time: AE, or AA without a comment."""

    refuse = auto()
    passed = auto()


class MllpOptions(Struct, frozen=True, kw_only=True):
    """Limits and times in seconds.

    `answer_seconds` are for one assessment, `frame_seconds` for a frame that has begun and for a
    sender to take its answer, `idle_seconds` between two messages, `drain_seconds` for what has
    begun when the listener is stopped. `threads` messages are assessed at a time.
    """

    answer_seconds: float = 10
    frame_seconds: float = 30
    idle_seconds: float = 3600
    drain_seconds: float = 20
    connections: int = 100
    threads: int = 4
    most_bytes: int = 8 * MIB
    late: Late = Late.refuse
