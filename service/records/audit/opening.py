"""Opens the audit trail of the settings, without importing SQLAlchemy where there is none."""

import time
from collections.abc import Callable

from cobalamin.service.records.audit.keys import AuditKeys
from cobalamin.service.records.audit.trail import AuditTrail
from cobalamin.service.settings import AuditPolicy, Settings


def open_audit_trail(settings: Settings, now: Callable[[], float] = time.time) -> AuditTrail | None:
    """Open the audit trail; None where it is switched off.

    Raises:
        SettingsError: the database cannot be used, or has the schema of another version.
    """
    if not settings.keeps_audit:
        return None
    # Here, because SQLAlchemy is slow to import.
    from cobalamin.service.records.audit.writer import AuditWriter  # noqa: PLC0415
    from cobalamin.service.records.schema_version import open_checked_store  # noqa: PLC0415

    key = AuditKeys(settings.audit_key).current
    return AuditTrail(
        AuditWriter(open_checked_store(settings.database_url), key, now),
        key,
        required=settings.audit is AuditPolicy.required,
        plain_ids=settings.audit_plain_ids,
    )
