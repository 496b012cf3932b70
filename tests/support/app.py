"""The application as tests meet it: development settings, a fixed day, counted identifiers."""

import json
import time
from collections.abc import Callable
from datetime import date
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from cobalamin.service.app import create_app
from cobalamin.service.settings import Environment, Settings
from databases import migrated
from exchanges import checked

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data"
EXAMPLES = ROOT / "docs" / "examples"
TODAY = date(2026, 11, 20)
KEY = "org.cobalamin.assessment"


@cache
def app_with(
    *,
    now: Callable[[], float] = time.time,
    today: date = TODAY,
    **settings: Any,  # noqa: ANN401
) -> Flask:
    """An application with these settings beside those of development.

    Every CDS Hooks exchange with it is checked; tests make their applications here alone.
    """
    numbers = count(1)
    if settings.get("clients") is not None:  # what is stored for clients needs its tables
        settings.setdefault("database_url", migrated())
    app = create_app(
        Settings(environment=Environment.development, **settings),
        today=lambda: today,
        new_id=lambda: f"00000000-0000-4000-8000-{next(numbers):012d}",
        now=now,
    )
    return checked(app)


def app_of(settings: Settings) -> Flask:
    """An application with settings of its own, those of production for example."""
    return checked(create_app(settings))


def example(name: str) -> dict[str, Any]:
    """A request of docs/examples, fresh to be changed."""
    read: dict[str, Any] = json.loads((EXAMPLES / name).read_text("utf-8"))
    return read


def post(path: str, body: object, **settings: Any) -> TestResponse:  # noqa: ANN401
    """The answer to a JSON body, or to bytes as they are."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    client = app_with(**settings).test_client()
    return client.post(path, data=sent, content_type="application/json")


def view(body: object, **settings: Any) -> TestResponse:  # noqa: ANN401
    """The answer of b12-patient-view."""
    return post("/cds-services/b12-patient-view", body, **settings)
