"""Medications of other FHIR versions and kinds, put into the elements that the readers know."""

from cobalamin.fhir.decode.resources import (
    ADHERENCE,
    DECODE_ERRORS,
    MedicationAdministration,
    MedicationDispense,
    MedicationOrder,
    MedicationResource,
    MedicationStatement,
    is_filled,
)
from cobalamin.fhir.values.dates import first_of

NOT_DONE = "not-done"
SUPPLIED = frozenset({"completed", "in-progress"})
NOT_TAKEN = frozenset({"n", "na"})
# R5: http://hl7.org/fhir/CodeSystem/medication-statement-adherence
NOT_TAKING = "not-taking"
STOPPED = "stopped"


def adapt_medication(resource: MedicationResource) -> None:
    """Put what an older or newer version says elsewhere where R4 has it.

    A medicine that was not given, not taken or not handed over gets a status that never counts.
    """
    if isinstance(resource, MedicationOrder):
        resource.authoredOn = first_of(resource.authoredOn, resource.dateWritten)
    elif isinstance(resource, MedicationDispense):
        _adapt_dispense(resource)
    elif isinstance(resource, MedicationStatement):
        _adapt_statement(resource)
    elif isinstance(resource, MedicationAdministration):
        resource.effectiveDateTime = first_of(
            resource.effectiveDateTime, resource.effectiveTimeDateTime
        )
        resource.effectivePeriod = resource.effectivePeriod or resource.effectiveTimePeriod
        if resource.notGiven or resource.wasNotGiven:
            resource.status = NOT_DONE


def _adapt_dispense(dispense: MedicationDispense) -> None:
    dispense.effectiveDateTime = first_of(dispense.whenHandedOver, dispense.whenPrepared)
    dispense.dosage = dispense.dosageInstruction
    if (dispense.status or "").strip().lower() not in SUPPLIED:
        dispense.status = NOT_DONE


def _adapt_statement(statement: MedicationStatement) -> None:
    adherence = _adherence(statement)
    if adherence == STOPPED:
        statement.status = STOPPED
    taken = (statement.taken or "").strip().lower()
    if statement.wasNotTaken or taken in NOT_TAKEN or adherence.startswith(NOT_TAKING):
        statement.status = NOT_DONE


def _adherence(statement: MedicationStatement) -> str:
    try:
        raw = statement.adherence
        code = ADHERENCE.decode(raw).code if is_filled(raw) else None
    except DECODE_ERRORS:
        return ""
    codings = () if code is None else code.coding or ()
    return next((c.code.strip().lower() for c in codings if c.code), "")
