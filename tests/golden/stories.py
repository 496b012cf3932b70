"""Twelve stories, and what each door answers to them; `python tests/golden/stories.py` writes anew.

The knowledge's hash stands as HASH, because every word that changes would change every file.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path[:0] = [".path", "tests/support"]

from doors import FHIR, HL7V2, as_bundle, as_message, ask

Json = dict[str, Any]
FILES = Path(__file__).parent / "files"
HASH = re.compile(r"sha256:[0-9a-f]{64}")
IDENTITY = re.compile(r"00000000-0000-4000-8000-[0-9]{12}")
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
    plain = ask("/v1/assessments", story).get_json()
    yield "json", _pretty(plain)
    fhir = ask("/fhir/$b12-assess", as_bundle(story), FHIR).get_json(force=True)
    yield "fhir.json", _pretty(fhir)
    message = ask("/hl7v2", as_message(story), HL7V2).get_data(as_text=True)
    yield "hl7", _steady(message.replace("\r", "\n"))


def _pretty(body: Json) -> str:
    return _steady(json.dumps(body, indent=1, ensure_ascii=False) + "\n")


def _steady(text: str) -> str:
    """Without what is made anew for each answer: identifiers are numbered as they appear."""
    known: dict[str, str] = {}

    def number(found: re.Match[str]) -> str:
        return known.setdefault(found[0], f"00000000-0000-4000-8000-{len(known):012d}")

    return HASH.sub("HASH", IDENTITY.sub(number, text))


def main() -> None:
    """Writes every file anew; read the difference before it is kept."""
    FILES.mkdir(exist_ok=True)
    for name, story in STORIES.items():
        for ending, text in answers(story):
            (FILES / f"{name}.{ending}").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
