"""Documents of a cohort: a plain form or FHIR as JSON, or an HL7 v2 message, as facts."""

from datetime import date

from cobalamin.service.cohort.errors import RefusedError
from cobalamin.service.http.errors import ApiError
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.lab.body import AssessmentInput, AssessmentOptions, read_request
from cobalamin.service.lab.hl7v2.message import (
    Message,
    RejectedError,
    UnreadableError,
    check_kind,
    parse,
)
from cobalamin.service.lab.hl7v2.reader import read_message
from cobalamin.service.lab.single_resources import is_single_resource

BULK = (
    "a single resource: export lines of single resources by type and name their folder or files, "
    "so that they are grouped by patient"
)
LONGEST = 64 * 1024 * 1024


def read_json(body: bytes, options: AssessmentOptions) -> AssessmentInput:
    """The facts of a plain form, a Bundle or one FHIR resource.

    Raises:
        RefusedError: it is neither, or breaks its schema.
    """
    if is_single_resource(body):
        raise RefusedError("single-resource", BULK)
    if len(body) > LONGEST:
        raise RefusedError("too-long", f"longer than {LONGEST // 1024 // 1024} MiB")
    try:
        return read_request(body, options, fhir=False)
    except ApiError as error:
        code = "not-json" if error.status == 400 else "not-valid"  # noqa: PLR2004
        where = f"{error.where}: " if error.where else ""
        raise RefusedError(code, where + error.message) from None


def read_hl7(
    body: bytes, profile: Profile, on: date | None, today: date
) -> tuple[AssessmentInput, str]:
    """The facts of an ORU^R01, and the facility that sent it.

    Without a day it is assessed on the day that it was sent.

    Raises:
        RefusedError: it is no such message, or is not taken.
    """
    try:
        message = parse(body)
        check_kind(message)
        facts = read_message(message, profile)
    except UnreadableError:
        raise RefusedError("not-hl7", "there is no readable MSH segment") from None
    except RejectedError as error:
        raise RefusedError("message-refused", f"{error.where}: {error.text}") from None
    return AssessmentInput(facts=facts, on=on or _day_of(message) or today), message.header.sender[
        1
    ]


def _day_of(message: Message) -> date | None:
    try:
        return date.fromisoformat(message.first("MSH").text(7)[:8])
    except ValueError:
        return None
