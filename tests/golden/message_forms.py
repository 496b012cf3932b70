"""Messages to laboratory systems in every form; running this file writes them anew."""

import re
import sys
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / folder) for folder in (".path", "tests/support", "tests/spec")]

from msgspec.structs import replace as changed  # noqa: E402 - found through the lines above

from assessments import get_profile  # noqa: E402
from cobalamin.service.knowledge.profile import Profile  # noqa: E402
from cobalamin.service.knowledge.site_reflex import ReflexAction, ReflexRule  # noqa: E402
from cobalamin.service.lab.hl7v2.answer import build_acknowledgement  # noqa: E402
from cobalamin.service.lab.hl7v2.earlier import EarlierAction, EarlierReport  # noqa: E402
from cobalamin.service.lab.hl7v2.message import parse  # noqa: E402
from cobalamin.service.lab.hl7v2.outgoing import build_further_messages  # noqa: E402
from cobalamin.service.lab.hl7v2.reader import read_message  # noqa: E402
from cobalamin.service.lab.hl7v2.report import build_report  # noqa: E402
from cobalamin.service.message_form import (  # noqa: E402
    CommentForm,
    MessageForm,
    ReflexOrders,
)
from cobalamin.service.records.comment_history import StoredReport  # noqa: E402
from cobalamin.service.rules.assess import assess  # noqa: E402
from sites import a_site  # noqa: E402

FOLDER = Path(__file__).parent / "forms"
TODAY = date(2026, 11, 20)
HASH = re.compile("sha256:[0-9a-f]{64}")
VERSION = re.compile(r"\|20[0-9]{2}\.[0-9]+\.[0-9]+\|")
FORMS = {
    "ack-nte": MessageForm(),
    "oru-nte-orm": MessageForm(comment=CommentForm.oru_nte, reflex_orders=ReflexOrders.orm),
    "oru-obx-oml": MessageForm(comment=CommentForm.oru_obx, reflex_orders=ReflexOrders.oml),
}
SITE_HASH = f"sha256:{5:064}"
ACTIONS = (EarlierAction.replaces, EarlierAction.withdraws)
# Two orders, marks of its own, a name with an umlaut in ISO 8859-1, version 2.4.
SENT = (
    "MSH|$%*#|LIS|LAB|COBALAMIN|HOSPITAL|20261118||ORU$R01|F1|P|2.4||||||8859/1\r"
    "PID|1||P1$$$LAB$MR||Müller$Ada^B||19690412|F\r"
    "OBR|1|A1|B1|CBC$Blood count$L|||20261116084000+0000\r"
    "OBX|1|NM|787-2$MCV$LN||112|fL|80-100|H|||F\r"
    "OBR|2|A2|B2|B12$Vitamin B12$L|||20261116084000+0000\r"
    "OBX|1|NM|2132-9$B12$LN||120|pg/mL|180-914|L|||F\r"
).encode("iso-8859-1")


def adding_profile() -> Profile:
    """A profile whose site adds the folate test."""
    rule = ReflexRule(action=ReflexAction.add, author="AB", why="agreed", reviewed=TODAY)
    site = a_site(reflex={"test-folate": rule})
    profile = get_profile()
    return changed(profile, site=site, knowledge=changed(profile.knowledge, site=SITE_HASH))


def an_earlier_report() -> StoredReport:
    """The report whose comment of one final line is replaced; nothing else of it is shown."""
    return StoredReport(
        number=1,
        client="",
        patient="",
        message="",
        results="",
        placer="A2",
        filler="B2",
        control_id="F0",
        day="2026-11-19",
        code="indeterminate",
        text=None,
        urgency="routine",
        first_line=1,
        last_line=1,
        changed=False,
        repeats=None,
        ended_by=None,
        received=0,
    )


def messages_of(
    form: MessageForm, sent: bytes = SENT, *, earlier: EarlierAction | None = None
) -> list[str]:
    """The acknowledgement and the messages beside it, as a sender gets them.

    `earlier` is what becomes of the comment on an earlier report.
    """
    message, profile = parse(sent), adding_profile()
    message.header = changed(message.header, mirrors=True)
    facts = read_message(message, profile)
    report = build_report(assess(facts, profile.knowledge, TODAY), profile)
    if earlier is not None:
        before = EarlierReport(action=earlier, report=an_earlier_report())
        comment = None if earlier is EarlierAction.withdraws else report.comment
        report = changed(report, comment=comment, earlier=(before,), first_line=2)
    answer = build_acknowledgement(message.header, report, today=TODAY, message_id="ID", form=form)
    return [
        answer,
        *build_further_messages(message, report, form, today=TODAY, message_id="ID"),
    ]


def golden(form: MessageForm, earlier: EarlierAction | None = None) -> str:
    """The messages with a segment on each line, without what each release changes."""
    text = "\n".join(messages_of(form, earlier=earlier)).replace("\r", "\n")
    return VERSION.sub("|VERSION|", HASH.sub("KNOWLEDGE-HASH", text))


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, form in FORMS.items():
        (FOLDER / f"{name}.hl7").write_text(golden(form), "utf-8")
        for action in ACTIONS:
            file = FOLDER / f"{name}-{action}.hl7"
            file.write_text(golden(form, action), "utf-8")
