"""Twelve stories, answered at each entry point; `python tests/golden/stories.py` writes anew.

The hash of the knowledge stands as its name: else every word that changes would change every file.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path[:0] = ["deploy", "tests/support"]

from entry_points import FHIR, HL7V2, as_bundle, as_message, ask
from steady import steady

Json = dict[str, Any]
FILES = Path(__file__).parent / "files"
FORMATS = ("json", "fhir.json", "hl7")
DATE = "2026-11-16"


def result(analyte: str, value: object, unit: str = "", **others: object) -> Json:
    """One result of the day."""
    made = {"analyte": analyte, "value": value, "date": DATE, **others}
    return made | ({"unit": unit} if unit else {})


def form(
    *results: Json, features: tuple[str, ...] = (), history: tuple[str, ...] = (), **patient: str
) -> Json:
    """A woman of 57 unless said otherwise."""
    return {
        "patient": {"id": "p1", "sex": "female", "birthDate": "1969-04-12", **patient},
        "results": list(results),
        "features": [{"code": code} for code in features],
        "history": [{"code": code} for code in history],
    }


LOW = result("b12_total", 98, "ng/L", referenceRange={"low": 180, "high": 914})
BORDERLINE = result("b12_total", 250, "ng/L")
HIGH = result("b12_total", 1200, "ng/L")
STORIES: dict[str, Json] = {
    "deficient-vegan": form(LOW, history=("vegan_diet",)),
    "deficient-with-nerves": form(LOW, features=("paraesthesia", "vibration_loss")),
    "borderline-raised-mma": form(
        BORDERLINE, result("mma", 900, "nmol/L"), result("egfr", 85, "mL/min/{1.73_m2}")
    ),
    "borderline-kidney": form(
        BORDERLINE,
        result("mma", 400, "nmol/L"),
        result("egfr", 25, "mL/min/{1.73_m2}"),
        features=("fatigue",),
    ),
    "borderline-tired": form(BORDERLINE, features=("fatigue",)),
    "nitrous-oxide": form(
        HIGH,
        result("homocysteine", 60, "umol/L"),
        features=("ataxia", "paraesthesia"),
        history=("nitrous_oxide_recreational",),
    ),
    "severe-anaemia": form(
        LOW,
        result("haemoglobin", 62, "g/L"),
        result("mcv", 125, "fL"),
        result("platelets", 70, "10*9/L"),
    ),
    "sufficient": form(result("b12_total", 600, "ng/L")),
    "on-injections": form(HIGH, history=("b12_replacement_parenteral",)),
    "cobalt-allergy": form(LOW, features=("paraesthesia",), history=("cobalt_allergy",)),
    "unit-refused": form(result("b12_total", 98, "furlong"), features=("paraesthesia",)),
    "a-child": form(LOW, birthDate="2015-05-05"),
}


def answers(story: Json) -> Iterator[tuple[str, str]]:
    """What each format says of a story, by the ending of its file."""
    for ending, text in answers_as_sent(story):
        yield ending, steady(text)


def answers_as_sent(story: Json) -> Iterator[tuple[str, str]]:
    """The same with its identifiers and hashes."""
    plain = ask("/v1/assessments", story).get_json()
    yield "json", _pretty(plain)
    fhir = ask("/fhir/$b12-assess", as_bundle(story), FHIR).get_json(force=True)
    yield "fhir.json", _pretty(fhir)
    message = ask("/hl7v2", as_message(story), HL7V2).get_data(as_text=True)
    yield "hl7", message.replace("\r", "\n")


def _pretty(body: Json) -> str:
    return json.dumps(body, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Writes every file anew; read the difference before it is kept."""
    FILES.mkdir(exist_ok=True)
    for name, story in STORIES.items():
        for ending, text in answers(story):
            (FILES / f"{name}.{ending}").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
