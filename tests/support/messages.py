"""HL7 v2 messages as laboratories send them."""

from collections.abc import Iterable

import hl7
from werkzeug.test import TestResponse

from app import app_with

MSH = "MSH|^~\\&|LIS|LAB|COBALAMIN|HOSPITAL|20261118||ORU^R01|C1|P|2.5.1"
PID = "PID|1||P1^^^LAB^MR||Example^Ada||19690412|F"
OBR = "OBR|1|||CBC^Blood count^L|||20261116084000+0000"
NAMES = {
    "b12_total": "2132-9",
    "b12_active": "39789-3",
    "mma": "13964-2",
    "homocysteine": "13965-9",
    "mcv": "787-2",
    "haemoglobin": "718-7",
    "folate_serum": "2284-8",
}


def obx(  # noqa: PLR0913 - a segment has many fields
    code: str = "2132-9",
    value: str = "120",
    unit: str = "pg/mL",
    *,
    kind: str = "NM",
    limits: str = "",
    flag: str = "",
    status: str = "F",
    system: str = "LN",
    taken: str = "",
) -> str:
    """One result."""
    return f"OBX|1|{kind}|{code}^name^{system}||{value}|{unit}|{limits}|{flag}|||{status}|||{taken}"


def message(*segments: str, msh: str = MSH, pid: Iterable[str] = (PID,)) -> str:
    """A whole ORU^R01."""
    return "\r".join((msh, *pid, OBR, *segments)) + "\r"


def send(body: str | bytes, **settings: object) -> TestResponse:
    """The answer to a message."""
    sent = body.encode() if isinstance(body, str) else body
    client = app_with(**settings).test_client()
    return client.post("/hl7v2", data=sent, content_type="application/hl7-v2")


def answered(body: str | bytes, **settings: object) -> hl7.Message:
    """The acknowledgement, read by the library."""
    found = send(body, **settings)
    assert found.status_code == 200, found.text
    parsed: hl7.Message = hl7.parse(found.get_data(as_text=True))
    return parsed


def field(answer: hl7.Message, segment: str, number: int, component: int = 1) -> str:
    """One component of the first segment of a name; empty where there is none."""
    for found in answer:
        if str(found[0]) == segment and number < len(found):
            parts = str(found[number]).split("~")[0].split("^")
            return parts[component - 1] if component <= len(parts) else ""
    return ""


def errors(answer: hl7.Message) -> list[tuple[str, str]]:
    """Where each ERR segment points, and its code."""
    return [
        (str(one[2]), str(one[5]).split("^")[0] or str(one[3]).split("^")[0])
        for one in answer
        if str(one[0]) == "ERR"
    ]


def comment(answer: hl7.Message) -> str:
    """The report comment, put together again."""
    return " ".join(answer.unescape(str(one[3])) for one in answer if str(one[0]) == "NTE")


def outcome(body: str | bytes, **settings: object) -> tuple[str, str]:
    """The outcome and the code of the comment."""
    found = answered(body, **settings)
    assert field(found, "MSA", 1) == "AA"
    return field(found, "ZCB", 1), field(found, "ZCB", 2)
