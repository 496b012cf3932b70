"""Messages beside the acknowledgement: the comment as ORU^R01, and orders of reflex tests.

Patient and order are those of the message that is answered, as they stand there, so that the
laboratory system files the comment where it has the result.
"""

from collections.abc import Iterator
from datetime import date

from cobalamin.service.answers.comment_json import loinc_of
from cobalamin.service.answers.reflex import ReflexTest
from cobalamin.service.knowledge.site_reflex import ReflexAction
from cobalamin.service.lab.hl7v2.answer import msh_segment
from cobalamin.service.lab.hl7v2.comment_results import comment_results, order_segment
from cobalamin.service.lab.hl7v2.message import Message
from cobalamin.service.lab.hl7v2.report import LabReport, code_segments, comment_lines, note_codes
from cobalamin.service.lab.hl7v2.report_orders import commented_order
from cobalamin.service.lab.hl7v2.segments import OWN_CODES, escape, join_segments
from cobalamin.service.message_form import CommentForm, MessageForm, ReflexOrders

ORU = "ORU^R01^ORU_R01"
ORDERS = {ReflexOrders.orm: "ORM^O01^ORM_O01", ReflexOrders.oml: "OML^O21^OML_O21"}


def build_further_messages(
    message: Message, report: LabReport, form: MessageForm, *, today: date, message_id: str
) -> tuple[str, ...]:
    """The comment as ORU^R01 and the orders that are added, where the form asks for them."""
    made = []
    if form.comment is not CommentForm.ack_nte and comment_lines(report):
        made.append(_result(message, report, form, today, message_id))
    added = [test for test in report.reflex if test.action is ReflexAction.add]
    if form.reflex_orders is not ReflexOrders.none and added:
        kind = ORDERS[form.reflex_orders]
        made.append(_orders(message, report, added, kind, today, message_id))
    return tuple(made)


def _result(
    message: Message, report: LabReport, form: MessageForm, today: date, message_id: str
) -> str:
    is_obx = form.comment is CommentForm.oru_obx
    facts = report.assessment.facts
    order = commented_order(message, facts)
    lines = comment_results(message, report, order) if is_obx else list(_as_nte(report))
    return join_segments(
        [
            msh_segment(message.header, today, f"{message_id}-1", ORU),
            *_patient(message),
            *(() if is_obx else (order_segment(message, order),)),
            *lines,
            *code_segments(report),
            f"ZNT|{note_codes(report)}",
        ]
    )


def _as_nte(report: LabReport) -> Iterator[str]:
    for number, line in enumerate(comment_lines(report), start=1):
        yield f"NTE|{number}|L|{escape(line)}|RE"


def _orders(
    message: Message,
    report: LabReport,
    tests: list[ReflexTest],
    kind: str,
    today: date,
    message_id: str,
) -> str:
    segments = [msh_segment(message.header, today, f"{message_id}-2", kind), *_patient(message)]
    for number, test in enumerate(tests, start=1):
        placer = f"{message_id}-{number}^COBALAMIN"
        segments.append(f"ORC|NW|{placer}")
        segments.append(f"OBR|{number}|{placer}||{_service(test, report)}")
        segments.append(f"NTE|1|L|{escape(test.rule)}")
    return join_segments([*segments, *code_segments(report), f"ZNT|{note_codes(report)}"])


def _service(test: ReflexTest, report: LabReport) -> str:
    label = escape(report.profile.wording.labels[test.code])
    loinc = loinc_of(test, report.profile.wording)
    own = f"{test.code}^{label}^{OWN_CODES}"
    return own if loinc is None else f"{loinc}^{label}^LN^{own}"


def _patient(message: Message) -> tuple[str, ...]:
    raw = message.raw_patient()
    return () if raw is None else (raw,)
