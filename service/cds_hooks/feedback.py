"""Feedback on cards: each item is validated by itself, and the valid ones are stored."""

import json
import logging
from collections.abc import Callable, Sequence
from typing import Any

from cobalamin.fhir.decode.json_repair import strip_bom
from cobalamin.schemas.paths import SchemaError
from cobalamin.service.access.before_request import current_client
from cobalamin.service.answers.cards import REASON_SYSTEM
from cobalamin.service.http.errors import ApiError
from cobalamin.service.http.json_errors import not_json
from cobalamin.service.knowledge.card_words import OVERRIDE_CODES
from cobalamin.service.metrics.definitions import FEEDBACK
from cobalamin.service.metrics.recording import METRICS
from cobalamin.service.records.feedback_records import FeedbackRecord

LOG = logging.getLogger("cobalamin.feedback")
MOST_ITEMS = 500
OFFERED_REASONS = frozenset(OVERRIDE_CODES)
OTHER_REASON = "other"
STORED = "stored"
SaveFeedback = Callable[[Sequence[FeedbackRecord]], list[bool]]
FeedbackItem = FeedbackRecord | SchemaError


def accept_feedback(body: bytes, service_id: str, keep: SaveFeedback) -> list[dict[str, str]]:
    """Store the valid items and return a verdict for each, in their order.

    Raises:
        ApiError: 400 where the body holds no list, or no item of it can be used; 413 for too many.
        StoreError: the database cannot be used; what was sent may be sent again.
    """
    items = [_read(index, item, service_id) for index, item in enumerate(_items(body))]
    refused = [item for item in items if isinstance(item, SchemaError)]
    if refused and len(refused) == len(items):
        raise ApiError(400, refused[0].message, refused[0].where)
    for fault in refused:
        LOG.warning("refused: %s", fault)
    verdicts = [item for item in items if isinstance(item, FeedbackRecord)]
    new = iter(keep(verdicts) if verdicts else ())
    said = [_said(item, new=isinstance(item, FeedbackRecord) and next(new)) for item in items]
    for item, verdict in zip(items, said, strict=True):
        _count(item, verdict["verdict"], service_id)
    return said


def _count(item: FeedbackItem, verdict: str, service_id: str) -> None:
    """Count feedback by its outcome, or that it was repeated or refused."""
    outcome, reason = verdict, ""
    if isinstance(item, FeedbackRecord) and verdict == STORED:
        outcome, reason = item.outcome, item.reason_code or ""
    METRICS.count(FEEDBACK, service_id, outcome, reason)


def _items(body: bytes) -> list[Any]:
    # By the more tolerant decoder: a comment truncated within a character must not cost a batch.
    try:
        decoded = json.loads(strip_bom(body).decode())
    except (RecursionError, ValueError):
        raise not_json(body) from None
    if not isinstance(decoded, dict):
        raise ApiError(400, "the body must be a JSON object")
    items = decoded.get("feedback")
    if not isinstance(items, list):
        raise ApiError(400, "must be a list of what became of each card", "feedback")
    if len(items) > MOST_ITEMS:
        raise ApiError(413, f"send at most {MOST_ITEMS} items at a time", "feedback")
    return items


def _read(index: int, item: object, service_id: str) -> FeedbackItem:
    from cobalamin.schemas.feedback import load_feedback  # noqa: PLC0415 - slow to import

    try:
        read = load_feedback(item)
    except SchemaError as fault:
        path = f"feedback[{index}]"
        return SchemaError(f"{path}.{fault.where}" if fault.where else path, fault.message)
    client = current_client()
    system, code = _known_reason(*read["reason"])
    return FeedbackRecord(
        client="" if client is None else client.id,
        service=service_id,
        card=read["card"],
        outcome=read["outcome"],
        at=read["outcomeTimestamp"],
        suggestions=tuple(taken["id"] for taken in read["acceptedSuggestions"]),
        reason_system=system,
        reason_code=code,
        commented=read["commented"],
    )


def _known_reason(system: str | None, code: str | None) -> tuple[str | None, str | None]:
    """A reason that cards offer, else `other`: a code of the client's own could name a patient."""
    if code is None:
        return None, None
    is_known = code in OFFERED_REASONS and system in (None, REASON_SYSTEM)
    return (system, code) if is_known else (None, OTHER_REASON)


def _said(item: FeedbackItem, *, new: bool) -> dict[str, str]:
    if isinstance(item, SchemaError):
        return {"verdict": "refused", "where": item.where, "text": item.message}
    return {"verdict": STORED if new else "repeated"}
