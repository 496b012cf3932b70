"""Clinical dates, which are often known only to the month or year."""

import re
from calendar import monthrange
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta, timezone, tzinfo

from msgspec import Struct

# Lengths of the texts 2026, 2026-05 and 2026-05-02.
YEAR, MONTH, DAY = 4, 7, 10
MONTHS = 12
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
CALENDAR_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# FHIR and HL7 v2 allow second 60; the library does not.
LEAP_SECOND = re.compile(r"(?<=T\d{2}:\d{2}:)60|(?<= \d{2}:\d{2}:)60")
# Where a day begins first: the largest offset of a time zone in use.
EASTERNMOST = timezone(timedelta(hours=14))


class When(Struct, frozen=True, kw_only=True):
    """A point of clinical time between two days, as exactly as the record says.

    A time with a zone is of the day where it was written down and of the day in the service's
    zone, which may be two. `instant` has a zone only where the record gives one. `earliest` is the
    first day on which it can have been in the service's zone, if that is before `first`. A period
    counts by its end, and has the time of its start in `start`.
    """

    first: date
    last: date
    text: str
    instant: datetime | None = None
    earliest: date | None = None
    start: "When | None" = None

    def days_before(self, day: date) -> int:
        """Whole days from the latest day this can mean to `day`; negative if later."""
        return (day - self.last).days

    def is_after(self, day: date) -> bool:
        """Whether it is later than a day in the service's zone, in whichever zone it was written.

        Eleven at night on the day itself is not; the next day without a zone is not either, since
        it has begun somewhere.
        """
        return (self.earliest or self.first) > day


def read_when(text: str, zone: tzinfo = UTC) -> When:
    """The span that a FHIR date, dateTime or instant denotes; `zone` is the service's own.

    `2026`, `2026-05`, `2026-05-02` and date-times with or without seconds or zone are read.

    Raises:
        ValueError: the text is none of these.
    """
    if len(text) == YEAR and text.isdigit():
        year = int(text)
        return _span(date(year, 1, 1), date(year, MONTHS, 31), text, zone)
    if len(text) == MONTH:
        return _month(text, zone)
    if len(text) >= DAY and not CALENDAR_DAY.match(text):
        raise ValueError("not a calendar day")
    if len(text) == DAY:
        day = date.fromisoformat(text)
        return _span(day, day, text, zone)
    if len(text) > DAY and text[DAY] in "T ":
        return _moment(datetime.fromisoformat(LEAP_SECOND.sub("59", text)), text, zone)
    raise ValueError("not a FHIR date")


def _span(first: date, last: date, text: str, zone: tzinfo) -> When:
    earliest = _day_in(datetime.combine(first, time(), EASTERNMOST), zone)
    return When(first=first, last=last, text=text, earliest=earliest)


def _moment(instant: datetime, text: str, zone: tzinfo) -> When:
    there = instant.date()
    if instant.tzinfo is None:
        earliest = _day_in(instant.replace(tzinfo=EASTERNMOST), zone)
        return When(first=there, last=there, text=text, instant=instant, earliest=earliest)
    local_day = _day_in(instant, zone)
    return When(first=min(there, local_day), last=max(there, local_day), text=text, instant=instant)


def _day_in(instant: datetime, zone: tzinfo) -> date:
    """The day of an instant in a zone; its own day at either end of the calendar."""
    try:
        return instant.astimezone(zone).date()
    except OverflowError:
        return instant.date()


def _month(text: str, zone: tzinfo) -> When:
    first = date.fromisoformat(f"{text}-01")
    last = first.replace(day=monthrange(first.year, first.month)[1])
    return _span(first, last, text, zone)


def is_day_of_assessment(day: date) -> bool:
    """Whether somebody can be assessed on a day; others are slips of the pen, or placeholders."""
    return FIRST_DAY <= day <= LAST_DAY


def days_after(day: date, days: int) -> date:
    """A day so many days later, or earlier; the calendar's own first or last beyond its ends."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or the last day of a shorter one; not beyond the calendar."""
    whole = day.month - 1 + months
    year, month = day.year + whole // MONTHS, whole % MONTHS + 1
    if not MINYEAR <= year <= MAXYEAR:
        return date.max if months > 0 else date.min
    return date(year, month, min(day.day, monthrange(year, month)[1]))
