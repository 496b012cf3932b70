"""Clinical dates, which are often known only to the month or year."""

import re
from calendar import monthrange
from datetime import date, datetime

from msgspec import Struct

# Lengths of the texts 2026, 2026-05 and 2026-05-02.
YEAR, MONTH, DAY = 4, 7, 10
MONTHS = 12
CALENDAR_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class When(Struct, frozen=True, kw_only=True):
    """A point of clinical time between two days, as exactly as the record says."""

    first: date
    last: date
    text: str
    instant: datetime | None = None

    def days_before(self, day: date) -> int:
        """Whole days from the latest day this can mean to `day`; negative if later."""
        return (day - self.last).days


def read_when(text: str) -> When:
    """The span that a FHIR date, dateTime or instant denotes.

    `2026`, `2026-05`, `2026-05-02` and date-times with or without seconds or zone are read.

    Raises:
        ValueError: the text is none of these.
    """
    if len(text) == YEAR and text.isdigit():
        year = int(text)
        return When(first=date(year, 1, 1), last=date(year, 12, 31), text=text)
    if len(text) == MONTH:
        return _month(text)
    if len(text) >= DAY and not CALENDAR_DAY.match(text):
        raise ValueError("not a calendar day")
    if len(text) == DAY:
        day = date.fromisoformat(text)
        return When(first=day, last=day, text=text)
    if len(text) > DAY and text[DAY] in "T ":
        instant = datetime.fromisoformat(text)
        return When(first=instant.date(), last=instant.date(), text=text, instant=instant)
    raise ValueError("not a FHIR date")


def _month(text: str) -> When:
    first = date.fromisoformat(f"{text}-01")
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return When(first=first, last=date.fromordinal(following.toordinal() - 1), text=text)


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or the last day of a shorter one."""
    whole = day.month - 1 + months
    year, month = day.year + whole // MONTHS, whole % MONTHS + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
