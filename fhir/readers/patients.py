"""Read the Patient: sex, date of birth, deceased."""

from msgspec.structs import replace

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import MAX_ID_LENGTH, ElementPath, ReaderState
from cobalamin.fhir.decode.resources import DECODE_ERRORS, PATIENT_LINKS, PatientResource, is_filled
from cobalamin.service.rules.model.dates import When
from cobalamin.service.rules.model.vocabulary import Sex

# FHIR R4, link-type.
REPLACED = "replaced-by"
FALSE = b"false"
_SEX = {sex.value: sex for sex in Sex}
# FHIR R4, administrative-gender; the rules ask for the first two.
_GENDERS = frozenset({*_SEX, "other", "unknown"})


def read_patient(state: ReaderState, path: ElementPath, patient: PatientResource) -> None:
    """Read a Patient; elements that it lacks keep the value of an earlier copy."""
    earlier = state.patient
    gender = (patient.gender or "").strip().lower()
    if gender and gender not in _GENDERS:
        state.note_once(Issue.sex_not_read, path.element("gender"), "")
    state.patient = replace(
        earlier,
        id=_bounded_id(state, path, patient) or earlier.id,
        sex=_SEX.get(gender, earlier.sex),
        birth_date=_parse_birth_date(state, path, patient) or earlier.birth_date,
    )
    if _is_replaced(patient):
        state.note_once(Issue.patient_replaced, path.element("link"), "")
    if bytes(patient.active) == FALSE:
        state.note_once(Issue.patient_inactive, path.element("active"), "")
    if patient.deceasedBoolean or patient.deceasedDateTime:
        state.note_once(Issue.deceased, str(path), "")


def _is_replaced(patient: PatientResource) -> bool:
    """Whether it says that another record is used in its place; a link of another shape may."""
    try:
        links = PATIENT_LINKS.decode(patient.link) if is_filled(patient.link) else []
    except DECODE_ERRORS:
        return True
    return any((link.type or "").strip().lower() == REPLACED for link in links)


def _bounded_id(state: ReaderState, path: ElementPath, patient: PatientResource) -> str | None:
    if patient.id is not None and len(patient.id) > MAX_ID_LENGTH:
        state.note_once(Issue.id_too_long, path.element("id"), "")
        return None
    return patient.id


def _parse_birth_date(
    state: ReaderState, path: ElementPath, patient: PatientResource
) -> When | None:
    if not patient.birthDate:
        return None
    try:
        return state.parse_when(patient.birthDate)
    except ValueError:
        state.note(Issue.birth_date_not_read, path.element("birthDate"))
        return None
