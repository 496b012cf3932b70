"""The Patient: sex, date of birth, and whether the person has died."""

from msgspec.structs import replace

from cobalamin.fhir.decode.issues import Remark
from cobalamin.fhir.decode.reader_state import Place, Reading
from cobalamin.fhir.decode.resources import Patient as Sent
from cobalamin.service.rules.model.dates import When, read_when
from cobalamin.service.rules.model.vocabulary import Sex

_SEX = {sex.value: sex for sex in Sex}


def read_patient(reading: Reading, place: Place, sent: Sent) -> None:
    """What the Patient says; what an earlier copy said stays where this one is silent."""
    known = reading.patient
    reading.patient = replace(
        known,
        id=sent.id or known.id,
        sex=_SEX.get((sent.gender or "").strip().lower(), known.sex),
        birth_date=_born(reading, place, sent) or known.birth_date,
    )
    if sent.deceasedBoolean or sent.deceasedDateTime:
        reading.mention(Remark.deceased, place.path(), "")


def _born(reading: Reading, place: Place, sent: Sent) -> When | None:
    if not sent.birthDate:
        return None
    try:
        return read_when(sent.birthDate)
    except ValueError:
        reading.note(Remark.birth_date_not_read, place.path("birthDate"))
        return None
