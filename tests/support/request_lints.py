"""What is wrong with a request of CDS Hooks, as the Inferno kit looks at its tester's bodies."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from contract_checks import empties
from invariants import broken_by_request

Json = Mapping[str, Any]
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
REFERENCE = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64}")
BARE_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
PROFESSIONALS = ("Practitioner", "PractitionerRole")
ANYBODY = (*PROFESSIONALS, "Patient", "RelatedPerson")
ORDERS = (
    "DeviceRequest",
    "MedicationRequest",
    "NutritionOrder",
    "ServiceRequest",
    "VisionPrescription",
)
REQUIRED = {"hook": str, "hookInstance": str, "context": dict}
OPTIONAL = {"fhirServer": str, "fhirAuthorization": dict, "prefetch": dict, "extension": dict}
ACCESS = {"access_token": str, "token_type": str, "expires_in": int, "scope": str, "subject": str}
PERSON = {"userId": str, "patientId": str}
CONTEXTS: Mapping[str, Mapping[str, type]] = {
    "patient-view": PERSON,
    "order-select": {**PERSON, "selections": list, "draftOrders": dict},
    "order-sign": {**PERSON, "draftOrders": dict},
    "encounter-discharge": {**PERSON, "encounterId": str},
    "problem-list-item-create": {**PERSON, "conditions": dict},
    "medication-refill": {"patientId": str, "medications": dict},
}
MAY_BE_THERE = {"userId": str, "encounterId": str}
"""The types of resources in each Bundle of a context, and the status of those that are drafts."""
BUNDLES: Mapping[str, tuple[Sequence[str], str | None]] = {
    "draftOrders": (ORDERS, "draft"),
    "medications": (("MedicationRequest",), "draft"),
    "conditions": (("Condition",), None),
}


def required_faults(call: Json) -> Iterator[str]:
    """What is wrong with the members that every call has."""
    yield from _wrong(call, REQUIRED)
    if not UUID.fullmatch(str(call.get("hookInstance"))):
        yield "hookInstance: must be a UUID"
    yield from broken_by_request(call)


def optional_faults(call: Json) -> Iterator[str]:
    """What is wrong with the members that a call may have; one that is there says something."""
    yield from _wrong(call, {name: kind for name, kind in OPTIONAL.items() if name in call})
    rest = {name: member for name, member in call.items() if name != "prefetch"}
    yield from (f"{path}: must not be empty" for path in empties(rest))
    access = call.get("fhirAuthorization")
    if isinstance(access, Mapping):
        yield from _wrong(access, ACCESS)
        if access.get("token_type") != "Bearer":
            yield "token_type: must be Bearer"


def context_faults(call: Json) -> Iterator[str]:
    """What is wrong with the context of the call's hook."""
    hook, context = call["hook"], call["context"]
    yield from _wrong(context, CONTEXTS[hook])
    yield from _wrong(context, {name: k for name, k in MAY_BE_THERE.items() if name in context})
    users = ANYBODY if hook == "patient-view" else PROFESSIONALS
    if "userId" in context and not _is_reference(context["userId"], users):
        yield f"userId: must be the reference of a {' or '.join(users)}"
    for name in ("patientId", "encounterId"):
        if not BARE_ID.fullmatch(context.get(name, "none")):
            yield f"{name}: must be an id alone"
    for name, (types, status) in BUNDLES.items():
        if name in context:
            yield from _bundle_faults(name, context[name], types, status)
    yield from _selection_faults(context)


def _bundle_faults(
    name: str, bundle: Json, types: Sequence[str], status: str | None
) -> Iterator[str]:
    if bundle.get("resourceType") != "Bundle" or not bundle.get("entry"):
        yield f"{name}: must be a Bundle with entries"
    for index, entry in enumerate(bundle.get("entry", [])):
        resource, where = entry.get("resource", {}), f"{name}.entry[{index}].resource"
        if not resource.get("id"):
            yield f"{where}.id: must be there"
        if resource.get("resourceType") not in types:
            yield f"{where}: must be one of {', '.join(types)}"
        if status is not None and resource.get("status") != status:
            yield f"{where}.status: must be {status}"


def _selection_faults(context: Json) -> Iterator[str]:
    """Selections are references to drafts of the same call."""
    drafts = references_in(context.get("draftOrders", {}))
    for index, selected in enumerate(context.get("selections", [])):
        if selected not in drafts:
            yield f"selections[{index}]: must be a reference to one of draftOrders"


def references_in(bundle: Json) -> set[str]:
    """The resources of a Bundle, as references to them."""
    found = [entry["resource"] for entry in bundle.get("entry", [])]
    return {f"{resource['resourceType']}/{resource.get('id')}" for resource in found}


def _is_reference(value: object, types: Sequence[str]) -> bool:
    text = value if isinstance(value, str) else ""
    return bool(REFERENCE.fullmatch(text)) and text.partition("/")[0] in types


def _wrong(part: Json, members: Mapping[str, type]) -> Iterator[str]:
    for name, kind in members.items():
        if not isinstance(part.get(name), kind) or not part[name]:
            yield f"{name}: must be a {kind.__name__} that says something"
