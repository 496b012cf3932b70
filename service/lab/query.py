"""What the address of a request says beside its body: which profile, which day, how much."""

from datetime import date

from flask import request

from cobalamin.service.http.app_context import AppContext
from cobalamin.service.http.errors import ApiError
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.rules.model.dates import (
    CALENDAR_DAY,
    FIRST_DAY,
    LAST_DAY,
    is_day_of_assessment,
)


def requested_profile(ctx: AppContext) -> Profile:
    """The profile that the query names, else the caller's own.

    Raises:
        ApiError: 422 where there is no such profile.
    """
    wanted = request.args.get("profile", ctx.profile_id)
    profile = ctx.profiles.get(wanted)
    if profile is None:
        raise ApiError(422, f"unknown profile; use one of {', '.join(ctx.profiles)}", "?profile")
    return profile


def requested_day() -> date | None:
    """The day that the query names.

    Raises:
        ApiError: 422 where it is no day.
    """
    text = request.args.get("asOf")
    if text is None:
        return None
    try:
        # The library reads weeks and days without dashes as well.
        day = date.fromisoformat(text if CALENDAR_DAY.fullmatch(text) else "")
    except ValueError:
        raise ApiError(422, "send a date, YYYY-MM-DD", "?asOf") from None
    return require_day_of_assessment(day, "?asOf")


def require_day_of_assessment(day: date, where: str) -> date:
    """The day, if somebody can be assessed on it.

    Raises:
        ApiError: 422 where it is centuries away.
    """
    if not is_day_of_assessment(day):
        raise ApiError(422, f"send a day from {FIRST_DAY} to {LAST_DAY}", where)
    return day


def is_short_requested() -> bool:
    """Whether the query asks for the short answer in place of the full one.

    Raises:
        ApiError: 422 where there is no such answer.
    """
    wanted = request.args.get("answer", "full")
    if wanted not in ("full", "short"):
        raise ApiError(422, "send full or short", "?answer")
    return wanted == "short"


def is_summary_requested() -> bool:
    """Whether the query asks for a line of counts at the end of a batch.

    Raises:
        ApiError: 422 where it is neither true nor false.
    """
    wanted = request.args.get("summary", "false")
    if wanted not in ("true", "false"):
        raise ApiError(422, "send true or false", "?summary")
    return wanted == "true"


def require_known_parameters(*names: str) -> None:
    """Refuses a query with a parameter that is not read, or that occurs twice.

    Raises:
        ApiError: 422 with the names that are read, or with the one that occurs twice.
    """
    if not request.args.keys() <= set(names):
        raise ApiError(422, f"the query may hold {', '.join(names)}; take the others away", "?")
    for name in names:
        if len(request.args.getlist(name)) > 1:
            raise ApiError(422, f"{name} occurs more than once; send one", f"?{name}")
