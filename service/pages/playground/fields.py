"""What can be chosen and filled in, as HTML; what nobody filled in yet is written once and kept."""

from datetime import date
from functools import cache

from flask import current_app, render_template
from markupsafe import Markup

from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.pages.playground import controls
from cobalamin.service.pages.playground.form import Fields
from cobalamin.service.pages.playground.stories import all_stories

_empty: dict[str, tuple[tuple[object, ...], Markup]] = {}
"""By profile: what the fields were made for, and the fields."""


def form_fields(fields: Fields, profile: Profile, profiles: tuple[str, ...], today: date) -> Markup:
    """Everything that can be filled in, with what was sent."""
    if fields:
        return _rendered(fields, profile, profiles, today)
    made_for, name = (profile.knowledge.hash, profiles, today), profile.knowledge.profile
    if name not in _empty or _empty[name][0] != made_for:
        _empty[name] = (made_for, _rendered({}, profile, profiles, today))
    return _empty[name][1]


def _rendered(fields: Fields, profile: Profile, profiles: tuple[str, ...], today: date) -> Markup:
    text = render_template(
        "fields.html",
        controls=controls,
        fields=fields,
        loaded=profile,
        profiles=profiles,
        today=today.isoformat(),
    )
    return Markup(text)  # noqa: S704 - a template escapes what it shows


@cache
def story_tiles() -> Markup:
    """A button for each ready story."""
    macros = current_app.jinja_env.get_template("controls.html").make_module()
    tiles: Markup = macros.stories(all_stories().values())  # type: ignore[attr-defined]
    return tiles
