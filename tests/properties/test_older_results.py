"""Of each analyte the newest usable result is read, and nothing that matters is lost by it."""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cobalamin.fhir.prefetch import read_prefetch
from cobalamin.service.knowledge.profile import load_profile
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.model.facts import Facts
from cobalamin.service.rules.model.vocabulary import Analyte
from fhir_builders import (
    B12,
    HB,
    HISTORY,
    MCV,
    a_bundle,
    a_code,
    a_patient,
    a_quantity,
    a_resource,
    an_observation,
    note_codes,
)

Json = dict[str, Any]
TODAY = date(2026, 11, 20)
PROFILE = load_profile("uk-nice")
FERRITIN, PLATELETS, CREATININE = "2276-4", "777-3", "2160-0"
VALUES: Mapping[str, tuple[str, tuple[float, ...]]] = {
    B12: ("pg/mL", (98, 250, 600)),
    HB: ("g/dL", (6.5, 10.5, 13.5)),
    MCV: ("fL", (74, 96, 118)),
    PLATELETS: ("10*3/uL", (40, 120, 250)),
    FERRITIN: ("ng/mL", (5, 40, 300)),
    CREATININE: ("mg/dL", (0.8, 2.5)),
}
TIMES = (
    *("2026-11-16T09:00:00Z", "2026-11-16T10:00:00+01:00", "2026-11-02T09:00:00Z"),
    *("2026-08-03T09:00:00Z", "2025-02-03T09:00:00Z", "2026-11-20T23:00:00-05:00"),
)
DAYS = ("2026-11-16", "2026-11-02", "2026-10", "2025", "2026-11-20", "2026-11-02T09:00:00")
UNCERTAIN = ("2027-01-02T09:00:00Z", "1900-01-01", "1940-01-01", "soon")
ORDERS: tuple[tuple[str, ...], ...] = (TIMES, DAYS, TIMES, DAYS, (*TIMES, *DAYS, *UNCERTAIN))
CHANGES: tuple[Json, ...] = (
    *({}, {}, {}, {}, {}, {}),
    *({"status": "corrected"}, {"status": "entered-in-error"}, {"status": "preliminary"}),
    *({"valueQuantity": a_quantity(7, "parsecs")}, {"valueQuantity": None}),
    *({"effectiveDateTime": None}, {"id": "same"}),
    {"valueQuantity": None, "hasMember": [{"reference": "Observation/o3"}]},
)
REPLACED = a_resource(
    "Condition", code=a_code("b12_replacement_parenteral", HISTORY), onsetDateTime="2026-01-05"
)


def a_result(code: str, at: str, value: float | None = None, **changed: object) -> Json:
    unit, values = VALUES[code]
    number = values[0] if value is None else value
    return an_observation(
        number, unit, **{"code": a_code(code), "effectiveDateTime": at, **changed}
    )


def read_chart(results: list[Json], *others: Json, on: date | None = TODAY) -> Facts:
    lists = {"patient": a_patient(), "labs": a_bundle(*results), "conditions": a_bundle(*others)}
    raws = {key: msgspec.Raw(json.dumps(value).encode()) for key, value in lists.items()}
    return read_prefetch(raws, "p1", PROFILE.codes, PROFILE.knowledge.units, on=on).facts


def values_of(facts: Facts, analyte: Analyte) -> list[Decimal]:
    return [one.quantity.value for one in facts.results if one.analyte is analyte and one.quantity]


# --- any chart


@st.composite
def some_results(draw: st.DrawFn, code: str) -> list[Json]:
    times = draw(st.sampled_from(ORDERS))
    values, changes = st.sampled_from(VALUES[code][1]), st.sampled_from(CHANGES)
    rows = draw(st.lists(st.tuples(st.sampled_from(times), values, changes), max_size=5))
    return [a_result(code, at, value, **changed) for at, value, changed in rows]


