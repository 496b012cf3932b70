"""Which types of drafts are looked at, and which cannot hold anything to look at."""

from typing import get_args

import msgspec

from cobalamin.fhir.decode.resources import Medication
from cobalamin.fhir.readers.draft_types import (
    DraftDiagnosticOrder,
    DraftMedicationAdministration,
    DraftMedicationDispense,
    DraftMedicationOrder,
    DraftMedicationRequest,
    DraftMedicationStatement,
    DraftMedicationUsage,
    DraftProcedureRequest,
    DraftServiceRequest,
)

DraftMedicine = (
    DraftMedicationRequest
    | DraftMedicationOrder
    | DraftMedicationStatement
    | DraftMedicationUsage
    | DraftMedicationDispense
    | DraftMedicationAdministration
)
DraftResource = DraftMedicine | DraftServiceRequest | DraftProcedureRequest | DraftDiagnosticOrder
DRAFT: msgspec.json.Decoder[DraftResource | Medication] = msgspec.json.Decoder(
    DraftResource | Medication
)
READ_TYPES = frozenset(
    {*(str(kind.__struct_config__.tag) for kind in get_args(DraftResource)), "Medication"}
)
# Neither a medicine, a test nor a procedure can be ordered by these.
WITHOUT_ORDER = frozenset(
    {
        "Appointment",
        "CommunicationRequest",
        "Coverage",
        "CoverageEligibilityRequest",
        "DeviceRequest",
        "Encounter",
        "Location",
        "Organization",
        "Patient",
        "Practitioner",
        "PractitionerRole",
        "SupplyRequest",
        "VisionPrescription",
    }
)


def reference_to(draft: DraftResource) -> str | None:
    """Type and id of a draft; None without an id."""
    return None if draft.id is None else f"{type(draft).__struct_config__.tag}/{draft.id}"
