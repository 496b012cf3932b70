"""A small FHIR server with five made-up patients, for the CDS Hooks sandbox or a terminal.

    python3 docs/examples/fhir_server.py                             # serve on http://127.0.0.1:8080/fhir
    python3 docs/examples/fhir_server.py --ask http://127.0.0.1:8000 # what the service says of each

It needs Python alone, listens on the loopback, keeps nothing and asks for no credential. All dates
are days before today, so that no result is too old. Nobody of this name exists.
"""

import argparse
import json
import sys
import urllib.request
from collections.abc import Iterator
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

HOST, PORT, BASE = "127.0.0.1", 8080, "/fhir"
LOINC, SNOMED, RXNORM = (
    "http://loinc.org",
    "http://snomed.info/sct",
    "http://www.nlm.nih.gov/research/umls/rxnorm",
)
UCUM = "http://unitsofmeasure.org"
HEADERS = "Authorization, Content-Type, Accept, If-None-Match"
Json = dict[str, Any]


def concept(system: str, code: str, text: str) -> Json:
    """A CodeableConcept."""
    return {"coding": [{"system": system, "code": code, "display": text}], "text": text}


def days_ago(days: int) -> str:
    """The date so many days before today."""
    return (date.today() - timedelta(days=days)).isoformat()  # noqa: DTZ011 - a reader's own day


class Person:
    """One made-up patient and what the record holds."""

    def __init__(self, key: str, given: str, sex: str, born: int) -> None:
        self.key, self._number = key, 0
        name = [{"given": [given], "family": "Example"}]
        patient = {"id": key, "gender": sex, "birthDate": f"{born}-04-12", "name": name}
        self.resources: list[Json] = [{"resourceType": "Patient", **patient}]

    def add(self, kind: str, **members: object) -> "Person":
        """A resource of this kind about the patient."""
        self._number += 1
        subject = {"reference": f"Patient/{self.key}"}
        made = {"resourceType": kind, "id": f"{self.key}-{self._number}"}
        role = "patient" if kind == "AllergyIntolerance" else "subject"
        self.resources.append({**made, role: subject, **members})
        return self

    def result(self, code: str, text: str, value: float, unit: str) -> "Person":
        """A final result of ten days ago."""
        return self.add(
            "Observation",
            status="final",
            code=concept(LOINC, code, text),
            effectiveDateTime=days_ago(10),
            valueQuantity={"value": value, "unit": unit, "system": UCUM, "code": unit},
        )

    def finding(self, code: str, text: str) -> "Person":
        """A symptom or sign, noted ten days ago."""
        finding = concept(SNOMED, code, text)
        return self.add(
            "Observation",
            status="final",
            code=finding,
            effectiveDateTime=days_ago(10),
            valueBoolean=True,
        )

    def problem(self, code: str, text: str) -> "Person":
        """An active entry of the problem list."""
        active = concept("http://terminology.hl7.org/CodeSystem/condition-clinical", "active", "")
        return self.add("Condition", clinicalStatus=active, code=concept(SNOMED, code, text))

    def medicine(self, code: str, text: str, since: int) -> "Person":
        """A medicine that has been taken for so many days."""
        return self.add(
            "MedicationRequest",
            status="active",
            intent="order",
            medicationCodeableConcept=concept(RXNORM, code, text),
            authoredOn=days_ago(since),
        )


PEOPLE = (
    Person("ada", "Ada", "female", 1969)
    .result("2132-9", "Vitamin B12", 205, "pg/mL")
    .result("13964-2", "Methylmalonate", 3600, "nmol/L")
    .result("787-2", "MCV", 96, "fL")
    .finding("91019004", "Paraesthesia")
    .finding("130980003", "Impaired vibration sense"),
    Person("ben", "Ben", "male", 1958)
    .result("2132-9", "Vitamin B12", 240, "pg/mL")
    .result("718-7", "Haemoglobin", 14.1, "g/dL")
    .result("787-2", "MCV", 94, "fL")
    .medicine("6809", "metformin", 1500),
    Person("cleo", "Cleo", "female", 1991)
    .result("2132-9", "Vitamin B12", 120, "pg/mL")
    .result("718-7", "Haemoglobin", 12.9, "g/dL")
    .problem("1255165006", "Vegan diet"),
    Person("dan", "Dan", "male", 1954)
    .result("2132-9", "Vitamin B12", 90, "pg/mL")
    .result("718-7", "Haemoglobin", 6.8, "g/dL")
    .result("787-2", "MCV", 118, "fL")
    .problem("84027009", "Pernicious anaemia"),
    Person("eve", "Eve", "female", 1997)
    .result("2132-9", "Vitamin B12", 450, "pg/mL")
    .finding("91019004", "Paraesthesia")
    .problem("290484004", "Nitrous oxide poisoning, intentional"),
)
RESOURCES = [resource for person in PEOPLE for resource in person.resources]


