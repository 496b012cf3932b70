"""Which statuses count. What is not known to be final never does."""

from cobalamin.fhir.decode.issues import Remark
from cobalamin.fhir.decode.reader_state import Place, Reading

FINAL = frozenset({"final", "amended", "corrected"})
REPLACING = frozenset({"amended", "corrected"})
_NOT_FINAL = {
    "preliminary": Remark.not_final,
    "registered": Remark.not_final,
    "unknown": Remark.not_final,
    "cancelled": Remark.withdrawn,
    "entered-in-error": Remark.in_error,
}
NEVER_WAS = frozenset({Remark.withdrawn, Remark.in_error})


def refusal_of_status(reading: Reading, place: Place, status: str | None) -> Remark | None:
    """Why a result with this status does not count, or None if it does."""
    if status in FINAL:
        return None
    if not status:
        return Remark.status_missing
    spelled = status.strip().lower()
    if spelled in FINAL:
        reading.mention(Remark.status_spelled, place.path("status"), "")
        return None
    return _NOT_FINAL.get(spelled, Remark.status_unknown)
