"""FHIR as it arrives: only what is read, and every element that may be odd kept raw.

The first decoding of an entry takes its type, codes, status and subject; the elements behind
them are decoded one by one, and only for the few resources that matter. So a bad element costs
that element, and an irrelevant resource costs one scan.
"""

from decimal import Decimal

import msgspec

NONE = msgspec.Raw(b"")
NULL = b"null"
FAULTS = (msgspec.MsgspecError, RecursionError, ValueError)


class Coding(msgspec.Struct, frozen=True):
    """One code of one system."""

    system: str | None = None
    code: str | None = None


class Coded(msgspec.Struct, frozen=True):
    """A CodeableConcept; `text` only says whether there is free text."""

    coding: list[Coding] | None = None
    text: str | None = None


class Reference(msgspec.Struct, frozen=True):
    """A reference by its address."""

    reference: str | None = None


class Period(msgspec.Struct, frozen=True):
    """Start and end."""

    start: str | None = None
    end: str | None = None


class Quantity(msgspec.Struct, frozen=True):
    """A quantity whose number is kept as it was written."""

    value: msgspec.Raw = NONE
    comparator: str | None = None
    unit: str | None = None
    system: str | None = None
    code: str | None = None


class Range(msgspec.Struct, frozen=True):
    """One reference range; what it applies to is only asked whether it is there."""

    low: Quantity | None = None
    high: Quantity | None = None
    type: Coded | None = None
    appliesTo: msgspec.Raw = NONE
    age: msgspec.Raw = NONE


class Resource(msgspec.Struct, tag_field="resourceType"):
    """What every resource has that is read."""

    id: str | None = None
    contained: msgspec.Raw = NONE


class Valued(msgspec.Struct):
    """The value of an Observation or of one of its components."""

    code: Coded | None = None
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


class Observation(Valued, tag_field="resourceType", tag="Observation"):
    """A result, a symptom or sign, or a panel of these."""

    id: str | None = None
    contained: msgspec.Raw = NONE
    status: str | None = None
    subject: Reference | None = None
    patient: Reference | None = None
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


class Condition(Resource, tag="Condition"):
    """A problem, diagnosis, symptom or sign."""

    code: Coded | None = None
    subject: Reference | None = None
    patient: Reference | None = None
    clinicalStatus: msgspec.Raw = NONE
    verificationStatus: msgspec.Raw = NONE
    onsetDateTime: str | None = None
    onsetPeriod: Period | None = None
    abatementDateTime: str | None = None
    abatementPeriod: Period | None = None
    bodySite: msgspec.Raw = NONE
    extension: msgspec.Raw = NONE


class Procedure(Resource, tag="Procedure"):
    """Something that was done."""

    status: str | None = None
    code: Coded | None = None
    subject: Reference | None = None
    performedDateTime: str | None = None
    performedPeriod: Period | None = None
    occurrenceDateTime: str | None = None
    occurrencePeriod: Period | None = None


class Medicine(Resource):
    """What the three medication resources have in common."""

    status: str | None = None
    subject: Reference | None = None
    patient: Reference | None = None
    medicationCodeableConcept: Coded | None = None
    medicationReference: Reference | None = None
    medication: msgspec.Raw = NONE
    effectiveDateTime: str | None = None
    effectivePeriod: Period | None = None
    dosage: msgspec.Raw = NONE


class MedicationRequest(Medicine, tag="MedicationRequest"):
    """A prescription."""

    intent: str | None = None
    doNotPerform: bool | None = None
    authoredOn: str | None = None
    dosageInstruction: msgspec.Raw = NONE


class MedicationStatement(Medicine, tag="MedicationStatement"):
    """What somebody says is taken."""


class MedicationAdministration(Medicine, tag="MedicationAdministration"):
    """One giving of a medicine."""

    occurenceDateTime: str | None = None
    occurencePeriod: Period | None = None


class ConceptOrReference(msgspec.Struct, frozen=True):
    """What FHIR R5 sends for a medicine."""

    concept: Coded | None = None
    reference: Reference | None = None


class Repeat(msgspec.Struct, frozen=True):
    """How often something is repeated."""

    frequency: int | None = None
    frequencyMax: int | None = None
    period: Decimal | None = None
    periodUnit: str | None = None


class Timing(msgspec.Struct, frozen=True):
    """When a dose is taken."""

    repeat: Repeat | None = None
    code: Coded | None = None


class DoseAndRate(msgspec.Struct, frozen=True):
    """One dose."""

    doseQuantity: Quantity | None = None


class Dosage(msgspec.Struct, frozen=True):
    """How a medicine is taken; `dose` is that of an administration."""

    timing: Timing | None = None
    route: Coded | None = None
    doseAndRate: list[DoseAndRate] | None = None
    doseQuantity: Quantity | None = None
    dose: Quantity | None = None
    asNeededBoolean: bool | None = None
    asNeededCodeableConcept: msgspec.Raw = NONE


class Ingredient(msgspec.Struct, frozen=True):
    """One ingredient of a Medication."""

    itemCodeableConcept: Coded | None = None


class Medication(Resource, tag="Medication"):
    """A product that others refer to."""

    code: Coded | None = None
    ingredient: list[Ingredient] | None = None


