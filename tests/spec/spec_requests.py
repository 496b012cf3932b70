"""Turns a row of a spec table into a request: the plain form, a Bundle, or the call of a hook."""

import tempfile
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

from spec_cells import Json, items, number, parse_form
from spec_resources import (
    to_allergy,
    to_coded_observation,
    to_condition,
    to_draft_order,
    to_feature,
    to_medicine,
    to_observation,
    to_patient,
    to_stated,
    to_taken,
)

LISTS = (
    "symptoms",
    "conditions",
    "medications",
    "statements",
    "administrations",
    "procedures",
    "allergies",
    "family",
)

MEDICINES = {
    "medications": "MedicationRequest",
    "statements": "MedicationStatement",
    "administrations": "MedicationAdministration",
}


def is_bundle(given: dict[str, str]) -> bool:
    """Whether the row is sent as FHIR and not in the plain form."""
    resources = {"observations", "conditions", "allergies", *MEDICINES}
    return "hook" in given or given.get("sent as") == "bundle" or bool(resources & set(given))


def to_plain_form(given: dict[str, str], on: date) -> Json:
    """The body of `POST /v1/assessments` in the plain form."""
    form = parse_form(_facts_of(given), on)
    for result in form["results"]:
        _make_numbers(result)
    for entry in form["history"]:
        if "dose" in entry:
            entry["dose"]["value"] = number(entry["dose"]["value"])
    for name in items(given.get("not sent", "")):
        form.pop(name, None)
    return {**form, "asOf": on.isoformat()}


def _facts_of(given: dict[str, str]) -> dict[str, str]:
    other = {"hook", "sent as", "not sent", "site", "on", "refused", "unread"}
    resources = {"orders", "problems", *LISTS, "observations"}
    return {name: cell for name, cell in given.items() if name not in other | resources}


def _make_numbers(result: Json) -> None:
    if "unit" in result:
        result["value"] = number(result["value"])
    limits = result.get("referenceRange", {})
    result.update({"referenceRange": {k: number(v) for k, v in limits.items()}} if limits else {})


def to_bundle(given: dict[str, str], on: date) -> Json:
    """The body of `POST /v1/assessments` as a FHIR Bundle."""
    lists = _lists(given, on)
    resources = [one for name in ("patient", "labs", *LISTS) for one in lists[name]]
    return _bundle("collection", resources)


def to_hook_call(given: dict[str, str], on: date) -> Json:
    """The request of a CDS Hooks service."""
    hook, lists = given["hook"], _lists(given, on)
    unsent = items(given.get("not sent", ""))
    prefetch = {
        name: _bundle("searchset", lists[name]) for name in ("labs", *LISTS) if name not in unsent
    }
    context: Json = {"userId": "Practitioner/1", "patientId": "spec"}
    if hook == "encounter-discharge":
        context["encounterId"] = "e1"
    drafts = [
        to_draft_order(at, text, on) for at, text in enumerate(items(given.get("orders", "")))
    ]
    if hook == "medication-refill":
        context["medications"] = _bundle("collection", drafts)
    elif drafts:
        context["draftOrders"] = _bundle("collection", drafts)
    if hook == "order-select":
        context["selections"] = [f"{one['resourceType']}/{one['id']}" for one in drafts]
    if hook == "problem-list-item-create":
        new = [to_condition(f"new{n}", t, on) for n, t in enumerate(items(given["problems"]))]
        context["conditions"] = _bundle("collection", new)
    return {
        "hook": hook,
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": context,
        "prefetch": {"patient": lists["patient"][0], **prefetch},
    }


def _bundle(kind: str, resources: list[Json]) -> Json:
    entries = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


# --- the record


def _lists(given: dict[str, str], on: date) -> dict[str, list[Json]]:
    """The resources of the row by the prefetch key that holds them."""
    form = parse_form(_facts_of(given), on)
    lists: dict[str, list[Json]] = {name: [] for name in ("labs", *LISTS)}
    lists["patient"] = [to_patient(form["patient"], on)]
    lists["labs"] = [to_observation(f"r{at}", one) for at, one in enumerate(form["results"])]
    lists["labs"] += [
        to_coded_observation(f"l{at}", text, on)
        for at, text in enumerate(items(given.get("observations", "")))
    ]
    lists["symptoms"] = [to_feature(f"f{at}", one) for at, one in enumerate(form["features"])]
    lists["conditions"] = [
        *(to_stated(f"h{at}", one) for at, one in enumerate(_history(form))),
        *(to_condition(f"c{n}", t, on) for n, t in enumerate(items(given.get("conditions", "")))),
    ]
    allergies = items(given.get("allergies", ""))
    lists["allergies"] = [to_allergy(f"a{at}", text) for at, text in enumerate(allergies)]
    for name, kind in MEDICINES.items():
        texts = items(given.get(name, ""))
        lists[name] = [to_medicine(kind, f"{name[:3]}{n}", t, on) for n, t in enumerate(texts)]
    lists["statements"] += [
        to_taken(f"t{at}", one) for at, one in enumerate(form["history"]) if _is_medicine(one)
    ]
    return lists


def _is_medicine(entry: Json) -> bool:
    """An entry with an end, a dose or a form is a medicine that is taken."""
    return "last" in entry or "dose" in entry or "form" in entry


def _history(form: Json) -> Iterator[Json]:
    yield from (entry for entry in form["history"] if not _is_medicine(entry))
    for name in ("pregnant", "breastfeeding"):
        if form["patient"].get(name):
            yield {"code": {"pregnant": "pregnancy"}.get(name, name), "active": True}


# --- a site file


@cache
def site_file(cell: str) -> Path:
    """A site file that sets `name = value` for each entry of the cell, a limit with its unit."""
    lines = ['name = "A site of the spec tables"']
    for entry in items(cell):
        name, value = (part.strip() for part in entry.split("="))
        number, _, unit = value.partition(" ")
        table, shown = (
            ("thresholds", f'{{ {unit} = "{number}" }}') if unit else ("switches", f'"{value}"')
        )
        lines += [
            "",
            f"[{table}.{name}]",
            f"value = {shown}",
            'author = "A. Example"',
            'why = "A row of the spec tables"',
            "reviewed = 2026-11-01",
        ]
    path = Path(tempfile.mkdtemp(prefix="cobalamin-spec-")) / "site.toml"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path
