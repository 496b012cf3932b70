"""The route for laboratory systems that speak HL7 v2."""

from flask import Blueprint, Response

from cobalamin.service.context import Context, context
from cobalamin.service.errors import ApiError
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
from cobalamin.service.lab.query import day_asked, library_of
from cobalamin.service.media import HL7V2, require_acceptable, require_hl7v2, sent_bytes
from cobalamin.service.rules.assess import assess


def hl7v2() -> Blueprint:
    """A message in, an acknowledgement out; only what has no header is refused by status."""
    door = Blueprint("hl7v2", __name__)

    @door.post("/hl7v2", strict_slashes=False)
    def message() -> Response:
        require_hl7v2()
        require_acceptable(HL7V2)
        answer = _answer(sent_bytes(), context())
        return Response(answer, content_type=f"{HL7V2}; charset=utf-8")

    return door


def _answer(body: bytes, here: Context) -> str:
    sent: Message | None = None
    library, on = library_of(here), day_asked()
    today, identity = here.today(), here.new_id()
    try:
        sent = parse(body)
        check_kind(sent)
        facts = read_message(sent, library)
    except UnreadableError:
        raise ApiError(400, "there is no readable MSH segment", "MSH") from None
    except RejectedError as error:
        return rejected(header_of(error, sent), error, today=today, message_id=identity)
    assessment = assess(facts, library.knowledge, on or today)
    return accepted(sent.header, assessment, library, today=today, message_id=identity)