class Identifier(msgspec.Struct, frozen=True):
    """A business identifier."""

    system: str | None = None
    value: str | None = None


class Meta(msgspec.Struct, frozen=True):
    """When the server last changed a resource."""

    lastUpdated: str | None = None


class Extension(msgspec.Struct, frozen=True):
    """One extension of the kinds that are read."""

    url: str | None = None
    valueBoolean: bool | None = None
    valueDateTime: str | None = None


class Reaction(msgspec.Struct, frozen=True):
    """One reaction to a substance."""

    substance: Coded | None = None


class AllergyIntolerance(Resource, tag="AllergyIntolerance"):
    """An allergy or intolerance."""

    code: Coded | None = None
    patient: Reference | None = None
    clinicalStatus: msgspec.Raw = NONE
    verificationStatus: msgspec.Raw = NONE
    reaction: list[Reaction] | None = None


class RelativeCondition(msgspec.Struct, frozen=True):
    """A condition of a relative."""

    code: Coded | None = None


class FamilyMemberHistory(Resource, tag="FamilyMemberHistory"):
    """What one relative had."""

    status: str | None = None
    patient: Reference | None = None
    condition: list[RelativeCondition] | None = None


class Patient(Resource, tag="Patient"):
    """Who it is about."""

    gender: str | None = None
    birthDate: str | None = None
    deceasedBoolean: bool | None = None
    deceasedDateTime: str | None = None


class DiagnosticReport(Resource, tag="DiagnosticReport"):
    """Read for the Observations that it contains."""

    subject: Reference | None = None


class OperationOutcome(Resource, tag="OperationOutcome"):
    """An error or a hint in place of data."""


class Link(msgspec.Struct, frozen=True):
    """One link of a Bundle."""

    relation: str | None = None
    url: str | None = None


class Entry(msgspec.Struct, frozen=True):
    """One entry of a Bundle."""

    fullUrl: str | None = None
    resource: msgspec.Raw = NONE


class Bundle(Resource, tag="Bundle"):
    """A Bundle of any type or none."""

    type: str | None = None
    entry: list[Entry] | None = None
    link: msgspec.Raw = NONE


class OddBundle(msgspec.Struct):
    """A Bundle of which some entry has another shape than FHIR gives it."""

    type: msgspec.Raw = NONE
    entry: msgspec.Raw = NONE
    link: msgspec.Raw = NONE


class Parameter(msgspec.Struct, frozen=True):
    """One parameter of an operation; only resources are read."""

    resource: msgspec.Raw = NONE


class Parameters(Resource, tag="Parameters"):
    """The input of an operation."""

    parameter: list[Parameter] | None = None


Clinical = (
    Observation
    | Condition
    | Procedure
    | MedicationRequest
    | MedicationStatement
    | MedicationAdministration
    | AllergyIntolerance
    | FamilyMemberHistory
    | DiagnosticReport
)
Read = Clinical | Medication | Patient | OperationOutcome | Bundle | Parameters


class Header(msgspec.Struct):
    """What is asked of a resource that could not be decoded, or is none."""

    resourceType: str | None = None
    resource: msgspec.Raw = NONE
    response: msgspec.Raw = NONE


class Body(msgspec.Struct):
    """What is asked of a whole body that could not be decoded; anything may stand there."""

    resourceType: object = None
    type: object = None


class CodeOnly(msgspec.Struct):
    """The code of a resource whose other elements could not be decoded."""

    code: Coded | None = None


RESOURCE = msgspec.json.Decoder(Read)
BODY = msgspec.json.Decoder(Body)
HEADER = msgspec.json.Decoder(Header)
CODE_ONLY = msgspec.json.Decoder(CodeOnly)
ENTRY = msgspec.json.Decoder(Entry)
ODD_BUNDLE = msgspec.json.Decoder(OddBundle)
RAWS = msgspec.json.Decoder(list[msgspec.Raw])
CODED = msgspec.json.Decoder(Coded)
CODEDS = msgspec.json.Decoder(list[Coded])
QUANTITY = msgspec.json.Decoder(Quantity)
RANGES = msgspec.json.Decoder(list[Range])
COMPONENT = msgspec.json.Decoder(Valued)
IDENTIFIERS = msgspec.json.Decoder(list[Identifier])
META = msgspec.json.Decoder(Meta)
EXTENSIONS = msgspec.json.Decoder(list[Extension])
DOSAGE = msgspec.json.Decoder(Dosage)
DOSAGES = msgspec.json.Decoder(list[Dosage])
MEDICINE = msgspec.json.Decoder(ConceptOrReference)
LINKS = msgspec.json.Decoder(list[Link])
PERIOD = msgspec.json.Decoder(Period)
TEXT = msgspec.json.Decoder(str)
TRUTH = msgspec.json.Decoder(bool)
KINDS = frozenset(kind.__struct_config__.tag for kind in Read.__args__)


def is_sent(raw: msgspec.Raw) -> bool:
    """Whether an element was sent with something in it."""
    return len(raw) > 0 and bytes(raw) != NULL


def without_mark(body: bytes) -> bytes:
    """The body without the byte order mark that some senders put first."""
    return body[3:] if body[:3] == b"\xef\xbb\xbf" else body
