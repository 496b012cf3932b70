"""What is known about one patient, free of the form in which it was sent."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum, auto

from msgspec import Struct

from cobalamin.service.rules.model.dates import When
from cobalamin.service.rules.model.quantities import Quantity
from cobalamin.service.rules.model.vocabulary import (
    Analyte,
    BodySite,
    Diagnosis,
    Feature,
    Form,
    History,
    Intake,
    Sex,
)


class Finding(StrEnum):
    """A qualitative result."""

    positive = auto()
    negative = auto()
    equivocal = auto()
    present = auto()
    absent = auto()


class Flag(StrEnum):
    """The laboratory's own interpretation of its result."""

    low = auto()
    high = auto()
    normal = auto()
    abnormal = auto()


class ReferenceRange(Struct, frozen=True, kw_only=True):
    """The report's own limits, in the unit of the result; a limit not sent is None."""

    low: Decimal | None = None
    high: Decimal | None = None


class Result(Struct, frozen=True, kw_only=True):
    """One usable laboratory result: a quantity, a qualitative finding or a bare flag."""

    analyte: Analyte
    on: When
    quantity: Quantity | None = None
    finding: Finding | None = None
    flag: Flag | None = None
    limits: ReferenceRange | None = None
    corrected: bool = False
    reference: str | None = None


class FeatureFact(Struct, frozen=True, kw_only=True):
    """A symptom or sign that the record says is present or absent.

    `recorded` is the day on which it stood in the record, for one without an onset. `explained`
    says that its own name tells its cause.
    """

    code: Feature
    present: bool = True
    progressive: bool | None = None
    objective: bool | None = None
    intermittent: bool | None = None
    onset: When | None = None
    recorded: When | None = None
    explained: bool = False
    site: BodySite | None = None
    reference: str | None = None


class HistoryFact(Struct, frozen=True, kw_only=True):
    """A condition, medicine, procedure or habit that the record holds.

    Of a medicine, `dose` is the recorded amount a day, `single` the most that is taken at once or
    that one piece of the product holds, and `form` the cobalamin in it, each as far as it is known;
    `intake` says how it is taken where the code does not. `begun` is False for an order that was
    stopped or put on hold: nobody says that any of it was given. `ambiguous` says that the code
    leaves open what kind it was, or how much.
    """

    code: History
    active: bool = True
    since: When | None = None
    last: When | None = None
    dose: Quantity | None = None
    single: Quantity | None = None
    form: Form | None = None
    intake: Intake | None = None
    begun: bool = True
    ambiguous: bool = False
    reference: str | None = None


class Course(Struct, frozen=True, kw_only=True):
    """An order of vitamin B12 that is in force.

    `until` is the day on which it ends as ordered, None where nothing ends it; `in_hospital` says
    that it is for the stay alone.
    """

    code: History
    until: date | None = None
    in_hospital: bool = False


class Patient(Struct, frozen=True, kw_only=True):
    """Who the facts are about; what was not sent is None.

    `gestation_weeks` are those of the day of assessment, as they were sent; `gestation_begun` is
    the first day of the pregnancy by a record that is dated.
    """

    id: str | None = None
    sex: Sex | None = None
    birth_date: When | None = None
    age: int | None = None
    pregnant: bool | None = None
    gestation_weeks: int | None = None
    gestation_begun: date | None = None
    breastfeeding: bool | None = None


class DraftOrder(Struct, frozen=True, kw_only=True):
    """What somebody is about to order, as far as any rule asks about it.

    `reference` names the draft so that it can be taken back, `history` is what the record would
    hold if it were signed, `tests` are the analytes that it measures.
    """

    where: str
    reference: str | None = None
    history: tuple[HistoryFact, ...] = ()
    form: Form | None = None
    tests: tuple[Analyte, ...] = ()


class DraftProblem(Struct, frozen=True, kw_only=True):
    """A problem that somebody is about to add to the record, as far as any rule asks about it."""

    where: str
    history: tuple[HistoryFact, ...] = ()
    features: tuple[FeatureFact, ...] = ()
    diagnosis: Diagnosis | None = None


class Refusal(Struct, frozen=True, kw_only=True):
    """A result that was sent and could not be used: for its unit, status, value or date.

    `on` is its clinical time, where that was sent. `quantity` is the value of one that is not
    final; `readings` are the values that a number in an ambiguous unit may stand for.
    """

    analyte: Analyte
    code: str
    where: str
    on: When | None = None
    quantity: Quantity | None = None
    readings: tuple[Quantity, ...] = ()


class Note(Struct, frozen=True, kw_only=True):
    """Something the caller should know about what was sent; never a patient's value."""

    code: str
    where: str
    text: str
    severity: str = "warning"


class Facts(Struct, frozen=True, kw_only=True):
    """Everything usable, everything refused, and every list that could not be read.

    `unread` names the lists ("medications", "conditions", ...) that were asked for and not
    obtained, or hold an entry that matters and was not read; `not_sent` names those that a sender
    without lists to ask for did not send. A list that was read and holds no entry for a fact says
    nothing about that fact. `diagnoses` are current ones that call for a measurement and
    are no evidence themselves. `unread_allergy` says that an allergy which may bar vitamin B12 was
    sent and not read. `versions` has the version of each resource by its reference, where somebody
    keeps them; no rule reads it.
    """

    patient: Patient
    results: tuple[Result, ...] = ()
    features: tuple[FeatureFact, ...] = ()
    history: tuple[HistoryFact, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    notes: tuple[Note, ...] = ()
    unread: tuple[str, ...] = ()
    courses: tuple[Course, ...] = ()
    diagnoses: tuple[Diagnosis, ...] = ()
    not_sent: tuple[str, ...] = ()
    unread_allergy: bool = False
    versions: Mapping[str, str] = {}


def age_on(patient: Patient, day: date) -> int | None:
    """Completed years on `day`: from the birth date if sent, else the age sent, else None.

    A partial birth date counts by its latest day, so nobody is taken for older than they are. A
    birth date that is still to come is none.
    """
    born = patient.birth_date
    if born is None:
        return patient.age
    if born.first > day:
        return None
    years = day.year - born.last.year
    return max(years - ((day.month, day.day) < (born.last.month, born.last.day)), 0)
