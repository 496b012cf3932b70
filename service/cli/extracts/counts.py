"""What an extract of real messages holds: codes, units, and what could be assessed."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import msgspec

from cobalamin.fhir.code_extraction import SentConcept, concepts_of
from cobalamin.fhir.decode.json_repair import normalise
from cobalamin.fhir.unit_counts import UnitCounts
from cobalamin.service.cli.assessment_input import read_input
from cobalamin.service.cohort.errors import RefusedError
from cobalamin.service.cohort.input.parsers import read_hl7
from cobalamin.service.http.errors import ApiError
from cobalamin.service.knowledge.code_counts import NOT_KNOWN, CodeCounts
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.lab.hl7v2.coded_elements import concepts_of_message
from cobalamin.service.lab.hl7v2.message import RejectedError
from cobalamin.service.lab.single_resources import SINGLE_RESOURCES, is_single_resource
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.model.assessment import Assessment, Outcome
from cobalamin.service.rules.model.facts import Facts

NOT_JSON = "is no JSON"


class ExtractCounts:
    """Counts documents one after another; what is wrong with one costs no other.

    `outcomes` has a key for each outcome and "refused". `notes` counts the documents that have
    each; `reasons` and `notes_of_unassessable` count those that could not be assessed.
    """

    def __init__(self, profile: Profile, on: date | None) -> None:
        self._profile, self._on = profile, on
        self.codes = CodeCounts(profile.codes)
        self.units = UnitCounts(profile.codes, profile.knowledge.units)
        self.outcomes: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.notes: Counter[str] = Counter()
        self.notes_of_unassessable: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    @property
    def documents(self) -> int:
        """How many were counted, refused ones as well."""
        return self.outcomes.total()

    @property
    def has_unknown(self) -> bool:
        """Whether a code that stands alone is not known, or a known code has a refused unit."""
        return any(count.alone and count.use in NOT_KNOWN for count in self.codes) or any(
            count.issue and not count.is_proposed for count in self.units
        )

    def add_message(self, body: bytes) -> None:
        """Count an HL7 v2 message; it is assessed on the day that it was sent, without another."""
        for concept in concepts_of_message(body):
            self._add(concept)
        today = date.today()  # noqa: DTZ011 - a person's day, where the person is
        with self._refusing():
            request, _ = read_hl7(body, self._profile, self._on, today)
            self._assess(request.facts, request.on)

    def add_json(self, body: bytes) -> None:
        """Count a FHIR resource, the request of a hook or a plain form."""
        try:
            decoded = msgspec.json.decode(normalise(body), strict=False)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self._refuse(NOT_JSON)
            return
        for concept in concepts_of(decoded):
            self._add(concept)
        if is_single_resource(body):
            self._refuse(SINGLE_RESOURCES)
            return
        with self._refusing():
            read = read_input(body, self._profile, self._on)
            self._assess(read.facts, read.on)

    def _add(self, concept: SentConcept) -> None:
        self.codes.add(concept.kind, concept.codings)
        self.units.add(concept)

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        """Count what is refused within, and a fault of the program, by what is said of it."""
        try:
            yield
        except RefusedError as error:
            self._refuse(error.text)
        except RejectedError as error:
            self._refuse(f"{error.where}: {error.text}")
        except ApiError as error:
            self._refuse(f"{error.where}: {error.message}" if error.where else error.message)
        except Exception as error:  # noqa: BLE001 - the documents after it are still to be counted
            self._refuse(f"a fault of the program ({type(error).__name__}); report it")

    def _refuse(self, why: str) -> None:
        self.outcomes["refused"] += 1
        self.refused[why] += 1

    def _assess(self, facts: Facts, on: date) -> None:
        assessment: Assessment = assess(facts, self._profile.knowledge, on, find_unknowns=False)
        self.outcomes[assessment.outcome.value] += 1
        notes = {note.code for note in assessment.notes}
        self.notes.update(notes)
        if assessment.outcome is Outcome.not_assessable:
            self.reasons.update(set(assessment.reasons))
            self.notes_of_unassessable.update(notes)
