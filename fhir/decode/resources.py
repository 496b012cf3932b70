"""FHIR resources as decoded: only elements that are read, and those that may be malformed raw.

The first pass decodes type, codes, status and subject; other elements are decoded one by one, and
only for resources that matter. A malformed element costs that element alone, and an irrelevant
resource costs one scan.
"""

from typing import Any, Union, get_args

import msgspec

from cobalamin.fhir.decode.resource_types import RESOURCE_TYPES

NONE = msgspec.Raw(b"")
NULL = b"null"
WITHDRAWN = frozenset({"entered-in-error", "cancelled"})
EMPTY = frozenset({b"", NULL, b"[]", b"{}", b'""', b"[ ]", b"{ }"})
DECODE_ERRORS = (msgspec.MsgspecError, RecursionError, ValueError, ArithmeticError)


class CodingElement(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One code of one system."""

    system: str | None = None
    code: str | None = None
    display: str | None = None
    extension: msgspec.Raw = NONE


class CodeableConcept(msgspec.Struct, frozen=True, gc=False):
    """A CodeableConcept."""

    coding: list[CodingElement] | None = None
    text: str | None = None


class CodedDiagnosis(CodeableConcept, frozen=True, gc=False):
    """The code of a diagnosis, which may say how sure it is."""

    extension: msgspec.Raw = NONE


class Reference(msgspec.Struct, frozen=True, gc=False):
    """A reference by its address or by a business identifier."""

    reference: str | None = None
    identifier: msgspec.Raw = NONE
    type: str | None = None


class NamedReference(Reference, frozen=True, gc=False):
    """A reference with the text that is shown for it."""

    display: str | None = None


class Period(msgspec.Struct, frozen=True, gc=False):
    """Start and end."""

    start: str | None = None
    end: str | None = None


class QuantityElement(msgspec.Struct, frozen=True, gc=False):
    """A Quantity whose value is kept as written."""

    value: msgspec.Raw = NONE
    comparator: str | None = None
    unit: str | None = None
    system: str | None = None
    code: str | None = None


class Range(msgspec.Struct, frozen=True, gc=False):
    """One reference range; of appliesTo and age only the presence matters."""

    low: QuantityElement | None = None
    high: QuantityElement | None = None
    type: CodeableConcept | None = None
    appliesTo: msgspec.Raw = NONE
    age: msgspec.Raw = NONE
    modifierExtension: msgspec.Raw = NONE


class Resource(msgspec.Struct, tag_field="resourceType", gc=False):
    """Elements that all resources share; `notes` is of DSTU2."""

    id: str | None = None
    contained: msgspec.Raw = NONE
    modifierExtension: msgspec.Raw = NONE
    implicitRules: msgspec.Raw = NONE
    meta: msgspec.Raw = NONE
    note: msgspec.Raw = NONE
    notes: msgspec.Raw = NONE


class ValueElements(msgspec.Struct, gc=False):
    """The value elements of an Observation or of one of its components."""

    code: CodeableConcept | None = None
    valueQuantity: msgspec.Raw = NONE
    valueCodeableConcept: msgspec.Raw = NONE
    valueString: msgspec.Raw = NONE
    valueBoolean: msgspec.Raw = NONE
    valueInteger: msgspec.Raw = NONE
    valueRange: msgspec.Raw = NONE
    valueRatio: msgspec.Raw = NONE
    valueSampledData: msgspec.Raw = NONE
    valueTime: msgspec.Raw = NONE
    valueDateTime: msgspec.Raw = NONE
    valuePeriod: msgspec.Raw = NONE
    valueAttachment: msgspec.Raw = NONE
    valueReference: msgspec.Raw = NONE
    dataAbsentReason: msgspec.Raw = NONE
    interpretation: msgspec.Raw = NONE
    referenceRange: msgspec.Raw = NONE
    modifierExtension: msgspec.Raw = NONE


class Observation(ValueElements, tag_field="resourceType", tag="Observation", gc=False):
    """A result, a symptom or sign, or a panel; `comment` is of STU3, `comments` of DSTU2."""

    id: str | None = None
    contained: msgspec.Raw = NONE
    implicitRules: msgspec.Raw = NONE
    status: str | None = None
    subject: Reference | None = None
    patient: Reference | None = None
    focus: msgspec.Raw = NONE
    effectiveDateTime: str | None = None
    effectiveInstant: str | None = None
    effectivePeriod: msgspec.Raw = NONE
    effectiveTiming: msgspec.Raw = NONE
    issued: str | None = None
    meta: msgspec.Raw = NONE
    identifier: msgspec.Raw = NONE
    component: msgspec.Raw = NONE
    hasMember: msgspec.Raw = NONE
    bodySite: msgspec.Raw = NONE
    extension: msgspec.Raw = NONE
    specimen: msgspec.Raw = NONE
    method: msgspec.Raw = NONE
    note: msgspec.Raw = NONE
    comment: msgspec.Raw = NONE
    comments: msgspec.Raw = NONE


class Condition(Resource, tag="Condition", gc=False):
    """A problem, diagnosis, symptom or sign."""

    code: CodedDiagnosis | None = None
    subject: Reference | None = None
    patient: Reference | None = None
    clinicalStatus: msgspec.Raw = NONE
    verificationStatus: msgspec.Raw = NONE
    onsetDateTime: str | None = None
    onsetPeriod: Period | None = None
    abatementDateTime: str | None = None
    abatementPeriod: Period | None = None
    abatementBoolean: msgspec.Raw = NONE
    abatementString: msgspec.Raw = NONE
    abatementAge: msgspec.Raw = NONE
    abatementRange: msgspec.Raw = NONE
    recordedDate: str | None = None
    onsetString: msgspec.Raw = NONE
    onsetAge: msgspec.Raw = NONE
    onsetRange: msgspec.Raw = NONE
    evidence: msgspec.Raw = NONE
    bodySite: msgspec.Raw = NONE
    extension: msgspec.Raw = NONE


class Procedure(Resource, tag="Procedure", gc=False):
    """Something that was done; `notDone` is of STU3, `notPerformed` of DSTU2."""

    notDone: bool | None = None
    notPerformed: bool | None = None
    reasonCode: msgspec.Raw = NONE
    reasonReference: msgspec.Raw = NONE
    reasonCodeableConcept: msgspec.Raw = NONE
    reason: msgspec.Raw = NONE
    statusReason: msgspec.Raw = NONE
    outcome: msgspec.Raw = NONE
    complication: msgspec.Raw = NONE
    performedString: msgspec.Raw = NONE
    performedAge: msgspec.Raw = NONE
    performedRange: msgspec.Raw = NONE
    occurrenceString: msgspec.Raw = NONE
    occurrenceAge: msgspec.Raw = NONE
    occurrenceRange: msgspec.Raw = NONE
    status: str | None = None
    code: CodeableConcept | None = None
    subject: Reference | None = None
    performedDateTime: str | None = None
    performedPeriod: Period | None = None
    occurrenceDateTime: str | None = None
    occurrencePeriod: Period | None = None


class MedicationResource(Resource, gc=False):
    """Elements that the three medication resources share."""

    status: str | None = None
    subject: Reference | None = None
    patient: Reference | None = None
    medicationCodeableConcept: CodeableConcept | None = None
    medicationReference: NamedReference | None = None
    medication: msgspec.Raw = NONE
    effectiveDateTime: str | None = None
    effectivePeriod: Period | None = None
    dosage: msgspec.Raw = NONE
    reasonCode: msgspec.Raw = NONE
    reasonReference: msgspec.Raw = NONE
    reasonCodeableConcept: msgspec.Raw = NONE
    reasonForUseCodeableConcept: msgspec.Raw = NONE
    reason: msgspec.Raw = NONE
    statusReason: msgspec.Raw = NONE


class MedicationRequest(MedicationResource, tag="MedicationRequest", gc=False):
    """A prescription."""

    intent: str | None = None
    doNotPerform: bool | None = None
    authoredOn: str | None = None
    category: msgspec.Raw = NONE
    dosageInstruction: msgspec.Raw = NONE


class MedicationOrder(MedicationRequest, tag="MedicationOrder", gc=False):
    """A prescription in DSTU2."""

    dateWritten: str | None = None


class MedicationStatement(MedicationResource, tag="MedicationStatement", gc=False):
    """A medication statement; `adherence` is of R5, `taken` of STU3, `wasNotTaken` of DSTU2."""

    adherence: msgspec.Raw = NONE
    taken: str | None = None
    wasNotTaken: bool | None = None


class MedicationUsage(MedicationStatement, tag="MedicationUsage", gc=False):
    """A medication statement as the first drafts of R5 called it."""


class MedicationAdministration(MedicationResource, tag="MedicationAdministration", gc=False):
    """One administration of a medication; `notGiven` is of STU3, the last three are of DSTU2."""

    occurenceDateTime: str | None = None
    occurencePeriod: Period | None = None
    notGiven: bool | None = None
    wasNotGiven: bool | None = None
    effectiveTimeDateTime: str | None = None
    effectiveTimePeriod: Period | None = None


class MedicationDispense(MedicationAdministration, tag="MedicationDispense", gc=False):
    """One supply of a medication, which counts on the day on which it was handed over."""

    whenHandedOver: str | None = None
    whenPrepared: str | None = None
    dosageInstruction: msgspec.Raw = NONE


class Adherence(msgspec.Struct, frozen=True, gc=False):
    """Whether a medication is taken, in R5."""

    code: CodeableConcept | None = None


class ConceptOrReference(msgspec.Struct, frozen=True, gc=False):
    """A CodeableReference of FHIR R5."""

    concept: CodeableConcept | None = None
    reference: NamedReference | None = None


class Repeat(msgspec.Struct, frozen=True, gc=False):
    """How often something is repeated; DSTU2 calls the unit `periodUnits`."""

    frequency: int | None = None
    frequencyMax: int | None = None
    period: msgspec.Raw = NONE
    periodUnit: str | None = None
    periodUnits: str | None = None
    boundsDuration: msgspec.Raw = NONE
    boundsPeriod: msgspec.Raw = NONE
    boundsRange: msgspec.Raw = NONE
    count: msgspec.Raw = NONE


class Timing(msgspec.Struct, frozen=True, gc=False):
    """When a dose is taken."""

    repeat: Repeat | None = None
    code: CodeableConcept | None = None
    event: msgspec.Raw = NONE
    modifierExtension: msgspec.Raw = NONE


class DoseRange(msgspec.Struct, frozen=True, gc=False):
    """From how much to how much is taken at once."""

    low: QuantityElement | None = None
    high: QuantityElement | None = None


class DoseAndRate(msgspec.Struct, frozen=True, gc=False):
    """One dose."""

    doseQuantity: QuantityElement | None = None
    doseRange: DoseRange | None = None


class Dosage(msgspec.Struct, frozen=True, gc=False):
    """How a medicine is taken; `dose` is that of an administration, `quantity…` are of DSTU2."""

    timing: Timing | None = None
    route: CodeableConcept | None = None
    doseAndRate: list[DoseAndRate] | None = None
    doseQuantity: QuantityElement | None = None
    doseRange: DoseRange | None = None
    dose: QuantityElement | None = None
    quantity: QuantityElement | None = None
    quantityQuantity: QuantityElement | None = None
    quantityRange: DoseRange | None = None
    asNeeded: bool | None = None
    asNeededFor: msgspec.Raw = NONE
    asNeededBoolean: bool | None = None
    asNeededCodeableConcept: msgspec.Raw = NONE
    text: msgspec.Raw = NONE
    patientInstruction: msgspec.Raw = NONE
    maxDosePerPeriod: msgspec.Raw = NONE
    modifierExtension: msgspec.Raw = NONE


class Ratio(msgspec.Struct, frozen=True, gc=False):
    """How much of an ingredient is in how much of the product."""

    numerator: QuantityElement | None = None
    denominator: QuantityElement | None = None


class Ingredient(msgspec.Struct, frozen=True, gc=False):
    """One ingredient of a Medication; `item`, `strengthRatio`, `strengthQuantity` are of R5."""

    itemCodeableConcept: CodeableConcept | None = None
    itemReference: Reference | None = None
    isActive: bool | None = None
    strength: Ratio | None = None
    item: ConceptOrReference | None = None
    strengthRatio: Ratio | None = None
    strengthQuantity: QuantityElement | None = None
    modifierExtension: msgspec.Raw = NONE


class Medication(Resource, tag="Medication", gc=False):
    """A product that others refer to; R5 calls its form `doseForm`."""

    status: str | None = None
    code: CodeableConcept | None = None
    form: CodeableConcept | None = None
    doseForm: CodeableConcept | None = None
    ingredient: list[Ingredient] | None = None


class Identifier(msgspec.Struct, frozen=True, gc=False):
    """A business identifier."""

    system: str | None = None
    value: str | None = None


class Meta(msgspec.Struct, frozen=True, gc=False):
    """The version of a resource and its time."""

    lastUpdated: str | None = None
    versionId: str | None = None


class Extension(msgspec.Struct, frozen=True, gc=False):
    """One extension."""

    url: str | None = None
    valueBoolean: bool | None = None
    valueDateTime: str | None = None
    valueCoding: CodingElement | None = None
    valueCode: str | None = None
    valueString: str | None = None


class Reaction(msgspec.Struct, frozen=True, gc=False):
    """One reaction to a substance."""

    substance: CodeableConcept | None = None
    modifierExtension: msgspec.Raw = NONE


class AllergyIntolerance(Resource, tag="AllergyIntolerance", gc=False):
    """An allergy or intolerance; `substance` is of DSTU2."""

    code: CodeableConcept | None = None
    substance: CodeableConcept | None = None
    patient: Reference | None = None
    clinicalStatus: msgspec.Raw = NONE
    verificationStatus: msgspec.Raw = NONE
    reaction: list[Reaction] | None = None


class RelativeCondition(msgspec.Struct, frozen=True, gc=False):
    """A condition of a relative."""

    code: CodeableConcept | None = None
    modifierExtension: msgspec.Raw = NONE


class FamilyMemberHistory(Resource, tag="FamilyMemberHistory", gc=False):
    """What one relative had."""

    status: str | None = None
    patient: Reference | None = None
    relationship: CodeableConcept | None = None
    condition: list[RelativeCondition] | None = None


class PatientResource(Resource, tag="Patient", gc=False):
    """The patient."""

    identifier: msgspec.Raw = NONE
    link: msgspec.Raw = NONE
    active: msgspec.Raw = NONE
    gender: str | None = None
    birthDate: str | None = None
    deceasedBoolean: bool | None = None
    deceasedDateTime: str | None = None


class PatientLink(msgspec.Struct, frozen=True, gc=False):
    """How another record of a patient is related to this one."""

    type: str | None = None


class Specimen(Resource, tag="Specimen", gc=False):
    """What a result was measured in."""

    status: str | None = None
    subject: Reference | None = None
    type: CodeableConcept | None = None
    condition: msgspec.Raw = NONE


class DiagnosticReport(Resource, tag="DiagnosticReport", gc=False):
    """A report: read for the Observations that it contains, and for what withdraws them.

    `codedDiagnosis` is of DSTU2.
    """

    status: str | None = None
    subject: Reference | None = None
    effectiveDateTime: str | None = None
    effectivePeriod: msgspec.Raw = NONE
    issued: str | None = None
    result: msgspec.Raw = NONE
    specimen: msgspec.Raw = NONE
    code: CodeableConcept | None = None
    conclusion: msgspec.Raw = NONE
    conclusionCode: msgspec.Raw = NONE
    codedDiagnosis: msgspec.Raw = NONE
    presentedForm: msgspec.Raw = NONE
    text: msgspec.Raw = NONE


class OperationOutcome(Resource, tag="OperationOutcome", gc=False):
    """An OperationOutcome in place of data."""


class Link(msgspec.Struct, frozen=True, gc=False):
    """One link of a Bundle."""

    relation: str | None = None
    url: str | None = None


class BundleEntry(msgspec.Struct, frozen=True, gc=False):
    """One entry of a Bundle; `resourceType` is that of one that is a resource itself."""

    fullUrl: str | None = None
    resourceType: msgspec.Raw = NONE
    resource: msgspec.Raw = NONE
    request: msgspec.Raw = NONE
    response: msgspec.Raw = NONE
    modifierExtension: msgspec.Raw = NONE


class EntryRequest(msgspec.Struct, frozen=True, gc=False):
    """The action that an entry of a transaction, batch or history requests."""

    method: str | None = None
    url: str | None = None


class EntryResponse(msgspec.Struct, frozen=True, gc=False):
    """What a server answered to an entry of a batch or transaction."""

    status: str | int = ""


class Bundle(Resource, tag="Bundle", gc=False):
    """A Bundle of any type or none; FHIR has no `entries`."""

    type: str | None = None
    entry: list[BundleEntry] | None = None
    entries: msgspec.Raw = NONE
    link: msgspec.Raw = NONE
    total: msgspec.Raw = NONE


class MalformedBundle(msgspec.Struct):
    """A Bundle with malformed elements or entries."""

    type: msgspec.Raw = NONE
    entry: msgspec.Raw = NONE
    entries: msgspec.Raw = NONE
    link: msgspec.Raw = NONE
    implicitRules: msgspec.Raw = NONE
    meta: msgspec.Raw = NONE


class OperationParameter(msgspec.Struct, frozen=True, gc=False):
    """One parameter of an operation; only resources are read."""

    resource: msgspec.Raw = NONE


class Parameters(Resource, tag="Parameters", gc=False):
    """The input of an operation."""

    parameter: list[OperationParameter] | None = None


ClinicalResource = (
    Observation
    | Condition
    | Procedure
    | MedicationRequest
    | MedicationOrder
    | MedicationStatement
    | MedicationUsage
    | MedicationAdministration
    | MedicationDispense
    | AllergyIntolerance
    | FamilyMemberHistory
    | DiagnosticReport
)
ReadResource = (
    ClinicalResource
    | Medication
    | Specimen
    | PatientResource
    | OperationOutcome
    | Bundle
    | Parameters
)


class IgnoredResource(msgspec.Struct, tag_field="resourceType", gc=False):
    """A resource of a type that no rule reads."""


class NamingResource(IgnoredResource, gc=False):
    """One that no rule reads, and whose names may be of something that matters."""

    code: msgspec.Raw = NONE
    contained: msgspec.Raw = NONE
    vaccineCode: msgspec.Raw = NONE
    title: msgspec.Raw = NONE
    diagnosis: msgspec.Raw = NONE
    prediction: msgspec.Raw = NONE
    addresses: msgspec.Raw = NONE
    description: msgspec.Raw = NONE
    activity: msgspec.Raw = NONE
    note: msgspec.Raw = NONE
    action: msgspec.Raw = NONE
    comment: msgspec.Raw = NONE
    content: msgspec.Raw = NONE
    detail: msgspec.Raw = NONE
    input: msgspec.Raw = NONE
    item: msgspec.Raw = NONE
    morphology: msgspec.Raw = NONE
    procedureCode: msgspec.Raw = NONE
    itemCodeableConcept: msgspec.Raw = NONE
    orderDetail: msgspec.Raw = NONE
    orderedItem: msgspec.Raw = NONE
    payload: msgspec.Raw = NONE
    productCodeableConcept: msgspec.Raw = NONE
    reason: msgspec.Raw = NONE
    reasonCode: msgspec.Raw = NONE
    serviceType: msgspec.Raw = NONE
    suppliedItem: msgspec.Raw = NONE
    type: msgspec.Raw = NONE
    status: msgspec.Raw = NONE


class DocumentSection(msgspec.Struct, frozen=True, gc=False):
    """A section of a document, with what it refers to, its text and its own sections."""

    entry: list[NamedReference] | None = None
    text: msgspec.Raw = NONE
    section: list["DocumentSection"] | None = None


class Composition(IgnoredResource, tag="Composition", gc=False):
    """The table of contents of a document, read only for what it withdraws."""

    status: str | None = None
    section: msgspec.Raw = NONE


class ListItem(msgspec.Struct, frozen=True, gc=False):
    """One item of a List: what it refers to, and how it is called."""

    item: NamedReference | None = None
    deleted: bool | None = None


class ListResource(NamingResource, tag="List", gc=False):
    """A List, whose items that refer to nothing are told by their names alone."""

    entry: msgspec.Raw = NONE


TYPES = frozenset(kind.__struct_config__.tag for kind in get_args(ReadResource))
_NAMING = frozenset(
    {
        "Appointment",
        "Basic",
        "BodyStructure",
        "CarePlan",
        "ChargeItem",
        "Communication",
        "CommunicationRequest",
        "DetectedIssue",
        "DiagnosticOrder",
        "DocumentReference",
        "Encounter",
        "EpisodeOfCare",
        "Flag",
        "Goal",
        "ImagingStudy",
        "Immunization",
        "Media",
        "ProcedureRequest",
        "ReferralRequest",
        "RequestGroup",
        "RequestOrchestration",
        "RiskAssessment",
        "ServiceRequest",
        "Substance",
        "SupplyDelivery",
        "SupplyRequest",
        "Task",
    }
)
_READ_OR_IGNORED: Any = Union[
    (
        *get_args(ReadResource),
        *(
            msgspec.defstruct(kind, [], bases=(IgnoredResource,), tag=kind, gc=False)
            for kind in sorted(RESOURCE_TYPES - TYPES - _NAMING - {"Composition", "List"})
        ),
        Composition,
        ListResource,
        *(
            msgspec.defstruct(kind, [], bases=(NamingResource,), tag=kind, gc=False)
            for kind in sorted(_NAMING)
        ),
    )
]


class WholeEntry(msgspec.Struct, frozen=True, gc=False):
    """One entry with its resource decoded."""

    fullUrl: str | None = None
    resourceType: msgspec.Raw = NONE
    resource: _READ_OR_IGNORED | None = None
    request: msgspec.Raw = NONE
    response: msgspec.Raw = NONE
    modifierExtension: msgspec.Raw = NONE


class WholeBundle(msgspec.Struct, tag_field="resourceType", tag="Bundle", gc=False):
    """A Bundle all of whose entries are well formed, decoded in one scan."""

    type: str | None = None
    entry: list[WholeEntry] | None = None
    entries: msgspec.Raw = NONE
    link: msgspec.Raw = NONE
    total: msgspec.Raw = NONE
    implicitRules: msgspec.Raw = NONE
    meta: msgspec.Raw = NONE


class Untyped(msgspec.Struct, tag_field="resourceType", tag="", gc=False):
    """Makes a tagged union with WholeBundle, so that the decoder requires resourceType."""


class ResourceHeader(msgspec.Struct):
    """The type of a resource that could not be decoded, or a batch response entry."""

    resourceType: str | None = None
    resource: msgspec.Raw = NONE
    response: msgspec.Raw = NONE


class BodyHeader(msgspec.Struct):
    """The type of a whole body that could not be decoded."""

    resourceType: object = None
    type: object = None


class CodeOnly(msgspec.Struct):
    """The code of a resource whose other elements could not be decoded."""

    code: CodeableConcept | None = None


RESOURCE: msgspec.json.Decoder[ReadResource | IgnoredResource] = msgspec.json.Decoder(
    _READ_OR_IGNORED
)
WHOLE_BUNDLE: msgspec.json.Decoder[WholeBundle | Untyped] = msgspec.json.Decoder(
    WholeBundle | Untyped
)
BODY = msgspec.json.Decoder(BodyHeader)
PATIENT = msgspec.json.Decoder(PatientResource)
HEADER = msgspec.json.Decoder(ResourceHeader)
CODE_ONLY = msgspec.json.Decoder(CodeOnly)
ENTRY = msgspec.json.Decoder(BundleEntry)
MALFORMED_BUNDLE = msgspec.json.Decoder(MalformedBundle)
CONCEPT = msgspec.json.Decoder(CodeableConcept)
CONCEPTS = msgspec.json.Decoder(list[CodeableConcept])
QUANTITY = msgspec.json.Decoder(QuantityElement)
RANGE = msgspec.json.Decoder(Range)
TEXT_LIST = msgspec.json.Decoder(list[str])
RANGES = msgspec.json.Decoder(list[Range])
COMPONENT = msgspec.json.Decoder(ValueElements)
IDENTIFIERS = msgspec.json.Decoder(list[Identifier])
META = msgspec.json.Decoder(Meta)
EXTENSIONS = msgspec.json.Decoder(list[Extension])
DOSAGE = msgspec.json.Decoder(Dosage)
DOSAGES = msgspec.json.Decoder(list[Dosage])
MEDICINE = msgspec.json.Decoder(ConceptOrReference)
ADHERENCE = msgspec.json.Decoder(Adherence)
REQUEST = msgspec.json.Decoder(EntryRequest)
RESPONSE = msgspec.json.Decoder(EntryResponse)
PATIENT_LINKS = msgspec.json.Decoder(list[PatientLink])
LINKS = msgspec.json.Decoder(list[Link])
NAMED_REFERENCE = msgspec.json.Decoder(NamedReference)
NAMED_REFERENCES = msgspec.json.Decoder(list[NamedReference])
ITEMS = msgspec.json.Decoder(list[ListItem])
SECTIONS = msgspec.json.Decoder(list[DocumentSection])
REFERENCES = msgspec.json.Decoder(list[Reference])
IDENTIFIER = msgspec.json.Decoder(Identifier)
PERIOD = msgspec.json.Decoder(Period)
TEXT = msgspec.json.Decoder(str)
INTEGER = msgspec.json.Decoder(int)
BOOLEAN = msgspec.json.Decoder(bool)


def is_withdrawn(status: str | None) -> bool:
    """Whether a status says that a result or report never was, or was taken back."""
    return status is not None and status.strip().lower() in WITHDRAWN


def is_filled(raw: msgspec.Raw) -> bool:
    """Whether an element is present and neither null nor an empty list, object or string."""
    return raw is not NONE and bytes(raw).strip() not in EMPTY


def is_sent(raw: msgspec.Raw) -> bool:
    """Whether an element is present and not null."""
    if raw is NONE:
        return False
    length = len(raw)
    return length > len(NULL) or (length > 0 and bytes(raw) != NULL)
