"""In one process: reading and assessing, reasons and unknowns included, against json.loads."""

import gc
import json
import statistics
import time
from collections.abc import Callable
from datetime import date

from cobalamin.fhir.prefetch import read_prefetch
from cobalamin.service.cds_hooks.request import parse_request
from cobalamin.service.cds_hooks.services import PATIENT_VIEW
from cobalamin.service.knowledge.profile import load_profile
from cobalamin.service.rules.assess import assess

DAY = date(2026, 11, 20)


def ratio(body: bytes, rounds: int, seconds: float) -> float:
    """Processor time of reading and assessing, divided by that of json.loads; the median."""
    profile = load_profile("uk-nice")
    codes, knowledge = profile.codes, profile.knowledge

    def ours() -> None:
        call = parse_request(body, PATIENT_VIEW)
        read = read_prefetch(call.prefetch, call.patient_id, codes, knowledge.units)
        assess(read.facts, knowledge, DAY)

    def theirs() -> None:
        json.loads(body)

    gc.collect()
    gc.freeze()
    return statistics.median(_cost(ours, seconds) / _cost(theirs, seconds) for _ in range(rounds))


def _cost(work: Callable[[], None], seconds: float) -> float:
    """Processor seconds of one run, from as many runs as fit into the time."""
    work()
    runs, began = 0, time.process_time()
    while time.process_time() - began < seconds:
        for _ in range(10):
            work()
        runs += 10
    return (time.process_time() - began) / runs