@st.composite
def charts(draw: st.DrawFn) -> list[Json]:
    results = [one for code in VALUES for one in draw(some_results(code))]
    return draw(st.permutations(results))


@given(charts(), st.booleans())
@settings(max_examples=100)
def test_an_assessment_is_the_same_without_older_results(
    results: list[Json],
    treated: bool,  # noqa: FBT001 - drawn
) -> None:
    others = (REPLACED,) if treated else ()
    whole = assess(read_chart(results, *others, on=None), PROFILE.knowledge, TODAY)
    newest = assess(read_chart(results, *others), PROFILE.knowledge, TODAY)
    for name in whole.__struct_fields__:
        if name not in ("facts", "notes"):
            assert getattr(newest, name) == getattr(whole, name), name
    assert {note.code for note in newest.notes} <= {note.code for note in whole.notes}
    assert set(newest.facts.results) <= set(whole.facts.results)


# --- what is read


def test_an_older_result_behind_a_usable_one_is_neither_read_nor_noted() -> None:
    facts = read_chart([a_result(FERRITIN, at) for at in TIMES[:1]] + [OLD_UNUSABLE])
    assert values_of(facts, Analyte.ferritin) == [Decimal(5)]
    assert (facts.refusals, "unit-not-read" in note_codes(facts)) == ((), False)


OLD_UNUSABLE = a_result(FERRITIN, TIMES[3], valueQuantity=a_quantity(7, "parsecs"))


def test_a_newer_result_that_cannot_be_used_is_noted_and_the_next_one_is_read() -> None:
    newer = a_result(FERRITIN, TIMES[0], valueQuantity=a_quantity(7, "parsecs"))
    older = [a_result(FERRITIN, TIMES[3], 40), a_result(FERRITIN, TIMES[4], 300)]
    facts = read_chart([*older, newer])
    assert values_of(facts, Analyte.ferritin) == [Decimal(40)]
    assert [refusal.code for refusal in facts.refusals] == ["unit-not-read"]


def test_all_of_vitamin_b12_is_read_for_its_trend() -> None:
    facts = read_chart([a_result(B12, at) for at in TIMES[2:5]])
    assert len(values_of(facts, Analyte.b12_total)) == 3


@pytest.mark.parametrize(("others", "read"), [((), 1), ((REPLACED,), 3)])
def test_earlier_counts_are_read_where_b12_is_replaced(others: tuple[Json, ...], read: int) -> None:
    facts = read_chart([a_result(HB, at) for at in TIMES[2:5]], *others)
    assert len(values_of(facts, Analyte.haemoglobin)) == read


@pytest.mark.parametrize(
    "change",
    [
        {"status": "corrected"},
        {"status": "entered-in-error"},
        {"effectiveDateTime": "2026-11-03"},
        {"effectiveDateTime": "2027-01-02T09:00:00Z"},
        {"effectiveDateTime": "2026-11-20T23:00:00-05:00"},
        {"effectiveDateTime": "1900-01-01T00:00:00Z"},
        {"effectiveDateTime": "1940-01-01T00:00:00Z"},
        {"effectiveDateTime": None},
        {"id": "o2"},
        {"contained": [{"resourceType": "Specimen", "id": "s"}]},
    ],
)
def test_all_is_read_where_the_order_of_one_is_not_certain(change: Json) -> None:
    results = [a_result(FERRITIN, at) for at in TIMES[2:5]]
    results += [a_result(FERRITIN, TIMES[3], 300, **change)]
    assert read_chart(results).results == read_chart(results, on=None).results


def test_all_is_read_beside_a_panel() -> None:
    panel = an_observation(code=a_code("58410-2"), hasMember=[{"reference": "Observation/o1"}])
    panel.pop("valueQuantity")
    results = [*(a_result(FERRITIN, at) for at in TIMES[2:5]), panel]
    assert len(values_of(read_chart(results), Analyte.ferritin)) == 3
