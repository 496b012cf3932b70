"""Convert HL7 v2 timestamps to FHIR dateTimes."""

import re
from itertools import takewhile

TIME = re.compile(
    r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})?(?P<day>[0-9]{2})?"
    r"((?P<hour>[0-9]{2})(?P<minute>[0-9]{2})?(?P<second>[0-9]{2})?(\.[0-9]{1,4})?)?"
    r"(?P<zone>[+-][0-9]{4})?\Z"
)


# Precision of a timestamp by its second component (HL7 table 0529).
EXACTNESS = {"Y": 1, "L": 2, "D": 3}
FULL_DAY = 3


def fhir_time(text: str, exactness: str = "") -> str | None:
    """Convert `20110103143428-0800` to `2011-01-03T14:34:28-08:00`, keeping its precision.

    Month and day 00 are not known: `19690000` is the year. None if it is not an HL7 v2 timestamp.
    """
    match = TIME.match(text)
    if match is None:
        return None
    kept = EXACTNESS.get(exactness.upper())
    parts = [*takewhile(_is_known, match.group("year", "month", "day"))]
    day = "-".join(parts[:kept])
    if kept is not None or len(parts) < FULL_DAY or match["hour"] is None:
        return day
    clock = f"{match['hour']}:{match['minute'] or '00'}:{match['second'] or '00'}"
    zone = match["zone"]
    return f"{day}T{clock}" + (f"{zone[:3]}:{zone[3:]}" if zone else "")


def _is_known(part: str | None) -> bool:
    return part is not None and part != "00"