# --- the server


def search(kind: str, query: dict[str, list[str]]) -> Json:
    """A Bundle of the resources of a kind: of a patient, and with one of these codes."""
    wanted = {part.rpartition("/")[2] for part in query.get("patient", query.get("_id", []))}
    codes = {code.rpartition("|")[2] for part in query.get("code", []) for code in part.split(",")}
    found = [
        one
        for one in RESOURCES
        if one["resourceType"] == kind
        and (not wanted or patient_of(one) in wanted)
        and (not codes or not codes.isdisjoint(codes_of(one)))
    ]
    entries = [{"resource": one, "search": {"mode": "match"}} for one in found]
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(found),
        "link": [],
        "entry": entries,
    }


def patient_of(resource: Json) -> str:
    """The id of the patient of a resource."""
    subject = resource.get("subject", resource.get("patient", {"reference": resource["id"]}))
    return str(subject["reference"]).rpartition("/")[2]


def codes_of(resource: Json) -> Iterator[str]:
    """The codes of a resource."""
    yield from (coding["code"] for coding in resource.get("code", {}).get("coding", []))


def read(path: str, query: str) -> Json | None:
    """What an address holds; None where there is nothing."""
    kind, _, key = path.removeprefix(BASE).strip("/").partition("/")
    if kind == "metadata":
        return {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "format": ["json"]}
    if not kind:
        return None
    if not key:
        return search(kind, parse_qs(query))
    return next((one for one in RESOURCES if (one["resourceType"], one["id"]) == (kind, key)), None)


class Handler(BaseHTTPRequestHandler):
    """One request; any web page may ask."""

    protocol_version = "HTTP/1.1"

    def do_OPTIONS(self) -> None:
        """Answer a preflight request."""
        self._answer(204, b"")

    def do_GET(self) -> None:
        """Answer a read or a search."""
        parts = urlsplit(self.path)
        found = read(parts.path, parts.query)
        body = found or {"resourceType": "OperationOutcome", "issue": []}
        self._answer(200 if found else 404, json.dumps(body).encode())

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/fhir+json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Access-Control-Allow-Headers", HEADERS)
        self.send_header("Access-Control-Allow-Methods", "GET, OPTIONS")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


# --- asking the service as the sandbox does


def fetch(url: str, body: object = None) -> Json:
    """What an address answers, as JSON."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        read: Json = json.load(answer)
        return read


def prefetched(templates: dict[str, str], key: str) -> Json:
    """The answers to the queries of a service for a patient."""
    found: Json = {}
    for name, template in templates.items():
        parts = urlsplit(template.replace("{{context.patientId}}", key))
        found[name] = read(f"{BASE}/{parts.path}", parts.query)
    return found


def ask(service: str) -> None:
    """Print the card of each patient, as the service answers when a chart is opened."""
    services = fetch(f"{service}/cds-services")["services"]
    (offered,) = (one for one in services if one["id"] == "b12-patient-view")
    for number, person in enumerate(PEOPLE):
        call = {
            "hook": "patient-view",
            "hookInstance": f"1d5a4f6e-9c1b-4a6e-8a39-5f0f6d0d3c5{number}",
            "context": {"userId": "Practitioner/example", "patientId": person.key},
            "prefetch": prefetched(offered["prefetch"], person.key),
        }
        answer = fetch(f"{service}/cds-services/b12-patient-view", call)
        for card in answer["cards"] or [{"indicator": "none", "summary": "no card"}]:
            print(f"{person.key}\t{card['indicator']}\t{card['summary']}")


def main() -> int:
    """Serve, or ask."""
    parser = argparse.ArgumentParser(description="A FHIR server with five made-up patients.")
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--ask", metavar="URL", help="address of the service; ask it and end")
    chosen = parser.parse_args()
    if chosen.ask:
        ask(chosen.ask.rstrip("/"))
        return 0
    with ThreadingHTTPServer((HOST, chosen.port), Handler) as server:
        print(f"http://{HOST}:{server.server_port}{BASE} has {len(PEOPLE)} patients", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
