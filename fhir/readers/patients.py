"""The Patient: sex, date of birth, and whether the person has died."""

from msgspec.structs import replace

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import ElementPath, ReaderState
from cobalamin.fhir.decode.resources import PatientResource
from cobalamin.service.rules.model.dates import When, read_when
from cobalamin.service.rules.model.vocabulary import Sex

_SEX = {sex.value: sex for sex in Sex}


def read_patient(state: ReaderState, path: ElementPath, sent: PatientResource) -> None:
    """What the Patient says; what an earlier copy said stays where this one is silent."""
    known = state.patient
    state.patient = replace(
        known,
        id=sent.id or known.id,
        sex=_SEX.get((sent.gender or "").strip().lower(), known.sex),
        birth_date=_parse_birth_date(state, path, sent) or known.birth_date,
    )
    if sent.deceasedBoolean or sent.deceasedDateTime:
        state.note_once(Issue.deceased, str(path), "")


def _parse_birth_date(state: ReaderState, path: ElementPath, sent: PatientResource) -> When | None:
    if not sent.birthDate:
        return None
    try:
        return read_when(sent.birthDate)
    except ValueError:
        state.note(Issue.birth_date_not_read, path.element("birthDate"))
        return None
