"""What the address of a request says beside its body: which profile, and which day."""

from datetime import date

from flask import request

from cobalamin.service.http.app_context import Context
from cobalamin.service.http.errors import ApiError
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.rules.model.dates import CALENDAR_DAY


def requested_profile(here: Context) -> Profile:
    """The profile that the query names, else the caller's own.

    Raises:
        ApiError: 422 where there is no such profile.
    """
    wanted = request.args.get("profile", here.profile_id)
    profile = here.profiles.get(wanted)
    if profile is None:
        raise ApiError(422, f"send one of {', '.join(here.profiles)}", "?profile")
    return profile


def day_asked() -> date | None:
    """The day that the query names.

    Raises:
        ApiError: 422 where it is no day.
    """
    text = request.args.get("asOf")
    if text is None:
        return None
    try:
        # The library reads weeks and days without dashes as well.
        return date.fromisoformat(text if CALENDAR_DAY.fullmatch(text) else "")
    except ValueError:
        raise ApiError(422, "send a date, YYYY-MM-DD", "?asOf") from None
