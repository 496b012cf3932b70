"""What tells a report from every other one: keyed hashes of its patient, message and results."""

from collections.abc import Sequence

from msgspec import Struct

from cobalamin.service.http.app_context import AppContext
from cobalamin.service.http.audit_entries import client_id
from cobalamin.service.lab.hl7v2.message import Message
from cobalamin.service.lab.hl7v2.report_orders import (
    MOST_LENGTH,
    MarkerResult,
    OrderNumbers,
    commented_order,
    order_numbers,
    patient_parts,
)
from cobalamin.service.records.comment_history import CommentHistory
from cobalamin.service.rules.model.facts import Facts


class ReportIdentity(Struct, frozen=True, kw_only=True):
    """What tells a report: the hashes of its patient, message and results by every key.

    `own_results` are those of the current key; `changed` are results that were corrected or
    withdrawn, `withdrawn` the latter alone. `order` is that of the comment.
    """

    patient: tuple[str, ...]
    message: tuple[str, ...]
    own_results: tuple[str, ...]
    results: frozenset[str]
    changed: frozenset[str]
    withdrawn: frozenset[str]
    order: OrderNumbers
    control_id: str


def find_identity(
    history: CommentHistory,
    message: Message,
    body: bytes,
    markers: Sequence[MarkerResult],
    facts: Facts,
    ctx: AppContext,
) -> ReportIdentity | None:
    """What tells the report; None where patient or orders have no usable numbers."""
    person, client, header = patient_parts(message), client_id(ctx), message.header
    is_named = all(marker.order.name for marker in markers)
    if person is None or not is_named or len(header.control_id) > MOST_LENGTH:
        return None
    patient = (client, *header.sender, *person)
    hashes = [
        history.hashes("result", *patient, one.order.name, one.analyte.value) for one in markers
    ]
    pairs = list(zip(markers, hashes, strict=True))
    changed = [found for one, found in pairs if one.is_corrected or one.is_withdrawn]
    withdrawn = [found for one, found in pairs if one.is_withdrawn]
    order = commented_order(message, facts)
    return ReportIdentity(
        patient=history.hashes("patient", *patient),
        message=history.hashes("message", client, body),
        own_results=tuple(sorted({found[0] for found in hashes})),
        results=frozenset().union(*hashes),
        changed=frozenset().union(*changed),
        withdrawn=frozenset().union(*withdrawn),
        order=order_numbers(message, order),
        control_id=header.control_id,
    )
