"""What a resource has of what holds it: a Bundle, a report or a panel."""

from collections.abc import Iterable

import msgspec

from cobalamin.fhir.decode.raw_lists import decode_raw_list
from cobalamin.fhir.decode.reader_state import LocatedResource
from cobalamin.fhir.decode.resources import (
    DECODE_ERRORS,
    NONE,
    DiagnosticReport,
    Observation,
    is_filled,
    is_sent,
    is_withdrawn,
)
from cobalamin.fhir.decode.test_data import is_test_data


def apply_rules(resources: Iterable[LocatedResource], rules: msgspec.Raw) -> None:
    """The rules that a Bundle follows are those of all that it holds."""
    if is_filled(rules):
        for _, resource in resources:
            resource.implicitRules = rules


def apply_modifiers(resources: Iterable[LocatedResource], modifiers: msgspec.Raw) -> None:
    """What changes the meaning of an entry changes that of all that it holds."""
    if is_filled(modifiers):
        for _, resource in resources:
            resource.modifierExtension = modifiers


def inherit(resource: Observation, container: Observation | DiagnosticReport) -> None:
    """A contained result has the subject, time, specimen and withdrawal of its container.

    What changes the meaning of the container changes that of what it contains.
    """
    resource.id = None  # a contained id is local to its container
    resource.contained = container.contained
    if resource.subject is None and resource.patient is None:
        resource.subject = container.subject
    if is_withdrawn(container.status):
        resource.status = container.status
    if not is_sent(resource.specimen):
        resource.specimen = _only_specimen(container.specimen)
    if is_test_data(container.meta):
        resource.meta = container.meta
    if not is_filled(resource.modifierExtension):
        resource.modifierExtension = container.modifierExtension
    if not is_filled(resource.implicitRules):
        resource.implicitRules = container.implicitRules
    if not _is_dated(resource):
        resource.effectiveDateTime = container.effectiveDateTime
        resource.effectivePeriod = container.effectivePeriod
        resource.issued = container.issued


def _only_specimen(raw: msgspec.Raw) -> msgspec.Raw:
    """The specimen of a container; of several, nobody says which one a result is of."""
    if bytes(raw)[:1] != b"[":
        return raw
    try:
        several = decode_raw_list(raw)
    except DECODE_ERRORS:
        return NONE
    return several[0] if len(several) == 1 else NONE


def _is_dated(resource: Observation) -> bool:
    elements = (resource.effectiveDateTime, resource.effectiveInstant, resource.issued)
    return any(elements) or is_sent(resource.effectivePeriod)
