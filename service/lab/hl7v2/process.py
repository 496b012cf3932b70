"""Process one HL7 v2 message: parse, assess, acknowledge."""

from dataclasses import replace as with_changes
from datetime import date
from time import monotonic

from msgspec import Struct
from msgspec.structs import replace

from cobalamin.service.http.app_context import AppContext
from cobalamin.service.http.audit_entries import Evaluation, record_evaluation
from cobalamin.service.http.errors import ApiError
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.lab.hl7v2.answer import build_acknowledgement, build_rejection
from cobalamin.service.lab.hl7v2.history import with_history
from cobalamin.service.lab.hl7v2.message import (
    Message,
    RejectedError,
    UnreadableError,
    check_kind,
    header_of_rejection,
    parse,
)
from cobalamin.service.lab.hl7v2.outgoing import build_further_messages
from cobalamin.service.lab.hl7v2.reader import read_message
from cobalamin.service.lab.hl7v2.report import LabReport, build_report
from cobalamin.service.lab.query import requested_day, requested_profile, require_known_parameters
from cobalamin.service.message_form import USUAL_FORM, MessageForm
from cobalamin.service.records.comment_history import CommentFiling, HistoryChangedError
from cobalamin.service.records.errors import StoreError
from cobalamin.service.rules.assess import assess

PARAMETERS = ("profile", "asOf")
TRIES = 5
"""How often an answer is made again because another report of the patient was filed meanwhile."""


class MessageAnswer(Struct, frozen=True, kw_only=True):
    """The acknowledgement with its MSA-1; `report` is None where nothing was assessed.

    `further` are the messages that the form asks for beside it, `filing` what is to be kept of the
    report before it is answered.
    """

    verdict: str
    text: str
    report: LabReport | None = None
    further: tuple[str, ...] = ()
    filing: CommentFiling | None = None


def process_message(body: bytes, ctx: AppContext) -> str:
    """Return the acknowledgement: AA with the assessment, or AE or AR with the error.

    Raises:
        ApiError: 400 if there is no readable MSH segment to reply to.
    """
    require_known_parameters(*PARAMETERS)
    profile, on, started = requested_profile(ctx), requested_day(), monotonic()
    try:
        answer = _filed_answer(body, ctx, profile, on)
    except UnreadableError:
        raise ApiError(400, "there is no readable MSH segment", "MSH") from None
    if answer.report is not None:
        record_evaluation(ctx, to_evaluation(answer.report, answer, started, "/hl7v2"))
    return answer.text


def _filed_answer(body: bytes, ctx: AppContext, profile: Profile, on: date | None) -> MessageAnswer:
    """The answer with its report filed; where it cannot be, the answer without earlier ones."""
    for _ in range(TRIES):
        answer = answer_message(body, ctx, profile, on)
        if answer.filing is None or ctx.comments is None:
            return answer
        try:
            ctx.comments.file(answer.filing)
        except HistoryChangedError:
            continue
        except StoreError:
            break
        return answer
    return answer_message(body, without_history(ctx), profile, on)


def without_history(ctx: AppContext) -> AppContext:
    """The context of an answer that does not know of earlier reports, and says so."""
    return with_changes(ctx, comments=None)


def answer_message(
    body: bytes,
    ctx: AppContext,
    profile: Profile,
    on: date | None = None,
    form: MessageForm | None = None,
) -> MessageAnswer:
    """Assess a message; nothing is recorded yet.

    With a `form` the answer is in it, and in the version and character set of the sender.

    Raises:
        UnreadableError: there is no readable MSH segment to reply to.
    """
    message: Message | None = None
    today, identity = ctx.today(), ctx.new_id()
    try:
        message = parse(body)
        message.header = replace(message.header, mirrors=form is not None)
        check_kind(message)
        facts = read_message(message, profile, ctx.settings.reading)
    except RejectedError as error:
        header = replace(header_of_rejection(error, message), mirrors=form is not None)
        text = build_rejection(header, error, today=today, message_id=identity)
        return MessageAnswer(verdict=error.verdict, text=text)
    assessment = assess(facts, profile.knowledge, on or today, find_unknowns=False)
    chosen = form or USUAL_FORM
    report = build_report(
        assessment,
        profile,
        is_protected=message.is_protected,
        line_width=message_form(ctx, profile).line_width,
    )
    filed = with_history(report, message, body, ctx)
    report = filed.report
    text = build_acknowledgement(
        message.header, report, today=today, message_id=identity, form=chosen
    )
    further = build_further_messages(message, report, chosen, today=today, message_id=identity)
    return MessageAnswer(
        verdict="AA", text=text, report=report, further=further, filing=filed.filing
    )


def message_form(ctx: AppContext, profile: Profile) -> MessageForm:
    """The form of the client in the registry, else that of the site file."""
    own = None if ctx.client is None else ctx.client.hl7v2
    return own or (USUAL_FORM if profile.site is None else profile.site.hl7v2)


def to_evaluation(
    report: LabReport, answer: MessageAnswer, started: float, service: str
) -> Evaluation:
    """What the audit trail keeps of an answer; `started` is on the monotonic clock."""
    return Evaluation(
        service=service,
        assessment=report.assessment,
        profile=report.profile,
        started=started,
        answer=answer.text.encode(),
    )
