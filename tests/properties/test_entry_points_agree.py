"""The same facts give the same findings, whichever entry point they come in by."""

import json
from typing import Any

import hl7
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app import KEY
from entry_points import FHIR, HL7V2, as_bundle, as_call, as_message, ask

Json = dict[str, Any]
RESULTS = {
    "b12_total": (("pg/mL", 60, 900), ("pmol/L", 60, 700)),
    "b12_active": (("pmol/L", 10, 150),),
    "mma": (("nmol/L", 80, 4000),),
    "homocysteine": (("umol/L", 5, 60),),
    "haemoglobin": (("g/L", 50, 180), ("g/dL", 5, 18)),
    "mcv": (("fL", 65, 130),),
    "rdw": (("%", 11, 25),),
    "platelets": (("10*9/L", 20, 400),),
    "neutrophils": (("10*9/L", 1, 9),),
    "folate_serum": (("ug/L", 1, 20),),
    "ferritin": (("ug/L", 5, 300),),
    "egfr": (("mL/min/{1.73_m2}", 10, 110),),
    "potassium": (("mmol/L", 3, 5),),
}
LOW_ACTIVE = {"analyte": "b12_active", "value": 10, "date": "2026-11-16"}
ANTIBODIES = ("intrinsic_factor_antibody", "parietal_cell_antibody", "schistocytes")
WORDS = ("positive", "negative", "equivocal", "present", "absent")
STATUSES = ("final", "final", "final", "corrected", "amended", "preliminary", "cancelled")
DAYS = ("2026-11-16", "2026-11-16", "2026-10-01", "2023-01-01")
FEATURES = (
    "paraesthesia",
    "numbness",
    "vibration_loss",
    "ataxia",
    "memory_loss",
    "glossitis",
    "fatigue",
    "optic_atrophy",
    "hyperreflexia",
    "muscle_cramp",
)
HISTORY = (
    "vegan_diet",
    "metformin",
    "pernicious_anaemia",
    "nitrous_oxide_recreational",
    "b12_replacement_parenteral",
    "cobalt_allergy",
    "leber_optic_neuropathy",
    "bariatric_surgery",
)


FIELDS = {
    9: ("b12Status", "band"),
    10: ("anaemia", "cells", "megaloblastic"),
    11: ("tier",),
    12: ("rung", "route", "urgency"),
}
LISTS = {13: "suggestion", 14: "caution", 15: "cause", 16: "confounder"}


@st.composite
def results(draw: st.DrawFn) -> Json:
    """A number in its unit, in another or in none, with what a report prints beside it."""
    analyte = draw(st.sampled_from(sorted(RESULTS)))
    unit, low, high = draw(st.sampled_from(RESULTS[analyte]))
    sent = draw(st.sampled_from((unit, unit, unit, unit, "furlong", None)))
    made: Json = {
        "analyte": analyte,
        "value": draw(st.integers(low, high)),
        "date": draw(st.sampled_from(DAYS)),
        "status": draw(st.sampled_from(STATUSES)),
    }
    if sent is not None:
        made["unit"] = sent
    if draw(st.booleans()):
        limits = draw(st.sampled_from(({"low": low, "high": high}, {"high": high}, {"low": low})))
        made["referenceRange"] = limits
    if draw(st.integers(0, 4)) == 0:
        made["comparator"] = draw(st.sampled_from(("<", "<=", ">", ">=")))
    if draw(st.integers(0, 3)) == 0:
        made["interpretation"] = draw(st.sampled_from(("low", "high", "normal")))
    return made


@st.composite
def words(draw: st.DrawFn) -> Json:
    """What a laboratory says in a word, also of an analyte that has none."""
    return {
        "analyte": draw(st.sampled_from((*ANTIBODIES, *ANTIBODIES, "mma"))),
        "value": draw(st.sampled_from(WORDS)),
        "date": draw(st.sampled_from(DAYS)),
        "status": draw(st.sampled_from(STATUSES)),
    }


def stated(codes: tuple[str, ...], *truths: str) -> st.SearchStrategy[list[Json]]:
    """Some of the codes, each perhaps with what is said of it."""
    said = st.fixed_dictionaries({}, optional=dict.fromkeys(truths, st.booleans()))
    one = st.builds(lambda code, more: {"code": code, **more}, st.sampled_from(codes), said)
    return st.lists(one, unique_by=lambda made: made["code"], max_size=4)


@st.composite
def reports(draw: st.DrawFn) -> list[Json]:
    """Results, of which one may come again with another value, corrected or not."""
    made = draw(st.lists(st.one_of(results(), results(), words()), max_size=5))
    repeats = draw(st.booleans())
    if made and repeats:
        again = dict(draw(st.sampled_from(made)))
        again["status"] = draw(st.sampled_from(("corrected", "corrected", *STATUSES)))
        if isinstance(again["value"], int):
            again["value"] = again["value"] * draw(st.sampled_from((1, 3)))
        made.insert(draw(st.integers(0, len(made))), again)
    return made


