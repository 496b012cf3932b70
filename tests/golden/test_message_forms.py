"""Messages to laboratory systems: as they were, and as parsers of other people read them."""

import hl7
import pytest
from hl7apy.parser import parse_message
from hypothesis import given, settings
from hypothesis import strategies as st
from message_forms import ACTIONS, FOLDER, FORMS, SENT, SITE_HASH, golden, messages_of

from cobalamin.service.lab.hl7v2.earlier import EarlierAction
from cobalamin.service.message_form import CommentForm, MessageForm

KINDS = {
    "ack-nte": ["ACK"],
    "oru-nte-orm": ["ACK", "ORU", "ORM"],
    "oru-obx-oml": ["ACK", "ORU", "OML"],
}
SAID = "This vitamin B12 level makes a deficiency likely."


EACH = [(name, action) for name in FORMS for action in (None, *ACTIONS)]
each_form = pytest.mark.parametrize(("name", "action"), EACH)


@each_form
def test_they_are_as_they_were(name: str, action: EarlierAction | None) -> None:
    file = FOLDER / (f"{name}.hl7" if action is None else f"{name}-{action}.hl7")
    assert golden(FORMS[name], action) == file.read_text("utf-8")


@each_form
def test_python_hl7_reads_them(name: str, action: EarlierAction | None) -> None:
    read = [hl7.parse(text) for text in messages_of(FORMS[name], earlier=action)]
    assert [str(message["MSH.F9.R1.C1"]) for message in read] == KINDS[name]
    for message in read:
        assert [str(message[f"MSH.F{number}"]) for number in (3, 5, 12, 18)] == [
            "COBALAMIN",
            "LIS",
            "2.4",
            "8859/1",
        ]
    for message in read:
        assert "sha256:" in str(message.segment("ZCB")[8])
        assert str(message.segment("ZCB")[17]) == SITE_HASH
    for message in read[1:]:
        assert "unit-from-text" in str(message.segment("ZNT"))
        patient = message.segment("PID")
        assert str(patient[3][0][0]) == "P1"
        assert message.unescape(str(patient[5][0][1])) == "Ada^B"
        assert str(patient[5][0][0]) == "Müller"


@each_form
def test_hl7apy_reads_them(name: str, action: EarlierAction | None) -> None:
    sent = messages_of(FORMS[name], earlier=action)
    read = [parse_message(text, find_groups=False) for text in sent]
    assert [message.msh.msh_9.msh_9_1.value for message in read] == KINDS[name]
    for message in read[1:]:
        assert message.pid.pid_5.pid_5_1.value == "Müller"
    if len(read) > 1:
        order = next(one for one in read[1].children if one.name == "OBR")
        assert order.obr_4.obr_4_1.value == "B12"  # that of the vitamin B12, not the first one
        ordered = next(one for one in read[2].children if one.name == "OBR")
        assert ordered.obr_4.obr_4_1.value == "2284-8"


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("name", FORMS)
def test_both_parsers_find_the_earlier_report(name: str, action: EarlierAction) -> None:
    """In NTE for a person and in ZCR for a program, wherever the comment stands, and by status."""
    sent = messages_of(FORMS[name], earlier=action)
    text = sent[0] if name == "ack-nte" else sent[1]
    read = hl7.parse(text)
    assert "report B2 of 2026-11-19 (message F0)" in str(read.segment("NTE"))
    for message in sent[:1] if name == "ack-nte" else sent[:2]:
        found = hl7.parse(message).segment("ZCR")
        named = [str(found[number]) for number in range(1, 7)]
        assert named == [action, "A2", "B2", "F0", "20261119", "indeterminate"]
    if name.startswith("oru-obx"):
        obx = [one for one in parse_message(text, find_groups=False).children if one.name == "OBX"]
        lines = [(one.obx_4.value, one.obx_11.value) for one in obx]
        new = [] if action is EarlierAction.withdraws else [("2", "P"), ("3", "P")]
        assert lines == [("1", "D"), *new]


def test_the_comment_stands_where_the_form_says() -> None:
    for form, name, at in (("oru-nte", "NTE", 3), ("oru-obx", "OBX", 5)):
        _, result = messages_of(MessageForm(comment=CommentForm(form)))
        read = hl7.parse(result)
        assert next(str(one[at]) for one in read.segments(name)) == SAID
        assert "NTE|" not in messages_of(MessageForm(comment=CommentForm(form)))[0]
        assert "sha256:" in str(read.segment("ZCB"))
        assert "unit-from-text" in str(read.segment("ZNT"))


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec="iso-8859-1", exclude_categories=["Cc"]), max_size=20))
def test_no_name_breaks_out_of_its_segment(name: str) -> None:
    sent = SENT.decode("iso-8859-1").replace("Ada^B", _escaped(name)).encode("iso-8859-1")
    for text in messages_of(FORMS["oru-nte-orm"], sent)[1:]:
        read = hl7.parse(text)
        assert read.unescape(str(read.segment("PID")[5][0][1])).strip() == name.strip()


def _escaped(name: str) -> str:
    marks = {"|": "F", "$": "S", "%": "R", "*": "E", "#": "T"}
    return "".join(f"*{marks[one]}*" if one in marks else one for one in name)
