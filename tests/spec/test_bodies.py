"""Every body of a review gives what bodies.md says, where its folder stands beside the project."""

import json
import re
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from app import SHARED, post
from cobalamin.service.settings import Service
from spec_answers import answer_misses, answer_of
from spec_cells import Json
from spec_tables import PROFILES, Row, rows_of

BODIES = SHARED / "rulings"
ROWS = tuple(rows_of(Path(__file__).with_name("bodies.md")))
CASES = [
    pytest.param(row, profile, id=f"{row.cells['body']}-{profile}")
    for row in ROWS
    for profile in row.profiles
]
ALL = [(path.stem, profile) for path in sorted(BODIES.glob("*.json")) for profile in PROFILES]
# Bundles and calls were made for this day; plain forms carry their own.
ON = date(2026, 11, 27)
MONITORING = re.compile(
    r"monitor\w* (?:serum |total )?(?:vitamin )?B12 (?:every|each)", re.IGNORECASE
)

pytestmark = pytest.mark.skipif(
    not BODIES.is_dir(), reason="the bodies of the review are not beside the project"
)


@cache
def replayed(name: str, profile: str) -> Json:
    """The answer to a body, which is never an error."""
    body: Json = json.loads((BODIES / f"{name}.json").read_text("utf-8"))
    if "hook" in body:
        path = f"/cds-services/b12-{body['hook']}"
    elif "resourceType" in body:
        path = f"/v1/assessments?asOf={ON.isoformat()}"
    else:
        path = "/v1/assessments"
    answer = answer_of(post(path, body, profile=profile, today=ON, services=tuple(Service)))
    assert not isinstance(answer, str), answer
    return answer


@pytest.mark.parametrize(("row", "profile"), CASES)
def test_a_body_gives_what_is_written(row: Row, profile: str) -> None:
    found = answer_misses(replayed(row.cells["body"], profile), row.expected)
    assert not found, f"{row.cells['body']}: {row.title}"


def test_every_body_has_a_row() -> None:
    assert {row.cells["body"] for row in ROWS} == {name for name, _ in ALL}


@pytest.mark.parametrize(("name", "profile"), ALL)
def test_critical_urgent_and_the_same_day_go_together(name: str, profile: str) -> None:
    answer = replayed(name, profile)
    if "suggestions" not in answer.get("plan", {}):
        return
    plan = answer["plan"]
    today = plan["urgency"] == "urgent"
    assert ("refer-same-day" in {one["code"] for one in plan["suggestions"]}) == today
    assert today == any(card["indicator"] == "critical" for card in answer["cards"])


@pytest.mark.parametrize(("name", "profile"), ALL)
def test_no_card_asks_for_monitoring_at_intervals(name: str, profile: str) -> None:
    for card in replayed(name, profile)["cards"]:
        assert not MONITORING.search(f"{card['summary']} {card['detail']}")
