"""The audit entry of a cohort run, where the environment switches the audit trail on."""

import json
import os
import sys
import time

import click
from msgspec import to_builtins

from cobalamin.service.cli.settings import exit_if_not_usable, load_settings_or_exit
from cobalamin.service.cohort.manifest import Run
from cobalamin.service.environment_reader import FILE_SUFFIX
from cobalamin.service.http.audit_entries import AuditedRun, run_entry
from cobalamin.service.identifiers import new_id
from cobalamin.service.records.audit.entries import EntryKind
from cobalamin.service.records.audit.opening import open_audit_trail
from cobalamin.service.records.audit.trail import AuditTrail
from cobalamin.service.records.errors import StoreError

SETTING = "COBALAMIN_AUDIT"
SERVICE = "cohort run"
FAILED = 1


def open_trail_or_exit() -> AuditTrail | None:
    """The audit trail; None where the environment names none; exit 78 where it cannot be used.

    The other settings are read only then: a cohort needs none of them.
    """
    if os.environ.keys().isdisjoint({SETTING, SETTING + FILE_SUFFIX}):
        return None
    with exit_if_not_usable():
        return open_audit_trail(load_settings_or_exit())


def record_cohort_or_exit(trail: AuditTrail | None, finished: Run) -> None:
    """Store the entry of a finished run; exit 1 where it is required and could not be stored."""
    if trail is None:
        return
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
    try:
        trail.record(run_entry(trail, run, int(time.time() * 1000), finished.job.today, ""))
    except StoreError as error:
        click.echo(f"the results are there, their audit entry is not: {error}", err=True)
        sys.exit(FAILED)
