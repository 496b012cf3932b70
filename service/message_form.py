"""In which form a laboratory system sends messages, and takes comments and reflex orders.

Outside `knowledge` and `access` because the site file and the client registry both have it.
"""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

NARROWEST, WIDEST = 60, 80
"""Characters of an NTE line that laboratory systems file without cutting it."""
LineWidth = Annotated[int, Meta(ge=NARROWEST, le=WIDEST)]


class CommentForm(StrEnum):
    """Where the comment stands: NTE segments of the ACK, or an ORU^R01 of its own.

    In an ORU^R01 it is NTE segments under the OBR of the vitamin B12, or OBX segments there.
    """

    ack_nte = "ack-nte"
    oru_nte = "oru-nte"
    oru_obx = "oru-obx"


class ReflexOrders(StrEnum):
    """As which message the reflex tests that are added are ordered."""

    none = "none"
    orm = "orm"
    oml = "oml"


class SegmentEnd(StrEnum):
    """Whether the last segment of a message needs its carriage return.

    Many senders never write it, and yet one without it may be half of a message. `after_result`: a
    result that holds its status (OBX-11) needs none, because what it says is whole.
    """

    required = "required"
    after_result = "after-result"
    optional = "optional"


class MessageForm(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The form of the answers to one sender, and by MLLP of its messages.

    `line_width` is the most characters of a line of the comment; None leaves it to the site.
    """

    comment: CommentForm = CommentForm.ack_nte
    reflex_orders: ReflexOrders = ReflexOrders.none
    line_width: LineWidth | None = None
    last_segment_end: SegmentEnd = SegmentEnd.after_result


USUAL_FORM = MessageForm()
