"""FHIR resources of the rows of spec tables, about one patient."""

from datetime import date

from fhir_builders import ANALYTE, FEATURE, HISTORY, LOINC, SNOMED, UCUM, a_code, a_quantity
from spec_cells import FLAGS, Json, day_text, number

SUBJECT = {"reference": "Patient/spec"}
EXTENSION = "https://cobalamin.org/fhir/StructureDefinition/feature-"
CATEGORY = "http://terminology.hl7.org/CodeSystem/medicationrequest-category"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
SYSTEMS = {
    "snomed": SNOMED,
    "loinc": LOINC,
    "icd10": "http://hl7.org/fhir/sid/icd-10",
    "icd10cm": "http://hl7.org/fhir/sid/icd-10-cm",
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "atc": "http://www.whocc.no/atc",
    "edqm": "http://standardterms.edqm.eu",
    "local": "https://hospital.example.org/codes",
    "ctv3": "http://read.info/ctv3",
    "icpc": "http://hl7.org/fhir/sid/icpc-2",
}
LETTERS = {"low": "L", "high": "H", "normal": "N", "abnormal": "A"}
INTRAMUSCULAR = "snomed:78421000"
# Products of vitamin B12 by the code, and the route, with which they are usually sent.
PRODUCTS = {
    "hydroxocobalamin_injection": ("snomed:327529002", INTRAMUSCULAR),
    "cyanocobalamin_injection": ("snomed:30010009", INTRAMUSCULAR),
    "cyanocobalamin": ("snomed:30010009", None),
    "cyanocobalamin_tablet_1mg": ("rxnorm:309593", None),
    "cyanocobalamin_tablet_50ug": ("rxnorm:105686", None),
}


def to_patient(form: Json, on: date) -> Json:
    born = form.get("birthDate")
    if born is None and "age" in form:
        born = f"{on.year - form['age']}-01-01"
    patient = {"resourceType": "Patient", "id": "spec"}
    return {
        **patient,
        **({"gender": form["sex"]} if "sex" in form else {}),
        **({"birthDate": born} if born else {}),
    }


def to_observation(identity: str, result: Json) -> Json:
    made: Json = {
        "resourceType": "Observation",
        "id": identity,
        "status": result.get("status", "final"),
        "code": a_code(result["analyte"], ANALYTE),
        "subject": SUBJECT,
        "effectiveDateTime": result["date"],
    }
    if "unit" in result:
        made["valueQuantity"] = a_quantity(number(result["value"]), result["unit"])
        if "comparator" in result:
            made["valueQuantity"]["comparator"] = result["comparator"]
    elif "value" in result:
        made["valueString"] = result["value"]
    if "referenceRange" in result:
        limits = result["referenceRange"].items()
        made["referenceRange"] = [{name: {"value": number(limit)} for name, limit in limits}]
    if result.get("interpretation") in FLAGS:
        made["interpretation"] = [a_code(LETTERS[result["interpretation"]], INTERPRETATION)]
    return made


def to_coded_observation(identity: str, text: str, on: date) -> Json:
    """An Observation by its code: `loinc:11884-4 20 wk @-2d` or `loinc:11779-6 on 2027-04-09`."""
    code, *rest = text.split()
    day = day_text(rest.pop()[1:], on) if rest[-1].startswith("@") else on.isoformat()
    made: Json = {
        "resourceType": "Observation",
        "id": identity,
        "status": "final",
        "code": _coded(code),
        "subject": SUBJECT,
        "effectiveDateTime": day,
    }
    limits = None
    if rest[-1].startswith("["):
        limits = rest.pop().strip("[]").split("-")
    if rest[0] == "on":
        return {**made, "valueDateTime": rest[1]}
    made["valueQuantity"] = a_quantity(number(rest[0]), rest[1])
    if limits:
        sides = zip(("low", "high"), limits, strict=True)
        made["referenceRange"] = [{name: {"value": number(v)} for name, v in sides if v}]
    return made


def to_feature(identity: str, feature: Json) -> Json:
    """A symptom or sign by the project's own code; absent ones are said to be absent."""
    extensions: list[Json] = [
        {"url": f"{EXTENSION}{name}", "valueBoolean": feature[name]}
        for name in ("progressive", "objective", "intermittent")
        if name in feature
    ]
    if "onset" in feature:
        extensions.append({"url": f"{EXTENSION}onset", "valueDateTime": feature["onset"]})
    return {
        "resourceType": "Observation",
        "id": identity,
        "status": "final",
        "code": a_code(feature["code"], FEATURE),
        "subject": SUBJECT,
        "valueBoolean": feature["present"],
        **({"extension": extensions} if extensions else {}),
    }


def to_stated(identity: str, entry: Json) -> Json:
    """A condition, habit or procedure by the project's own code."""
    status = "active" if entry["active"] else "resolved"
    return {
        "resourceType": "Condition",
        "id": identity,
        "code": a_code(entry["code"], HISTORY),
        "subject": SUBJECT,
        "clinicalStatus": a_code(status, CLINICAL),
        **({"onsetDateTime": entry["since"]} if "since" in entry else {}),
    }


