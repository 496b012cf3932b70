"""In one process: one line of a batch with its short answer, against json.loads of the line."""

import gc
import json
import statistics
import time
from collections.abc import Callable
from datetime import date

from cobalamin.service.answers.plain import encode
from cobalamin.service.answers.short import assess_shortly
from cobalamin.service.app import create_app
from cobalamin.service.knowledge.profile import load_profile
from cobalamin.service.lab.body import AssessmentOptions, read_request
from cobalamin.service.settings import Environment, Settings

DAY = date(2026, 11, 20)


def line_ratio(line: bytes, rounds: int, seconds: float, *, fhir: bool) -> float:
    """Processor time of reading, assessing and encoding, divided by that of json.loads."""
    profile = load_profile("uk-nice")
    options = AssessmentOptions(profile=profile, today=DAY, on=DAY)

    def ours() -> None:
        read = read_request(line, options, fhir=fhir)
        encode(assess_shortly(read.facts, profile, read.on))

    def theirs() -> None:
        json.loads(line)

    gc.collect()
    gc.freeze()
    return statistics.median(_cost(ours, seconds) / _cost(theirs, seconds) for _ in range(rounds))


def page_ratio(form: bytes, rounds: int, seconds: float) -> float:
    """Processor time of the try page for a plain form, divided by that of its assessment."""
    settings = Settings(environment=Environment.development)
    client = create_app(settings, today=lambda: DAY).test_client()

    def page() -> None:
        assert client.post("/try", data={"body": form.decode()}).status_code == 200

    def assessment() -> None:
        sent = {"data": form, "content_type": "application/json"}
        assert client.post("/v1/assessments", **sent).status_code == 200

    gc.collect()
    gc.freeze()
    return statistics.median(
        _cost(page, seconds) / _cost(assessment, seconds) for _ in range(rounds)
    )


def _cost(work: Callable[[], None], seconds: float) -> float:
    """Processor seconds of one run, from as many runs as fit into the time."""
    work()
    runs, began = 0, time.process_time()
    while time.process_time() - began < seconds:
        for _ in range(10):
            work()
        runs += 10
    return (time.process_time() - began) / runs
