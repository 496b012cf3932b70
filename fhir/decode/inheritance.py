"""What a resource has of what holds it: a Bundle, a report or a panel."""

from collections.abc import Iterable

import msgspec

from cobalamin.fhir.decode.reader_state import LocatedResource
from cobalamin.fhir.decode.resources import (
    DiagnosticReport,
    Observation,
    is_filled,
    is_sent,
    is_withdrawn,
)


def apply_rules(resources: Iterable[LocatedResource], rules: msgspec.Raw) -> None:
    """The rules that a Bundle follows are those of all that it holds."""
    if is_filled(rules):
        for _, resource in resources:
            resource.implicitRules = rules


def inherit(resource: Observation, container: Observation | DiagnosticReport) -> None:
    """A contained result has the subject, the time and the withdrawal of its container.

    What changes the meaning of the container changes that of what it contains.
    """
    resource.id = None  # a contained id is local to its container
    resource.contained = container.contained
    if resource.subject is None and resource.patient is None:
        resource.subject = container.subject
    if is_withdrawn(container.status):
        resource.status = container.status
    if not is_filled(resource.modifierExtension):
        resource.modifierExtension = container.modifierExtension
    if not is_filled(resource.implicitRules):
        resource.implicitRules = container.implicitRules
    if not _is_dated(resource):
        resource.effectiveDateTime = container.effectiveDateTime
        resource.effectivePeriod = container.effectivePeriod
        resource.issued = container.issued


def _is_dated(resource: Observation) -> bool:
    elements = (resource.effectiveDateTime, resource.effectiveInstant, resource.issued)
    return any(elements) or is_sent(resource.effectivePeriod)