def to_taken(identity: str, entry: Json) -> Json:
    """A medicine that is or was taken by the project's own code."""
    period = {
        name: entry[key] for name, key in (("start", "since"), ("end", "last")) if key in entry
    }
    return {
        "resourceType": "MedicationStatement",
        "id": identity,
        "status": "active" if entry["active"] else "completed",
        "medicationCodeableConcept": a_code(entry["code"], HISTORY),
        "subject": SUBJECT,
        **({"effectivePeriod": period} if period else {}),
        **({"dosage": [_daily(entry["dose"])]} if "dose" in entry else {}),
    }


def to_condition(identity: str, text: str, on: date) -> Json:
    """A Condition by its code: `snomed:190634004 resolved onset 2015-03 recorded 2015-04`."""
    code, *rest = text.split()
    words = dict(zip(rest[::2], rest[1::2], strict=False)) if len(rest) % 2 == 0 else {}
    status = "active"
    if rest and rest[0] in ("resolved", "active"):
        status, words = rest[0], dict(zip(rest[1::2], rest[2::2], strict=True))
    made: Json = {
        "resourceType": "Condition",
        "id": identity,
        "code": _coded(code),
        "subject": SUBJECT,
        "clinicalStatus": a_code(status, CLINICAL),
    }
    if "onset" in words:
        made["onsetDateTime"] = day_text(words["onset"], on)
    if "recorded" in words:
        made["recordedDate"] = day_text(words["recorded"], on)
    return made


def to_medicine(kind: str, identity: str, text: str, on: date) -> Json:
    """A medicine on record: `hydroxocobalamin_injection stopped inpatient @-20d`.

    `route edqm:20035000` gives another route, `for 14 d` how long an order goes on.
    """
    code, *rest = text.split()
    day = day_text(rest.pop()[1:], on) if rest and rest[-1].startswith("@") else None
    made = _product(kind, identity, code, rest)
    default = "completed" if kind == "MedicationAdministration" else "active"
    made["status"] = next((w for w in rest if w in _STATUSES), default)
    places = [word for word in rest if word in ("inpatient", "community", "outpatient")]
    if places:
        made["category"] = [a_code(places[0], CATEGORY)]
    if kind == "MedicationRequest":
        made |= {"intent": "order", **({"authoredOn": day} if day else {})}
    elif day:
        made["effectiveDateTime"] = day
    if "for" in rest:
        at = rest.index("for")
        bounds = {"value": int(rest[at + 1]), "unit": rest[at + 2], "code": rest[at + 2]}
        repeat = {"boundsDuration": {**bounds, "system": UCUM}}
        made.setdefault("dosageInstruction", [{}])[0]["timing"] = {"repeat": repeat}
    return made


_STATUSES = (
    "active",
    "completed",
    "stopped",
    "on-hold",
    "cancelled",
    "ended",
    "in-progress",
    "not-done",
)


def _product(kind: str, identity: str, code: str, words: list[str]) -> Json:
    code, route = PRODUCTS.get(code, (code, None))
    if "route" in words:
        route = words[words.index("route") + 1]
    made: Json = {
        "resourceType": kind,
        "id": identity,
        "medicationCodeableConcept": _coded(code),
        "subject": SUBJECT,
    }
    if route is not None:
        way = {"route": _coded(route)}
        if kind == "MedicationAdministration":
            made["dosage"] = {**way, "dose": a_quantity(1, "mg")}
        else:
            made["dosage" if kind == "MedicationStatement" else "dosageInstruction"] = [way]
    return made


def to_allergy(identity: str, text: str) -> Json:
    """An allergy: its code, or `text NAME` without one."""
    name = text.removeprefix("text ")
    return {
        "resourceType": "AllergyIntolerance",
        "id": identity,
        "patient": SUBJECT,
        "code": _coded(text) if name == text else {"text": name},
    }


def to_draft_order(at: int, text: str, on: date) -> Json:
    """A draft order: `metformin 2 g/d`, `test b12_total`, or a product of vitamin B12."""
    code, *rest = text.split()
    if code == "test":
        coded = _coded(rest[0]) if ":" in rest[0] else a_code(rest[0], ANALYTE)
        base: Json = {"resourceType": "ServiceRequest", "code": coded, "subject": SUBJECT}
    else:
        base = _product("MedicationRequest", f"o{at}", code, rest)
        base["authoredOn"] = on.isoformat()
        if len(rest) == 2 and "/" in rest[1]:
            base["dosageInstruction"] = [_daily({"value": rest[0], "unit": rest[1]})]
    return {**base, "id": f"o{at}", "status": "draft", "intent": "order"}


def _daily(dose: Json) -> Json:
    """A dose once a day."""
    quantity = a_quantity(number(dose["value"]), dose["unit"].removesuffix("/d"))
    repeat = {"frequency": 1, "period": 1, "periodUnit": "d"}
    return {"timing": {"repeat": repeat}, "doseAndRate": [{"doseQuantity": quantity}]}


def _coded(text: str) -> Json:
    """Codes as `system:code+system:code`; a bare one is a code of the project's own history."""
    if ":" not in text:
        return a_code(text, HISTORY)
    pairs = [one.partition(":") for one in text.split("+")]
    return {"coding": [{"system": SYSTEMS[system], "code": code} for system, _, code in pairs]}
