"""Match resources to the patient. Data of one patient only is read together."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

import msgspec
from msgspec import Struct

from cobalamin.fhir.decode.errors import SeveralPatientsError
from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.raw_lists import decode_raw_list
from cobalamin.fhir.decode.reader_state import ElementPath, ReaderState
from cobalamin.fhir.decode.references import normalise_reference
from cobalamin.fhir.decode.resources import (
    DECODE_ERRORS,
    IDENTIFIER,
    IDENTIFIERS,
    NONE,
    PATIENT,
    REFERENCES,
    Identifier,
    Observation,
    PatientResource,
    Reference,
    Resource,
    is_filled,
)

CONDITIONAL = "Patient?identifier="
PATIENT_TYPE = "Patient"
FULL_DATE = 10
# The extension observation-focusCode of FHIR R4.
FOCUS_CODE = b"/observation-focusCode"
_OF_TYPE = re.compile(r"(?P<type>[A-Za-z]+)/[^/]+")


class Identity(Struct, frozen=True):
    """What tells two patients apart when their references do not."""

    identifiers: frozenset[tuple[str, str]] = frozenset()
    birth_date: str | None = None
    is_patient: bool = True


class _ContainedHeader(Struct):
    resourceType: str
    id: str | None = None


_HEADER = msgspec.json.Decoder(_ContainedHeader)


class Subjects:
    """The references and identifiers under which the patient is known.

    With a patient id, resources of others are ignored; without one, the body must be about one
    patient.
    """

    __slots__ = (
        "_birth_dates",
        "_contained",
        "_has_patient",
        "_identifiers",
        "_known",
        "_wanted",
    )

    def __init__(self, wanted: str | None = None) -> None:
        self._wanted = None if wanted is None else normalise_reference(wanted)
        self._known: set[str] = set() if wanted is None else {normalise_reference(wanted)}
        self._identifiers: dict[str, set[str]] = {}
        self._birth_dates: set[str] = set()
        self._has_patient = False
        # Of one container, which is decoded once however many resources it contains.
        self._contained: dict[int, dict[str, Identity]] = {}

    def is_patient(self, path: ElementPath, patient: PatientResource) -> bool:
        """Whether a Patient is the one of the request; its names are remembered.

        Raises:
            SeveralPatientsError: a body without a patient id holds two Patients.
        """
        name = None if patient.id is None else normalise_reference(patient.id)
        names = {n for n in (name, path.full_url and normalise_reference(path.full_url)) if n}
        identity = _identity_of(patient)
        if self._wanted is not None:
            if name is not None and name != self._wanted:
                return False
        elif self._is_other(names, identity):
            raise SeveralPatientsError(str(path))
        self._known |= names
        self._remember(identity)
        self._has_patient = True
        return True

    def _is_other(self, names: set[str], identity: Identity) -> bool:
        if self._known and names:
            return self._known.isdisjoint(names)
        return self._compare(identity) is False

    def is_contained_patient(self, patient: PatientResource) -> bool:
        """Whether the Patient that a report contains is the one of the request.

        A contained Patient has no reference of its own: it is taken for the patient if an
        identifier says so, or if nothing else in the body is a Patient.
        """
        identity = _identity_of(patient)
        is_same = self._compare(identity)
        if is_same or (is_same is None and self._wanted is None and not self._has_patient):
            self._remember(identity)
            self._has_patient = True
            return True
        return False

    def is_counted(
        self, state: ReaderState, path: ElementPath, resource: Resource | Observation
    ) -> bool:
        """Whether a resource is about the patient; one that names nobody is.

        Raises:
            SeveralPatientsError: a body without a patient id has resources of two patients.
        """
        subject: Reference | None = getattr(resource, "subject", None)
        if subject is None:
            subject = getattr(resource, "patient", None)
        if not self._is_plainly_known(subject) and not self._is_subject(
            state, path, subject, resource.contained
        ):
            return False
        focus = getattr(resource, "focus", NONE)
        if focus is not NONE and not self._is_focus(state, path, focus):
            return False
        return not _has_focus_code(state, path, resource)

    def is_of_other(self, subject: Reference, contained: msgspec.Raw) -> bool:
        """Whether a reference is to somebody or something else than the patient."""
        return self._verdict(subject, contained) is False

    def _is_plainly_known(self, subject: Reference | None) -> bool:
        """Whether the reference alone says so, as it nearly always does."""
        return (
            subject is not None
            and subject.identifier is NONE
            and subject.type in (None, PATIENT_TYPE)
            and subject.reference in self._known
        )

    def _is_subject(
        self,
        state: ReaderState,
        path: ElementPath,
        subject: Reference | None,
        contained: msgspec.Raw,
    ) -> bool:
        verdict = None if subject is None else self._verdict(subject, contained)
        if verdict is False:
            if self._wanted is None and not _is_no_patient(subject):
                raise SeveralPatientsError(path.element("subject"))
            state.note_once(Issue.other_patient, path.element("subject"), _name(subject))
            return False
        is_asked = self._wanted is not None or (self._has_patient and subject is not None)
        if verdict is None and is_asked:
            state.note_once(Issue.subject_missing, str(path), "")
        return True

    def _verdict(self, subject: Reference, contained: msgspec.Raw) -> bool | None:
        """Whether a subject is the patient; None where nothing can be compared."""
        kind = (subject.type or PATIENT_TYPE).rpartition("/")[2].strip()
        verdicts = [
            None if kind == PATIENT_TYPE else False,
            self._by_reference(subject.reference, contained),
            self._by_identity(_identity_of_identifier(subject.identifier)),
        ]
        if False in verdicts:
            return False
        return True if True in verdicts else None

    def _by_reference(self, reference: str | None, contained: msgspec.Raw) -> bool | None:
        if not reference:
            return None
        if reference.startswith("#"):
            return self._by_identity(self._contained_identity(contained, reference[1:]))
        if CONDITIONAL in reference:
            return self._by_identity(_conditional_identity(reference))
        name = normalise_reference(reference)
        if name in self._known:
            self._known.add(reference)
            return True
        is_learnt = self._wanted is None and name.startswith(("Patient/", "urn:"))
        return is_learnt and self._learn(name)

    def _by_identity(self, identity: Identity) -> bool | None:
        """Compare by identifier and birth date; remember them while there is no Patient."""
        is_same = self._compare(identity)
        if is_same is None and self._wanted is None and not self._has_patient:
            self._remember(identity)
        return is_same

    def _contained_identity(self, raw: msgspec.Raw, local_id: str) -> Identity:
        identities = self._contained.get(id(raw))
        if identities is None:
            identities = self._contained[id(raw)] = _identities_within(raw)
        return identities.get(local_id, Identity())

    def _compare(self, other: Identity) -> bool | None:
        """Identifiers of one system decide, else birth dates; None if neither can be compared.

        A relative, a group or a device is never the patient.
        """
        if not other.is_patient:
            return False
        shared = [(s, value) for s, value in other.identifiers if s in self._identifiers]
        if shared:
            return any(value in self._identifiers[system] for system, value in shared)
        if other.birth_date is None or not self._birth_dates:
            return None
        return None if other.birth_date in self._birth_dates else False

    def _remember(self, identity: Identity) -> None:
        for system, value in identity.identifiers:
            self._identifiers.setdefault(system, set()).add(value)
        if identity.birth_date is not None:
            self._birth_dates.add(identity.birth_date)

    def _learn(self, name: str) -> bool:
        """Take the first subject as the patient, also for a Patient without an id."""
        has_id = any(identity.startswith("Patient/") for identity in self._known)
        if self._known and (has_id or name.startswith("urn:")):
            return False
        self._known.add(name)
        return True

    def _is_focus(self, state: ReaderState, path: ElementPath, raw: msgspec.Raw) -> bool:
        """Whether every focus is the patient: any other is what the value is about instead."""
        if not is_filled(raw):
            return True
        try:
            verdicts = [self._verdict_of_focus(reference) for reference in REFERENCES.decode(raw)]
        except DECODE_ERRORS:
            verdicts = [False]
        if all(verdicts):
            return True
        state.note_once(Issue.other_focus, path.element("focus"), "")
        return False

    def _verdict_of_focus(self, focus: Reference) -> bool:
        name = normalise_reference(focus.reference) if focus.reference else None
        if name is not None and name in self._known:
            return True
        return name is None and bool(self._compare(_identity_of_identifier(focus.identifier)))


def _has_focus_code(
    state: ReaderState, path: ElementPath, resource: Resource | Observation
) -> bool:
    """Whether an extension of R4 says by a code that it is about a fetus, a donor or another."""
    extension = getattr(resource, "extension", NONE)
    if extension is NONE or FOCUS_CODE not in bytes(extension):
        return False
    state.note_once(Issue.other_focus, path.element("extension"), "")
    return True


def _is_no_patient(subject: Reference | None) -> bool:
    """Whether a subject is a group, a device or a place, so not another patient's data."""
    if subject is None:
        return False
    reference = subject.reference or ""
    kind = _OF_TYPE.fullmatch(normalise_reference(reference)) if reference else None
    said = (subject.type or "").rpartition("/")[2].strip() or (kind and kind["type"])
    return bool(said) and said != PATIENT_TYPE


