"""In which form a laboratory system takes the comment on a report and reflex orders.

Outside `knowledge` and `access` because the site file and the client registry both have it.
"""

from enum import StrEnum

from msgspec import Struct


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


class MessageForm(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The form of the answers to one sender."""

    comment: CommentForm = CommentForm.ack_nte
    reflex_orders: ReflexOrders = ReflexOrders.none


USUAL_FORM = MessageForm()
