"""State of the reader: facts, notes and refusals of one request, and element paths."""

import re
from collections.abc import Callable, Mapping
from datetime import date

import msgspec
from msgspec import Struct

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.resources import (
    Medication,
    Observation,
    ReadResource,
    Reference,
    Specimen,
)
from cobalamin.service.knowledge.code_meanings import Codes, Meaning
from cobalamin.service.reading_options import DEFAULT_OPTIONS, ReadingOptions
from cobalamin.service.rules.model.dates import When, read_when
from cobalamin.service.rules.model.facts import (
    Course,
    FeatureFact,
    Finding,
    Flag,
    HistoryFact,
    Note,
    Patient,
    ReferenceRange,
    Refusal,
    Result,
)
from cobalamin.service.rules.model.notes import NoteList
from cobalamin.service.rules.model.units import UnitTable
from cobalamin.service.rules.model.vocabulary import Analyte, Diagnosis, History

LABS = "labs"
SYMPTOMS = "prefetch.symptoms"
ALLERGIES = "allergies"
# The list that an entry of each type belongs to, by the names of the prefetch keys.
LISTS = {
    "Observation": LABS,
    "Condition": "conditions",
    "Procedure": "procedures",
    "MedicationRequest": "medications",
    "MedicationOrder": "medications",
    "MedicationStatement": "statements",
    "MedicationUsage": "statements",
    "MedicationAdministration": "administrations",
    "MedicationDispense": "administrations",
    "AllergyIntolerance": ALLERGIES,
    "FamilyMemberHistory": "family",
}
MAX_ID_LENGTH = 64
"""Of a logical id (FHIR R4, 2.24.0.1, datatype id)."""
MAX_TEXTS = 2_000
"""Texts of comments in which names are looked for; that there are more is said all the same."""
MAX_REFERENCE_LENGTH = 256
"""Of a reference or full URL that an answer repeats."""
# What looks like the address or name of a system is shown; anything else may be patient data.
SHOWN_SYSTEM = re.compile(r"[A-Za-z][A-Za-z0-9.:/_#+-]{0,99}")
NO_RULE_READS_IT = "no rule reads it"


class ElementPath:
    """Path of a resource; rendered only when a note needs it.

    `names` are names that the sender gives the resource elsewhere than in its code.
    """

    __slots__ = ("_base", "_index", "full_url", "names")

    def __init__(
        self,
        base: str,
        index: int | None = None,
        full_url: str | None = None,
        names: tuple[str, ...] = (),
    ) -> None:
        self._base = base
        self._index = index
        self.full_url = full_url
        self.names = names

    def __str__(self) -> str:
        if self._index is None:
            return self._base
        return f"{self._base}.entry[{self._index}].resource"

    def is_within(self, base: str) -> bool:
        """Whether the path begins with that of a list, such as `prefetch.labs`."""
        return self._base.startswith(base)

    def element(self, element: str = "") -> str:
        """Return the path of an element of this resource, or of the resource itself."""
        return f"{self}.{element}" if element else str(self)


class AcceptedResult(Struct):
    """A usable result with what decides whether another one supersedes it."""

    result: Result
    path: ElementPath
    issued: str | None
    meta: msgspec.Raw
    identifier: msgspec.Raw


LocatedResource = tuple[ElementPath, ReadResource]


def list_of(path: ElementPath, resource: ReadResource) -> str:
    """The list that a resource belongs to, by the names of the prefetch keys."""
    if isinstance(resource, Observation):
        return "symptoms" if path.is_within(SYMPTOMS) else LABS
    return LISTS.get(str(resource.__struct_config__.tag), LABS)


class WithdrawnResult(Struct):
    """A result that is no more, whose copies must not count either.

    It was entered in error or cancelled, or is a correction that cannot be used, which replaces
    what is of its time as well: only then `on` is set.
    """

    analyte: Analyte
    reference: str | None
    identifier: msgspec.Raw
    issued: str | None
    meta: msgspec.Raw
    issue: Issue = Issue.in_error
    on: When | None = None


class PanelOfResult(Struct, frozen=True):
    """What has the code of a result, no value and members, one of which should have the value.

    `issue` is why it has no result where none has. A report need not name the result. `element` is
    where its results are named.
    """

    analyte: Analyte
    path: ElementPath
    on: When | None
    members: frozenset[str]
    issue: Issue = Issue.value_missing
    is_report: bool = False
    element: str = "hasMember"


class Mention(Struct, frozen=True):
    """A reference to what may not have been sent, and what is shown for it, which is no fact.

    `panel` is the report or panel of a result that is referred to, with its day.
    """

    where: str
    reference: str
    display: str | None = None
    panel: tuple[ElementPath, str, When | None] | None = None


class UnknownCodes(Struct):
    """Entries of one list that have no known code: why, of which system, how many, the first."""

    issue: Issue
    system: str
    where: str
    count: int = 0


class Interpretation(Struct, frozen=True):
    """What the interpretation of a result says; contradictory codes say nothing.

    `is_known` is false where any part of it is not read.
    """

    flag: Flag | None = None
    finding: Finding | None = None
    is_known: bool = True
    has_failed: bool = False


class QuestionAnswer(Struct):
    """The answer to a question; only the newest one counts."""

    code: History
    value: bool
    on: When | None
    reference: str | None


class GestationRecord(Struct, frozen=True):
    """When a pregnancy began, by one record; `on` is the day of the record, if known."""

    begun: date
    on: date | None
    by_delivery: bool


