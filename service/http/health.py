"""Liveness and readiness probes."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from flask import Blueprint, Response

from cobalamin.service.answers.plain import encode
from cobalamin.service.http.app_context import (
    AppContext,
    configuration_problem,
    current_configuration,
    get_context,
)
from cobalamin.service.http.content_negotiation import JSON
from cobalamin.service.http.modes import modes_problem
from cobalamin.service.http.readiness import DatabaseReadiness
from cobalamin.service.http.server_environ import is_draining
from cobalamin.service.records.audit.trail import AuditTrail
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.model.assessment import Assessment, Route, Status
from cobalamin.service.rules.model.dates import When
from cobalamin.service.rules.model.facts import Facts, FeatureFact, Patient, Result
from cobalamin.service.rules.model.quantities import Quantity
from cobalamin.service.rules.model.vocabulary import Analyte, Feature, Sex
from cobalamin.service.version import VERSION

RETRY_SECONDS = "10"
FILES_NOT_USED = (
    "a changed client registry, site file or file of modes is not used, the last usable state "
    "stays; `cobalamin config check` and the log say why"
)
_DAY = date(2026, 11, 20)
_WHEN = When(first=_DAY, last=_DAY, text=_DAY.isoformat())
_SELF_TEST = Facts(
    patient=Patient(age=57, sex=Sex.female),
    results=(
        Result(
            analyte=Analyte.b12_total, on=_WHEN, quantity=Quantity(value=Decimal(98), unit="ng/L")
        ),
    ),
    features=(FeatureFact(code=Feature.vibration_loss),),
)


def health_blueprint() -> Blueprint:
    """Build the blueprint."""
    pages, database = Blueprint("health", __name__), DatabaseReadiness()

    @pages.get("/livez")
    def livez() -> Response:
        return Response(encode({"status": "live", "version": VERSION}), content_type=JSON)

    @pages.get("/readyz")
    def readyz() -> Response:
        if is_draining():
            return _not_ready("shutting down")
        ready = all(
            passes_self_test(get_context(), profile) for profile in get_context().profiles.in_use
        )
        found = (
            database.check(get_context().settings)
            if current_configuration().stores_records
            else None
        )
        told = {} if found is None else {"database": found.text}
        if configuration_problem() is not None or modes_problem() is not None:
            told["configuration"] = FILES_NOT_USED
        is_recorded = _is_recorded(get_context().audit, told)
        if not ready or not is_recorded or (found is not None and found.is_lasting):
            return _not_ready("not ready", told)
        body = {"status": "ready", "version": VERSION, **told}
        return Response(encode(body), content_type=JSON)

    return pages


def _is_recorded(audit: AuditTrail | None, details: dict[str, str]) -> bool:
    """Whether evaluations can be answered as far as the audit trail goes; tells how it is."""
    if audit is None:
        return True
    is_available = audit.is_available()
    details["audit"] = "available" if is_available else "not available"
    if audit.unrecorded:
        details["unrecorded"] = str(audit.unrecorded)
    return is_available or not audit.required


def _not_ready(status: str, details: Mapping[str, str] = {}) -> Response:
    body = encode({"status": status, "version": VERSION, **details})
    return Response(body, 503, {"Retry-After": RETRY_SECONDS}, content_type=JSON)


def passes_self_test(ctx: AppContext, profile: str) -> bool:
    """Assess a known patient; True if the answer is parenteral treatment of a deficiency."""
    result: Assessment = assess(_SELF_TEST, ctx.profiles[profile].knowledge, _DAY)
    return result.status.value is Status.deficient and result.plan.route is Route.parenteral