@st.composite
def forms(draw: st.DrawFn) -> Json:
    """One patient."""
    attributes = draw(st.sampled_from(((), (), ("progressive", "objective"))))
    return {
        "patient": {
            "id": "p1",
            "sex": draw(st.sampled_from(("female", "male"))),
            "birthDate": draw(st.sampled_from(("1950-03-02", "1985-01-01", "2015-05-05"))),
        },
        "results": draw(reports()),
        "features": draw(stated(FEATURES, "present", *attributes)),
        "history": draw(stated(HISTORY, "active")),
    }


def fits_a_message(form: Json) -> bool:
    """Whether a message can hold all of it: how a sign goes on has no place in an OBX."""
    several = any("progressive" in one or "objective" in one for one in form["features"])
    return not several and any(form[name] for name in ("results", "features", "history"))


def told_by_json(answer: Json) -> Json:
    """Every finding and the plan, without the places that each form names in its own way."""
    found, plan = answer["findings"], answer["plan"]
    return {
        "outcome": [answer["outcome"]],
        "b12Status": [found["b12Status"]["value"]],
        "band": [found["b12Status"]["band"]],
        "anaemia": [found["anaemia"]["value"]],
        "cells": [found["anaemia"]["cells"]],
        "megaloblastic": [found["anaemia"]["megaloblastic"]],
        "tier": [found["neuropathy"]["tier"]],
        "rung": [plan["rung"]],
        "route": [plan["route"]],
        "urgency": [plan["urgency"]],
        "cause": [one["code"] for one in found["causes"]],
        "confounder": [one["code"] for one in found["confounders"]],
        "suggestion": [one["code"] for one in plan["suggestions"]],
        "caution": [one["code"] for one in plan["cautions"]],
        "comment": [answer["comment"]["code"]] if answer["comment"] else [],
        "workList": [answer["workList"]["code"]] if answer["workList"] else [],
    }


def told_by_fhir(bundle: Json) -> Json:
    named: dict[str, list[str]] = {}
    for entry in bundle["entry"]:
        for one in entry["resource"].get("parameter", []):
            named.setdefault(one["name"], []).append(one["valueCode"])
    return named


def told_by_message(text: str) -> Json:
    segment = hl7.parse(text).segment("ZCB")
    told: Json = {
        "outcome": [str(segment[1])],
        "comment": [str(segment[2])],
        "workList": [str(segment[4]).split("^")[0]],
    }
    for number, names in FIELDS.items():
        told |= {
            name: [part] for name, part in zip(names, str(segment[number]).split("^"), strict=True)
        }
    for number, name in LISTS.items():
        told[name] = str(segment[number]).split("~")
    return {name: [code for code in codes if code] for name, codes in told.items()}


@settings(max_examples=300, deadline=None)
@given(forms())
@example(
    {
        "patient": {"id": "p1", "sex": "female", "birthDate": "1950-03-02"},
        "results": [
            {
                "analyte": "egfr",
                "value": 10,
                "date": "2026-11-16",
                "status": "preliminary",
                "unit": "mL/min/{1.73_m2}",
            },
            {
                "analyte": "intrinsic_factor_antibody",
                "value": "positive",
                "date": "2026-11-16",
                "status": "final",
            },
        ],
        "features": [],
        "history": [],
    }
)
@example(
    {
        "patient": {"id": "p1", "sex": "female", "birthDate": "1950-03-02"},
        "results": [
            {**LOW_ACTIVE, "status": "final", "unit": "pmol/L"},
            {**LOW_ACTIVE, "status": "corrected", "unit": "furlong"},
            {**LOW_ACTIVE, "status": "corrected", "unit": "pmol/L"},
        ],
        "features": [],
        "history": [],
    }
)
def test_every_door_tells_the_same(form: Json) -> None:
    plain = ask("/v1/assessments", form).get_json()
    expected = told_by_json(plain)

    fhir = ask("/v1/assessments", as_bundle(form)).get_json()
    assert told_by_json(fhir) == expected

    operation = ask("/fhir/$b12-assess", as_bundle(form), FHIR).get_json(force=True)
    by_fhir = told_by_fhir(operation)
    assert {name: by_fhir.get(name, []) for name in expected} == expected

    sent = ask("/hl7v2", as_message(form), HL7V2).get_data(as_text=True)
    if fits_a_message(form):
        assert told_by_message(sent) == expected

    called = ask("/cds-services/b12-patient-view", as_call(form)).get_json()
    said = called["extension"][KEY]
    assert said["outcome"] == plain["outcome"]
    assert said["reasons"] == plain["reasons"]
    shown = _shown(called["cards"])
    assert shown == _shown(plain["cards"]) or (_goes_on(plain["plan"]) and shown == "[]")


def _goes_on(plan: Json) -> bool:
    """Whether treatment only goes on, which is no card when a chart is opened."""
    told = (plan["rung"], plan["route"], plan["urgency"])
    return told == ("R10", "continue", "routine")


def _shown(cards: list[Json]) -> str:
    """What a person would act on."""
    return json.dumps(
        [
            (
                card["summary"],
                card["indicator"],
                card["source"]["topic"]["code"],
                [one["label"] for one in card.get("suggestions", [])],
            )
            for card in cards
        ]
    )
