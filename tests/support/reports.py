"""Reports of a laboratory with the numbers of their orders; a site that remembers comments."""

from collections.abc import Iterable
from pathlib import Path

import hl7

from messages import MSH, PID, field, obx

AUDIT_KEY = ("k" * 40,)
DAY_SECONDS = 24 * 60 * 60
BY = 'author = "AB"\nwhy = "agreed with the surgeries"\nreviewed = 2026-11-01\n'


def site_file(folder: Path, more: str = "", *, keep: int = 400, repeat: int | None = 90) -> Path:
    """A site file that has comments remembered, and perhaps left out."""
    left_out = "" if repeat is None else f"repeat_after_days = {repeat}\n"
    file = folder / "site.toml"
    text = f'name = "Here"\n[comments.earlier]\nkeep_days = {keep}\n{left_out}{BY}{more}'
    file.write_text(text, "utf-8")
    return file


def report(
    control_id: str,
    *results: str,
    filler: str = "B1",
    placer: str = "A1",
    patient: str = "P1",
    status: str = "",
) -> str:
    """An ORU^R01 with one order; `status` is OBR-25."""
    msh = MSH.replace("|C1|", f"|{control_id}|")
    pid = PID.replace("|P1^", f"|{patient}^") if patient else PID.replace("P1^^^LAB^MR", "")
    return "\r".join((msh, pid, order(filler, placer, status), *(results or (obx(),)))) + "\r"


def order(filler: str = "B1", placer: str = "A1", status: str = "") -> str:
    """An OBR with its numbers and status."""
    numbers = f"OBR|1|{placer}|{filler}|B12^Vitamin B12^L|||20261116084000+0000"
    return numbers + ("|" * 18 + status if status else "")


def earlier(answer: hl7.Message) -> list[tuple[str, str]]:
    """What becomes of earlier reports: the action and the message of each ZCR."""
    return [(str(one[1]), str(one[4])) for one in answer if str(one[0]) == "ZCR"]


def notes(answer: hl7.Message) -> list[str]:
    """The lines of the comment."""
    return [answer.unescape(str(one[3])) for one in answer if str(one[0]) == "NTE"]


def codes(answer: hl7.Message) -> tuple[str, str, str]:
    """Code and release of the comment, and why a person should look at the report."""
    return field(answer, "ZCB", 2), field(answer, "ZCB", 3), field(answer, "ZCB", 4)


def warned(answer: hl7.Message) -> Iterable[str]:
    """The severity and code of each note on earlier reports."""
    return [
        f"{one[4]} {str(one[5]).partition('^')[0]}"
        for one in answer
        if str(one[0]) == "ERR" and "comment" in str(one[5])
    ]
