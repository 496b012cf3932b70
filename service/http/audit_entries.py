"""Makes the entries of the audit trail from what was asked and what was answered."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from time import monotonic

import msgspec
from msgspec import Struct

from cobalamin.service.answers.deciding_inputs import deciding_evidence, deciding_inputs
from cobalamin.service.correlation import correlation_id
from cobalamin.service.http.app_context import AppContext
from cobalamin.service.http.evaluation_counts import count_evaluation, count_notes
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.modes import strictest
from cobalamin.service.records.audit.entries import AuditCard, AuditEntry, EntryKind
from cobalamin.service.records.audit.keys import AuditKey
from cobalamin.service.records.audit.trail import AuditTrail
from cobalamin.service.records.errors import StoreError
from cobalamin.service.rules.model.assessment import Assessment, Outcome
from cobalamin.service.tracing.recording import TRACING

MICROSECONDS = 1_000_000


class Evaluation(Struct, frozen=True, kw_only=True):
    """One evaluation that is about to be answered.

    `service` is the id of a CDS Service or the address of the laboratory interface, `started` when
    the request came, on the monotonic clock. `outcome` and `reasons` are those of the answer where
    it is not about the patient alone, `inputs` the hash of what it rests on where that is known,
    `mode` that of the settings if None. The hash of `answer` is stored. `correlation` is that of
    the request if None.
    """

    service: str
    assessment: Assessment
    profile: Profile
    started: float
    inputs: str | None = None
    patient_id: str | None = None
    hook_instance: str | None = None
    outcome: Outcome | None = None
    reasons: Sequence[str] | None = None
    cards: tuple[AuditCard, ...] = ()
    answer: bytes = b""
    mode: str | None = None
    kind: EntryKind = EntryKind.evaluation
    correlation: str | None = None


class AuditedRun(Struct, frozen=True, kw_only=True):
    """A batch or the assessment of a cohort, which is one entry.

    `inputs` stand for all that was read, `counts` are what it came to.
    """

    kind: EntryKind
    service: str
    profile: Profile
    started: float
    correlation: str
    inputs: bytes
    counts: Mapping[str, object]


def record_evaluation(ctx: AppContext, evaluation: Evaluation) -> None:
    """Store an entry for an evaluation before it is answered, and count it.

    Raises:
        StoreError: the entry is required and could not be stored.
    """
    store_evaluation(ctx, evaluation)
    assessment = evaluation.assessment
    notes = count_notes(assessment.notes)
    outcome, reasons = assessment.outcome, assessment.reasons
    count_evaluation(evaluation.service, outcome, reasons, notes, client_id(ctx))
    TRACING.note_evaluation(outcome.value, evaluation.profile.knowledge.profile)


def store_evaluation(ctx: AppContext, evaluation: Evaluation) -> None:
    """Store an entry for an evaluation before it is answered; nothing without an audit trail.

    Raises:
        StoreError: the entry is required and could not be stored.
    """
    if ctx.audit is not None:
        ctx.audit.record(to_entry(ctx, ctx.audit, evaluation))


def record_modes(ctx: AppContext) -> bool:
    """Store an entry of the modes in which this process answers from now on; False if it failed.

    Calls go on then: switching something off must not wait for a database.
    """
    if ctx.audit is None:
        return True
    entry = AuditEntry(
        kind=EntryKind.modes,
        at=int(ctx.now() * 1000),
        day=ctx.today().isoformat(),
        client="",
        service="modes",
        mode=strictest(ctx.settings.mode, ctx.modes.service).value,
        details=json.dumps(msgspec.to_builtins(ctx.modes), sort_keys=True),
    )
    try:
        ctx.audit.record_events(entry)
    except StoreError:
        return False
    return True


def record_run(ctx: AppContext, run: AuditedRun) -> None:
    """Store an entry for a batch; nothing without an audit trail.

    Raises:
        StoreError: the entry is required and could not be stored.
    """
    if ctx.audit is not None:
        ctx.audit.record(
            run_entry(ctx.audit, run, int(ctx.now() * 1000), ctx.today(), client_id(ctx))
        )


def run_entry(trail: AuditTrail, run: AuditedRun, at: int, day: date, client: str) -> AuditEntry:
    """The entry of a batch or cohort; `at` is in milliseconds of Unix time."""
    knowledge = run.profile.knowledge
    return AuditEntry(
        kind=run.kind,
        at=at,
        day=day.isoformat(),
        client=client,
        service=run.service,
        correlation=trail.key.hash_unless_uuid("correlation", run.correlation),
        profile=knowledge.profile,
        knowledge_version=knowledge.version,
        knowledge=knowledge.hash,
        site=knowledge.site,
        inputs=trail.key.hash_value("inputs", run.inputs),
        latency=int((monotonic() - run.started) * MICROSECONDS),
        details=json.dumps(run.counts, sort_keys=True),
    )


def hash_patient(trail: AuditTrail, client: str, patient_id: str) -> str:
    """The keyed hash of a patient of a client, or the id itself where plain ids are kept."""
    return patient_id if trail.plain_ids else trail.key.hash_value("patient", client, patient_id)


def hash_inputs(trail: AuditTrail, assessment: Assessment) -> str:
    """The keyed hash of what an answer rests on."""
    return trail.key.hash_value("inputs", deciding_inputs(assessment))


def client_id(ctx: AppContext) -> str:
    """The client of the request in the registry; empty without a registry."""
    return "" if ctx.client is None else ctx.client.id


def to_entry(ctx: AppContext, trail: AuditTrail, evaluation: Evaluation) -> AuditEntry:
    """The entry of one evaluation."""
    assessment, knowledge = evaluation.assessment, evaluation.profile.knowledge
    key, client = trail.key, client_id(ctx)
    patient = evaluation.patient_id or assessment.facts.patient.id
    instance = evaluation.hook_instance
    return AuditEntry(
        kind=evaluation.kind,
        at=int(ctx.now() * 1000),
        day=ctx.today().isoformat(),
        client=client,
        service=evaluation.service,
        correlation=key.hash_unless_uuid("correlation", evaluation.correlation or correlation_id()),
        hook_instance=None if instance is None else key.hash_unless_uuid("hook", instance),
        patient=None if patient is None else hash_patient(trail, client, patient),
        resources=_resources(trail, client, assessment),
        profile=knowledge.profile,
        knowledge_version=knowledge.version,
        knowledge=knowledge.hash,
        site=knowledge.site,
        outcome=(evaluation.outcome or assessment.outcome).value,
        rung=assessment.plan.rung,
        urgency=assessment.plan.urgency.name,
        findings=_findings(assessment, evaluation.reasons),
        text_hash=_text_hash(key, evaluation.answer),
        inputs=evaluation.inputs or hash_inputs(trail, assessment),
        mode=evaluation.mode or ctx.mode.value,
        latency=int((monotonic() - evaluation.started) * MICROSECONDS),
        cards=evaluation.cards,
    )


def _text_hash(key: AuditKey, answer: bytes) -> str | None:
    return key.hash_value("answer", answer) if answer else None


def _resources(trail: AuditTrail, client: str, assessment: Assessment) -> str | None:
    """The resources of the deciding evidence; None where none has an identity."""
    named = {one.reference for one in deciding_evidence(assessment) if one.reference}
    versions = assessment.facts.versions
    texts = (_resource(trail, client, one, versions.get(one)) for one in sorted(named))
    return " ".join(texts) or None


def _resource(trail: AuditTrail, client: str, reference: str, version: str | None) -> str:
    """A resource with the version that was read, as far as it was told.

    As FHIR names both (`Observation/1/_history/2`), or as the keyed hash of each, so that all
    versions of a resource are found by it.
    """
    if trail.plain_ids:
        return reference if version is None else f"{reference}/_history/{version}"
    key = trail.key
    of_resource = key.hash_value("resource", client, reference)
    if version is None:
        return of_resource
    return f"{of_resource}/{key.hash_value('version', client, reference, version)}"


def _findings(assessment: Assessment, reasons: Iterable[str] | None) -> str:
    """The findings and the plan as codes; notes are counted by their code."""
    anaemia, plan = assessment.anaemia, assessment.plan
    codes = {
        "reasons": list(assessment.reasons if reasons is None else reasons),
        "status": assessment.status.value.value,
        "band": assessment.status.band.value,
        "anaemia": anaemia.value.value,
        "cells": anaemia.cells.value,
        "megaloblastic": anaemia.megaloblastic.value,
        "tier": assessment.neuropathy.tier.value,
        "causes": [str(finding.code) for finding in assessment.causes],
        "confounders": [str(finding.code) for finding in assessment.confounders],
        "route": plan.route.value,
        "suggestions": [suggestion.code for suggestion in plan.suggestions],
        "cautions": list(plan.cautions),
        "unknowns": [unknown.fact for unknown in assessment.unknowns],
        "notes": dict(Counter(note.code for note in assessment.notes)),
    }
    return json.dumps({name: found for name, found in codes.items() if found}, sort_keys=True)
