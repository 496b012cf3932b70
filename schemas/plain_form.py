"""The plain form as typed structs; what was not sent is None.

The schema in `plain` describes the same members; a test compares them.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from msgspec import Meta, Struct

from cobalamin.schemas.references import MAX_ID_LENGTH
from cobalamin.service.rules.model.facts import Finding, Flag
from cobalamin.service.rules.model.quantities import Comparator
from cobalamin.service.rules.model.vocabulary import Analyte, BodySite, Feature, Form, History, Sex

MAX_ELEMENTS = 10_000
"""Of each list of the form."""
BOUNDED = Meta(max_length=MAX_ELEMENTS)
PatientId = Annotated[str, Meta(max_length=MAX_ID_LENGTH)]
Age = Annotated[int, Meta(ge=0, le=130)]
Weeks = Annotated[int, Meta(ge=0, le=45)]
# Decoded as any JSON, because a decimal of the library may be text as well; made exact behind it.
Number = Any
_FINDINGS = {finding.value: finding for finding in Finding}


def _exact(number: Number) -> Decimal | None:
    """The number with its digits.

    Raises:
        ValueError: it is none; the decoder takes this for a fault of the form.
    """
    if number is None or type(number) is Decimal:
        return number
    if type(number) is int:
        return Decimal(number)
    raise ValueError("not a number")


class PlainPatient(Struct, forbid_unknown_fields=True):
    """Who it is about."""

    id: PatientId | None = None
    sex: Sex | None = None
    birthDate: str | None = None
    age: Age | None = None
    pregnant: bool | None = None
    gestationWeeks: Weeks | None = None
    breastfeeding: bool | None = None


class PlainRange(Struct, forbid_unknown_fields=True):
    """The report's own limits, as decimals."""

    low: Number = None
    high: Number = None

    def __post_init__(self) -> None:
        """Makes the numbers exact."""
        self.low, self.high = _exact(self.low), _exact(self.high)


class PlainResult(Struct, forbid_unknown_fields=True):
    """One laboratory result; `value` is a decimal or a finding."""

    analyte: Analyte
    value: Number = None
    unit: str | None = None
    date: str | None = None
    comparator: Comparator | None = None
    status: str = "final"
    interpretation: Flag | None = None
    referenceRange: PlainRange | None = None

    def __post_init__(self) -> None:
        """Makes the number exact, or the word a finding."""
        finding = _FINDINGS.get(self.value) if isinstance(self.value, str) else None
        self.value = _exact(self.value) if finding is None else finding


class PlainFeature(Struct, forbid_unknown_fields=True):
    """One symptom or sign."""

    code: Feature
    present: bool = True
    progressive: bool | None = None
    objective: bool | None = None
    intermittent: bool | None = None
    onset: str | None = None
    bodySite: BodySite | None = None


class PlainDose(Struct, forbid_unknown_fields=True):
    """A daily dose; `value` is a decimal."""

    value: Number
    unit: str

    def __post_init__(self) -> None:
        """Makes the number exact."""
        self.value = _exact(self.value)


class PlainHistory(Struct, forbid_unknown_fields=True):
    """One condition, medicine, procedure or habit."""

    code: History
    active: bool = True
    since: str | None = None
    last: str | None = None
    dose: PlainDose | None = None
    form: Form | None = None


class PlainForm(Struct, forbid_unknown_fields=True):
    """The whole form; a list that was not sent is None, which is not the same as empty."""

    patient: PlainPatient | None = None
    results: Annotated[tuple[PlainResult, ...], BOUNDED] | None = None
    features: Annotated[tuple[PlainFeature, ...], BOUNDED] | None = None
    history: Annotated[tuple[PlainHistory, ...], BOUNDED] | None = None
    asOf: date | None = None
