"""What a scale shows beside the value: its bands and limits, as SVG and in words.

A profile has few scales, so each is drawn once and kept; of the patient it shows nothing but in
which band the value lies.
"""

from functools import lru_cache

from flask import current_app
from markupsafe import Markup
from msgspec import Struct

from cobalamin.service.pages.answer.scales import ScaleBand, ScaleLimit


class DrawnScale(Struct, frozen=True):
    """A scale without its value; `description` and `limits` are its equivalent in words."""

    marks: Markup
    description: Markup
    limits: Markup


PARTS = DrawnScale.__struct_fields__
"""Each part is a macro of that name."""


@lru_cache(maxsize=512)
def draw_scale(bands: tuple[ScaleBand, ...], limits: tuple[ScaleLimit, ...]) -> DrawnScale:
    """The bands from low to high with the limits between them."""
    charts = current_app.jinja_env.get_template("charts.html").make_module()
    return DrawnScale(*(getattr(charts, part)(bands, limits) for part in PARTS))
