"""Match resources to the patient. Data of one patient only is read together."""

from cobalamin.fhir.decode.errors import SeveralPatientsError
from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import ElementPath, ReaderState
from cobalamin.fhir.decode.resources import PatientResource, Reference


class Subjects:
    """The references under which the patient is known.

    With a patient id, resources of others are ignored; without one, the body must be about one
    patient.
    """

    __slots__ = ("_known", "_wanted")

    def __init__(self, wanted: str | None = None) -> None:
        self._wanted = None if wanted is None else normalise_reference(wanted)
        self._known: set[str] = set() if wanted is None else {normalise_reference(wanted)}

    def is_patient(self, path: ElementPath, patient: PatientResource) -> bool:
        """Whether a Patient is the one of the request; its references are remembered.

        Raises:
            SeveralPatientsError: a body without a patient id holds two Patients.
        """
        name = None if patient.id is None else normalise_reference(patient.id)
        names = {n for n in (name, path.full_url and normalise_reference(path.full_url)) if n}
        if self._wanted is not None:
            if name is not None and name != self._wanted:
                return False
            self._known |= names
            return True
        if self._known and names and self._known.isdisjoint(names):
            raise SeveralPatientsError(str(path))
        self._known |= names
        return True

    def is_counted(self, state: ReaderState, path: ElementPath, subject: Reference | None) -> bool:
        """Whether a resource belongs to the patient; one without a subject does.

        Raises:
            SeveralPatientsError: a body without a patient id has resources of two patients.
        """
        reference = None if subject is None else subject.reference
        if reference in self._known:
            return True
        if not reference:
            if self._wanted is not None:
                state.note_once(Issue.subject_missing, str(path), "")
            return True
        return self._is_known(state, path, reference)

    def _is_known(self, state: ReaderState, path: ElementPath, reference: str) -> bool:
        name = normalise_reference(reference)
        if name in self._known or name.startswith("#"):
            self._known.add(reference)
            return True
        if self._wanted is None and name.startswith(("Patient/", "urn:")):
            self._learn(path, name)
            return True
        state.note_once(Issue.other_patient, path.element("subject"), name)
        return False

    def _learn(self, path: ElementPath, name: str) -> None:
        """Take the first subject as the patient, also for a Patient without an id."""
        has_id = any(known.startswith("Patient/") for known in self._known)
        if self._known and (has_id or name.startswith("urn:")):
            raise SeveralPatientsError(path.element("subject"))
        self._known.add(name)


def normalise_reference(reference: str) -> str:
    """Normalise a bare id, an absolute or a versioned reference to `Patient/1`."""
    if reference.startswith(("urn:", "#")):
        return reference
    path = reference.split("/_history/", 1)[0].rstrip("/")
    kind, _, identity = path.rpartition("/")
    if not kind:
        return f"Patient/{identity}"
    return f"{kind.rpartition('/')[2]}/{identity}"
