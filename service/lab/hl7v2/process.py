"""Process one HL7 v2 message: parse, assess, acknowledge."""

from time import monotonic

from cobalamin.service.http.app_context import AppContext
from cobalamin.service.http.audit_entries import Evaluation, record_evaluation
from cobalamin.service.http.errors import ApiError
from cobalamin.service.lab.hl7v2.answer import build_acknowledgement, build_rejection
from cobalamin.service.lab.hl7v2.message import (
    Message,
    RejectedError,
    UnreadableError,
    check_kind,
    header_of_rejection,
    parse,
)
from cobalamin.service.lab.hl7v2.reader import read_message
from cobalamin.service.lab.hl7v2.report import build_report
from cobalamin.service.lab.query import requested_day, requested_profile, require_known_parameters
from cobalamin.service.rules.assess import assess

PARAMETERS = ("profile", "asOf")


def process_message(body: bytes, ctx: AppContext) -> str:
    """Return the acknowledgement: AA with the assessment, or AE or AR with the error.

    Raises:
        ApiError: 400 if there is no readable MSH segment to reply to.
    """
    message: Message | None = None
    require_known_parameters(*PARAMETERS)
    profile, on = requested_profile(ctx), requested_day()
    today, identity, started = ctx.today(), ctx.new_id(), monotonic()
    try:
        message = parse(body)
        check_kind(message)
        facts = read_message(message, profile, ctx.settings.reading)
    except UnreadableError:
        raise ApiError(400, "there is no readable MSH segment", "MSH") from None
    except RejectedError as error:
        return build_rejection(
            header_of_rejection(error, message), error, today=today, message_id=identity
        )
    assessment = assess(facts, profile.knowledge, on or today, find_unknowns=False)
    report = build_report(assessment, profile, is_protected=message.is_protected)
    answer = build_acknowledgement(message.header, report, today=today, message_id=identity)
    evaluation = Evaluation(
        service="/hl7v2",
        assessment=assessment,
        profile=profile,
        started=started,
        answer=answer.encode(),
    )
    record_evaluation(ctx, evaluation)
    return answer
