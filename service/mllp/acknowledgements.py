"""Which acknowledgements a sender wants to have, by MSH-15 and MSH-16."""

from cobalamin.service.lab.hl7v2.header import MessageHeader
from cobalamin.service.records.messages import Answer, MessageState

NEVER, ON_ERROR, ON_SUCCESS = "NE", "ER", "SU"


def is_wanted(when: str, *, is_success: bool) -> bool:
    """Whether MSH-15 or MSH-16 asks for an acknowledgement (HL7 table 0155).

    What is none of that table asks for it too: a sender that hears nothing waits for ever.
    """
    return when not in ("", NEVER, ON_ERROR if is_success else ON_SUCCESS)


def wants_answer(header: MessageHeader, answer: Answer | None) -> bool:
    """Whether the sender wants to hear the answer: always in the original mode, else by MSH-16."""
    if not header.accept_when and not header.answer_when:
        return True
    is_success = answer is not None and answer.state is MessageState.answered
    return is_wanted(header.answer_when, is_success=is_success)
