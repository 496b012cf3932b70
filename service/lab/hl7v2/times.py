"""Times of HL7 v2 as FHIR writes them."""

import re

TIME = re.compile(
    r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})?(?P<day>[0-9]{2})?"
    r"((?P<hour>[0-9]{2})(?P<minute>[0-9]{2})?(?P<second>[0-9]{2})?(\.[0-9]{1,4})?)?"
    r"(?P<zone>[+-][0-9]{4})?\Z"
)


# How exactly a time is known, where a component says so beside it (table 0529).
EXACTNESS = {"Y": 1, "L": 2, "D": 3}
FULL_DAY = 3


def fhir_time(text: str, exactness: str = "") -> str | None:
    """`20110103143428-0800` as `2011-01-03T14:34:28-08:00`, as exactly as it was sent.

    None where it is no time of HL7 v2.
    """
    found = TIME.match(text)
    if found is None:
        return None
    kept = EXACTNESS.get(exactness.upper())
    parts = [part for part in found.group("year", "month", "day") if part]
    day = "-".join(parts[:kept])
    if kept is not None or len(parts) < FULL_DAY or found["hour"] is None:
        return day
    clock = f"{found['hour']}:{found['minute'] or '00'}:{found['second'] or '00'}"
    zone = found["zone"]
    return f"{day}T{clock}" + (f"{zone[:3]}:{zone[3:]}" if zone else "")