# --- identities


def _identity_of(patient: PatientResource) -> Identity:
    born = (patient.birthDate or "").strip()
    return Identity(
        frozenset(_pairs(_decode_identifiers(patient.identifier))),
        born if len(born) == FULL_DATE else None,
    )


def _decode_identifiers(raw: msgspec.Raw) -> list[Identifier]:
    try:
        return IDENTIFIERS.decode(raw) if is_filled(raw) else []
    except DECODE_ERRORS:
        return []


def _pairs(identifiers: Iterable[Identifier]) -> Iterator[tuple[str, str]]:
    for one in identifiers:
        value = (one.value or "").strip()
        if value:
            yield _normalise_system(one.system or ""), value


def _normalise_system(system: str) -> str:
    """One spelling of a system for all that differ in case, scheme or a last slash."""
    return system.strip().rstrip("/").casefold().removeprefix("https://").removeprefix("http://")


def _identity_of_identifier(raw: msgspec.Raw) -> Identity:
    try:
        identifiers = [IDENTIFIER.decode(raw)] if is_filled(raw) else []
    except DECODE_ERRORS:
        identifiers = []
    return Identity(frozenset(_pairs(identifiers)))


def _conditional_identity(reference: str) -> Identity:
    """`Patient?identifier=SYSTEM|VALUE`, as the entries of transactions refer to a patient."""
    token = unquote(reference.partition("?identifier=")[2].partition("&")[0])
    system, bar, value = token.partition("|")
    return Identity(
        frozenset(_pairs([Identifier(system, value) if bar else Identifier("", token)]))
    )


def _identities_within(raw: msgspec.Raw) -> dict[str, Identity]:
    """Whom a resource contains by their ids, with or without `#`; of two with one id the first."""
    identities: dict[str, Identity] = {}
    try:
        several = decode_raw_list(raw) if is_filled(raw) else []
    except DECODE_ERRORS:
        return identities
    for raw_resource in several:
        try:
            header = _HEADER.decode(raw_resource)
            identity = Identity(is_patient=False)
            if header.resourceType == "Patient":
                identity = _identity_of(PATIENT.decode(raw_resource))
        except DECODE_ERRORS:
            continue
        if header.id is not None:
            identities.setdefault(header.id.removeprefix("#"), identity)
    return identities


def _name(subject: Reference | None) -> str:
    return normalise_reference((subject and subject.reference) or "")