def _is_nobody_else(_subject: Reference, _contained: msgspec.Raw) -> bool:
    """Used where no patient is known whom a subject could be compared with."""
    return False


class ReaderState(Struct):
    """Collects facts, notes and refusals while a request is read."""

    codes: Codes
    units: Mapping[Analyte, UnitTable]
    options: ReadingOptions = DEFAULT_OPTIONS
    accepted: list[AcceptedResult] = []
    withdrawn: list[WithdrawnResult] = []
    features: list[FeatureFact] = []
    history: list[HistoryFact] = []
    notes: NoteList = msgspec.field(default_factory=NoteList)
    refusals: list[Refusal] = []
    medications: dict[str, Medication] = {}
    specimens: dict[str, Specimen] = {}
    contained_specimens: dict[int, dict[str, Specimen]] = {}
    patient: Patient = Patient()
    answers: list[QuestionAnswer] = []
    courses: list[Course] = []
    diagnoses: list[Diagnosis] = []
    gestations: list[GestationRecord] = []
    interpretations: dict[bytes, Interpretation] = {}
    ranges: dict[tuple[bytes, Analyte, str], ReferenceRange | None] = {}
    times: dict[str, When] = {}
    noted: set[tuple[Issue, str]] = set()
    panels: list[PanelOfResult] = []
    has_members: bool = False
    result_names: set[tuple[Analyte, str]] = set()
    withdrawn_by_report: set[str] = set()
    is_test_data: bool = False
    list_name: str = LABS
    unknown_codes: dict[tuple[Issue, str, str], UnknownCodes] = {}
    incomplete: set[str] = set()
    unread_allergy: bool = False
    mentions: list[Mention] = []
    other_urls: set[str] = set()
    used_medications: set[int] = set()
    texts_left: int = MAX_TEXTS
    is_of_other: Callable[[Reference, msgspec.Raw], bool] = _is_nobody_else
    versions: dict[str, str] = {}

    def add_medication(self, path: ElementPath, medication: Medication) -> None:
        """Index a Medication by id and full URL."""
        if medication.id is not None:
            self.medications[f"Medication/{medication.id}"] = medication
        if path.full_url is not None:
            self.medications[path.full_url] = medication

    def add_specimen(self, path: ElementPath, specimen: Specimen) -> None:
        """Index a Specimen by id and full URL."""
        if specimen.id is not None:
            self.specimens[f"Specimen/{specimen.id}"] = specimen
        if path.full_url is not None:
            self.specimens[path.full_url] = specimen

    def parse_when(self, text: str) -> When:
        """Parse a date or time; each text once per request.

        Raises:
            ValueError: it is neither.
        """
        parsed = self.times.get(text)
        if parsed is None:
            parsed = self.times[text] = read_when(text, self.options.zone)
        return parsed

    def note(
        self, issue: Issue, where: str, text: str | None = None, severity: str | None = None
    ) -> None:
        """Add a note about one element."""
        if self.notes.is_full:
            self.notes.count()
            return
        content = issue.value
        self.notes.add(
            Note(
                code=content.code,
                where=where,
                text=text or content.text,
                severity=severity or content.severity,
            )
        )

    def note_once(
        self,
        issue: Issue,
        where: str,
        about: str,
        text: str | None = None,
        severity: str | None = None,
    ) -> None:
        """Add a note once per issue and `about`, at the first path."""
        if (issue, about) not in self.noted:
            self.noted.add((issue, about))
            self.note(issue, where, text, severity)

    def count_unknown(self, issue: Issue, system: str, where: str) -> None:
        """Count an entry of the current list that has no known code."""
        key = (issue, self.list_name, system)
        counted = self.unknown_codes.get(key)
        if counted is None:
            counted = self.unknown_codes[key] = UnknownCodes(issue, system, where)
        counted.count += 1

    def note_unknown_codes(self) -> None:
        """Add one note for each system and list, with the number of its entries."""
        for unknown in self.unknown_codes.values():
            system = f"system {unknown.system}, " if SHOWN_SYSTEM.fullmatch(unknown.system) else ""
            text = f"{unknown.issue.value.text} ({system}{unknown.count} in this list)"
            self.note(unknown.issue, unknown.where, text)
        self.unknown_codes.clear()

    def note_code_without_fact(self, path: ElementPath, meaning: Meaning) -> None:
        """Note once why a known code becomes no fact, unless no rule reads it."""
        if meaning.unread != NO_RULE_READS_IT:
            text = f"{meaning.display}: {meaning.unread}"
            self.note_once(Issue.code_unread, path.element("code"), meaning.display, text)

    def refuse(
        self,
        analyte: Analyte,
        issue: Issue,
        where: str,
        text: str | None = None,
        on: When | None = None,
    ) -> None:
        """Record a result that cannot be used, with a note that warns."""
        self.add_refusal(Refusal(analyte=analyte, code=issue.code, where=where, on=on), issue, text)

    def add_refusal(self, refusal: Refusal, issue: Issue, text: str | None = None) -> None:
        """Record a refusal that says more, with a note that warns."""
        self.note(issue, refusal.where, text, "warning")
        self.refusals.append(refusal)


def reference_of(kind: str, identity: str | None, path: ElementPath) -> str | None:
    """Reference to a resource: type and id, else the full URL of its entry."""
    return path.full_url if identity is None else f"{kind}/{identity}"
