"""The types of drafts that are looked at, and those that cannot hold anything to look at."""

from typing import get_args

import msgspec

from cobalamin.fhir.decode.resources import (
    NONE,
    CodeableConcept,
    Medication,
    MedicationResource,
)


class OrderedItem(msgspec.Struct):
    """One test of an order in DSTU2."""

    code: CodeableConcept | None = None


class DraftOrderResource(MedicationResource, tag_field="resourceType", kw_only=True):
    """What the kinds of orders share that are looked at; each has a subset of it."""

    code: CodeableConcept | None = None
    item: list[OrderedItem] | None = None
    doNotPerform: bool | None = None
    dosageInstruction: msgspec.Raw = NONE


class DraftMedicationRequest(DraftOrderResource, tag="MedicationRequest"):
    """A prescription."""


class DraftMedicationOrder(DraftOrderResource, tag="MedicationOrder"):
    """A prescription in DSTU2."""


class DraftMedicationStatement(DraftOrderResource, tag="MedicationStatement"):
    """Sent among orders by some clients when a medicine is continued."""


class DraftMedicationUsage(DraftOrderResource, tag="MedicationUsage"):
    """The same as the first drafts of R5 called it."""


class DraftMedicationDispense(DraftOrderResource, tag="MedicationDispense"):
    """A supply that is being written."""


class DraftMedicationAdministration(DraftOrderResource, tag="MedicationAdministration"):
    """A giving that is being written."""


class DraftServiceRequest(DraftOrderResource, tag="ServiceRequest"):
    """A test or a procedure."""


class DraftProcedureRequest(DraftOrderResource, tag="ProcedureRequest"):
    """A test or a procedure in STU3 and DSTU2."""


class DraftDiagnosticOrder(DraftOrderResource, tag="DiagnosticOrder"):
    """Tests in DSTU2, one an item."""


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
