"""The audit entries of a cohort run, where the environment switches the audit trail on."""

import csv
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

import click
from msgspec import Struct, to_builtins
from msgspec.structs import replace

from cobalamin.service.cli.settings import exit_if_not_usable, load_settings_or_exit
from cobalamin.service.cohort.manifest import Run
from cobalamin.service.cohort.output.results import TABLE
from cobalamin.service.environment_reader import FILE_SUFFIX
from cobalamin.service.http.audit_entries import AuditedRun, hash_patient, run_entry
from cobalamin.service.identifiers import new_id
from cobalamin.service.records.audit.entries import AuditEntry, EntryKind
from cobalamin.service.records.audit.opening import open_audit_trail
from cobalamin.service.records.audit.trail import AuditTrail
from cobalamin.service.records.errors import StoreError

SETTING = "COBALAMIN_AUDIT"
SERVICE = "cohort run"
FAILED = 1
ENTRIES_AT_ONCE = 500
FINDINGS = ("status", "band", "anaemia", "megaloblastic", "tier", "route")
LISTS = ("reasons", "causes", "suggestions", "cautions")
Row = Mapping[str, str]


class CohortAudit(Struct, frozen=True):
    """The audit trail of a run, and whether each patient of it leaves an entry."""

    trail: AuditTrail
    each_patient: bool


def open_trail_or_exit() -> CohortAudit | None:
    """The audit trail; None where the environment names none; exit 78 where it cannot be used.

    The other settings are read only then: a cohort needs none of them.
    """
    if os.environ.keys().isdisjoint({SETTING, SETTING + FILE_SUFFIX}):
        return None
    with exit_if_not_usable():
        settings = load_settings_or_exit()
        trail = open_audit_trail(settings)
    return None if trail is None else CohortAudit(trail, settings.audit_each_patient)


def record_cohort_or_exit(audit: CohortAudit | None, finished: Run, output: Path) -> None:
    """Store the entries of a finished run; exit 1 where one is required and could not be stored."""
    if audit is None:
        return
    try:
        _record(audit, finished, output)
    except StoreError as error:
        click.echo(f"the results are there, not all their audit entries are: {error}", err=True)
        if audit.trail.required:
            sys.exit(FAILED)


def _record(audit: CohortAudit, finished: Run, output: Path) -> None:
    trail, at = audit.trail, int(time.time() * 1000)
    entry = _entry_of_run(trail, finished, at)
    if audit.each_patient:
        entries = _entries_of_patients(trail, entry, output)
        while some := tuple(islice(entries, ENTRIES_AT_ONCE)):
            trail.record_events(*some)
    trail.record(entry)


def _entries_of_patients(trail: AuditTrail, run: AuditEntry, output: Path) -> Iterator[AuditEntry]:
    """An entry for each row of the results, which rests on the row as it stands there."""
    with (output / TABLE).open(encoding="utf-8", newline="") as file:
        yield from (_entry_of_patient(trail, run, row) for row in csv.DictReader(file))


def _entry_of_patient(trail: AuditTrail, run: AuditEntry, row: Row) -> AuditEntry:
    return replace(
        run,
        kind=EntryKind.cohort_patient,
        patient=hash_patient(trail, "", row["subject"]) if row["subject"] else None,
        outcome=row["outcome"],
        rung=row["rung"],
        urgency=row["urgency"],
        findings=_findings(row),
        inputs=trail.key.hash_value("inputs", json.dumps(row, sort_keys=True)),
        latency=None,
        details=None,
    )


def _findings(row: Row) -> str:
    codes: dict[str, object] = {name: row[name] for name in FINDINGS}
    codes |= {name: row[name].split() for name in LISTS} | {"notes": _notes(row["notes"])}
    return json.dumps({name: found for name, found in codes.items() if found}, sort_keys=True)


def _notes(text: str) -> dict[str, int]:
    counts = (note.rpartition(":") for note in text.split())
    return {code: int(count) for code, _, count in counts}


def _entry_of_run(trail: AuditTrail, finished: Run, at: int) -> AuditEntry:
    run = AuditedRun(
        kind=EntryKind.cohort,
        service=SERVICE,
        profile=finished.profile,
        started=time.monotonic() - finished.seconds,
        correlation=new_id(),
        inputs=json.dumps(to_builtins(finished.inputs), sort_keys=True).encode(),
        counts={
            "rows": finished.rows,
            "outcomes": finished.totals["outcomes"],
            "refused": finished.totals["refused"],
        },
    )
    return run_entry(trail, run, at, finished.job.today, "")
