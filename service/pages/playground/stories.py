"""The ready stories: made-up patients with which a visitor may begin."""

from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

Json = dict[str, Any]


class Story(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A made-up patient; `days` of a result says how old it is."""

    id: str
    title: str
    text: str
    patient: Json
    results: tuple[Json, ...] = ()
    features: tuple[Json, ...] = ()
    history: tuple[Json, ...] = ()

    def as_of(self, day: date) -> Json:
        """The plain form on a day of assessment; numbers are text, as a person types them."""
        results = [
            {name: value for name, value in result.items() if name != "days"}
            | {"date": (day - timedelta(days=result["days"])).isoformat()}
            for result in self.results
        ]
        return {
            "patient": self.patient,
            "results": results,
            "features": list(self.features),
            "history": list(self.history),
            "asOf": day.isoformat(),
        }


class _File(Struct, forbid_unknown_fields=True):
    story: tuple[Story, ...]


@cache
def all_stories() -> dict[str, Story]:
    """Every story by its id, in order."""
    text = (Path(__file__).parent / "stories.toml").read_bytes()
    return {story.id: story for story in msgspec.toml.decode(text, type=_File).story}
