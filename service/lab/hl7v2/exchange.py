"""One HL7 v2 message and the answer to it."""

from cobalamin.service.http.app_context import AppContext
from cobalamin.service.http.errors import ApiError
from cobalamin.service.lab.hl7v2.answer import accepted, rejected
from cobalamin.service.lab.hl7v2.message import (
    Message,
    RejectedError,
    UnreadableError,
    check_kind,
    header_of,
    parse,
)
from cobalamin.service.lab.hl7v2.reading import read_message
from cobalamin.service.lab.query import day_asked, requested_profile
from cobalamin.service.rules.assess import assess


def answer_to(body: bytes, here: AppContext) -> str:
    """The acknowledgement of a message, with what was found, or why it is not taken.

    Raises:
        ApiError: 400 where there is no header to answer to.
    """
    sent: Message | None = None
    profile, on = requested_profile(here), day_asked()
    today, identity = here.today(), here.new_id()
    try:
        sent = parse(body)
        check_kind(sent)
        facts = read_message(sent, profile)
    except UnreadableError:
        raise ApiError(400, "there is no readable MSH segment", "MSH") from None
    except RejectedError as error:
        return rejected(header_of(error, sent), error, today=today, message_id=identity)
    assessment = assess(facts, profile.knowledge, on or today)
    return accepted(sent.header, assessment, profile, today=today, message_id=identity)
