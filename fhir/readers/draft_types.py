"""The elements of the drafts that are looked at."""

import msgspec

from cobalamin.fhir.decode.resources import (
    NONE,
    CodeableConcept,
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
