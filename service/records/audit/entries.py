"""An entry of the audit trail as it is stored: codes, identifiers and keyed hashes."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct


class EntryKind(StrEnum):
    """What an entry is about: an evaluation, a batch or cohort, a patient of one, or modes."""

    evaluation = "evaluation"
    batch = "batch"
    batch_patient = "batch-patient"
    cohort = "cohort"
    cohort_patient = "cohort-patient"
    modes = "modes"


class AuditCard(Struct, frozen=True, kw_only=True):
    """A card that was made, and whether it was shown."""

    card: str
    topic: str
    indicator: str
    shown: bool


class AuditEntry(Struct, frozen=True, kw_only=True):
    """One entry, before it has its place in a chain.

    `at` is in milliseconds of Unix time, `latency` in microseconds, `day` the day of the service's
    time zone. `patient`, `resources`, `text_hash` and `inputs` are keyed hashes. `findings` and
    `details` hold codes and counts as JSON. What does not apply is None.
    """

    kind: EntryKind
    at: int
    day: str
    client: str
    service: str
    correlation: str | None = None
    hook_instance: str | None = None
    patient: str | None = None
    resources: str | None = None
    profile: str | None = None
    knowledge_version: str | None = None
    knowledge: str | None = None
    site: str | None = None
    outcome: str | None = None
    rung: str | None = None
    urgency: str | None = None
    findings: str | None = None
    text_hash: str | None = None
    inputs: str | None = None
    mode: str | None = None
    latency: int | None = None
    details: str | None = None
    cards: tuple[AuditCard, ...] = ()


Row = Mapping[str, object]
ENTRY_COLUMNS = tuple(name for name in AuditEntry.__struct_fields__ if name != "cards")
CARD_COLUMNS = AuditCard.__struct_fields__


class AnsweredQuestion(Struct, frozen=True, kw_only=True):
    """What must be the same for a card to be the same, and for how many days its answer holds.

    `client`, `patient` and `inputs` are those of the audit trail.
    """

    client: str
    patient: str
    urgency: str
    inputs: str
    profile: str
    knowledge: str
    site: str | None
    days: int
