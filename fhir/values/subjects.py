"""Whose each resource is. Only one patient's data is ever read together."""

from cobalamin.fhir.decode.errors import SeveralPatientsError
from cobalamin.fhir.decode.issues import Remark
from cobalamin.fhir.decode.reader_state import Place, Reading
from cobalamin.fhir.decode.resources import Patient, Reference


class Subjects:
    """The names under which this patient is referred to.

    With a patient id, other people's resources are passed over; without one, the body must be
    about one patient.
    """

    __slots__ = ("_known", "_wanted")

    def __init__(self, wanted: str | None = None) -> None:
        self._wanted = None if wanted is None else short(wanted)
        self._known: set[str] = set() if wanted is None else {short(wanted)}

    def is_patient(self, place: Place, patient: Patient) -> bool:
        """Whether a Patient is the one; its names are learnt.

        Raises:
            SeveralPatientsError: a body without a patient id holds two Patients.
        """
        name = None if patient.id is None else short(patient.id)
        names = {n for n in (name, place.full_url and short(place.full_url)) if n}
        if self._wanted is not None:
            if name is not None and name != self._wanted:
                return False
            self._known |= names
            return True
        if self._known and names and self._known.isdisjoint(names):
            raise SeveralPatientsError(place.path())
        self._known |= names
        return True

    def is_counted(self, reading: Reading, place: Place, subject: Reference | None) -> bool:
        """Whether a resource is this patient's; one that names nobody is taken for theirs.

        Raises:
            SeveralPatientsError: a body without a patient id has resources of two patients.
        """
        reference = None if subject is None else subject.reference
        if reference in self._known:
            return True
        if not reference:
            if self._wanted is not None:
                reading.mention(Remark.subject_missing, place.path(), "")
            return True
        return self._is_known(reading, place, reference)

    def _is_known(self, reading: Reading, place: Place, reference: str) -> bool:
        name = short(reference)
        if name in self._known or name.startswith("#"):
            self._known.add(reference)
            return True
        if self._wanted is None and name.startswith(("Patient/", "urn:")):
            self._learn(place, name)
            return True
        reading.mention(Remark.other_patient, place.path("subject"), name)
        return False

    def _learn(self, place: Place, name: str) -> None:
        """The first subject is the patient; a Patient without id may still get its id here."""
        has_id = any(known.startswith("Patient/") for known in self._known)
        if self._known and (has_id or name.startswith("urn:")):
            raise SeveralPatientsError(place.path("subject"))
        self._known.add(name)


def short(reference: str) -> str:
    """`Patient/1` for every way to name that Patient: bare id, absolute, with a version."""
    if reference.startswith(("urn:", "#")):
        return reference
    path = reference.split("/_history/", 1)[0].rstrip("/")
    kind, _, identity = path.rpartition("/")
    if not kind:
        return f"Patient/{identity}"
    return f"{kind.rpartition('/')[2]}/{identity}"
