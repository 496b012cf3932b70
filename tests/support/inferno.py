"""What the Inferno kit for CRD servers looks for in cards, in words of this project.

Its checks of coverage, of forms and of CRD's own profiles are left out; drafts are R4B instead.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from fhir.resources.R4B import get_fhir_model_class

Json = Mapping[str, Any]
INDICATORS = ("info", "warning", "critical")
SELECTIONS = ("at-most-one", "any")
ALTERNATIVES = frozenset(
    {"Device", "DeviceRequest", "Encounter", "Medication", "MedicationRequest"}
    | {"NutritionOrder", "ServiceRequest", "VisionPrescription"}
)
ADDITIONS = frozenset(
    {"CommunicationRequest", "Device", "DeviceRequest", "Medication", "MedicationRequest"}
    | {"NutritionOrder", "ServiceRequest", "VisionPrescription"}
)
CODING = {"code": str, "system": str}


# --- faults


def card_faults(card: Json) -> Iterator[str]:
    """What is wrong with the members that the kit requires of every card."""
    yield from _wrong(card, {"summary": str, "indicator": str, "source": dict})
    if len(card.get("summary", "")) >= 140:
        yield "summary: must be shorter than 140 characters"
    if card.get("indicator") not in INDICATORS:
        yield "indicator: must be info, warning or critical"
    source = card.get("source", {})
    yield from _wrong(source, {"label": str, "topic": dict})
    yield from _wrong(source.get("topic", {}), CODING)


def optional_faults(card: Json) -> Iterator[str]:
    """What is wrong with the members that a card may have."""
    kinds = {"uuid": str, "detail": str, "suggestions": list, "overrideReasons": list}
    yield from _wrong(card, {n: k for n, k in {**kinds, "links": list}.items() if n in card})
    if "suggestions" in card and card.get("selectionBehavior") not in SELECTIONS:
        yield "selectionBehavior: must be at-most-one or any"
    for reason in card.get("overrideReasons", []):
        yield from _wrong(reason, {**CODING, "display": str})
    for link in card.get("links", []):
        yield from _link_faults(link)
    for suggestion in card.get("suggestions", []):
        yield from _wrong(suggestion, {"label": str})
        if "actions" in suggestion:
            yield from _wrong(suggestion, {"actions": list})
        for action in suggestion.get("actions", []):
            yield from action_faults(action)


def _link_faults(link: Json) -> Iterator[str]:
    yield from _wrong(link, {"label": str, "type": str, "url": str})
    if link.get("type") not in ("absolute", "smart"):
        yield "type: must be absolute or smart"
    parts = urlsplit(link.get("url", ""))
    if parts.scheme not in ("http", "https") or not parts.netloc:
        yield "url: must be an address"
    if link.get("type") == "absolute" and "appContext" in link:
        yield "appContext: is for SMART links only"


def action_faults(action: Json) -> Iterator[str]:
    """What is wrong with an action: what it makes can be read, what it takes back is named."""
    yield from _wrong(action, {"type": str, "description": str})
    match action.get("type"):
        case "create" | "update":
            yield from _resource_faults(action.get("resource", {}))
        case "delete":
            kind, slash, identity = str(action.get("resourceId")).partition("/")
            if not (kind and slash and identity):
                yield "resourceId: must be a type and an id"
        case _:
            yield "type: must be create, update or delete"


def _resource_faults(resource: Json) -> Iterator[str]:
    try:
        get_fhir_model_class(resource.get("resourceType", "")).model_validate(resource)
    except (KeyError, ValueError) as fault:
        yield f"resource: must be valid R4 ({type(fault).__name__})"


def _wrong(part: Json, members: Mapping[str, type]) -> Iterator[str]:
    for name, kind in members.items():
        if not isinstance(part.get(name), kind) or not part[name]:
            yield f"{name}: must be a {kind.__name__} that says something"


# --- kinds of cards


def is_external_reference(card: Json) -> bool:
    """Whether all that it offers are absolute links."""
    return bool(card.get("links")) and {link["type"] for link in card["links"]} == {"absolute"}


def is_instructions(card: Json) -> bool:
    """Whether it is text alone."""
    return not card.get("links") and not card.get("suggestions")


def is_additional_orders(card: Json) -> bool:
    """Whether every suggestion only makes orders, of the types that the kit knows."""
    actions = _actions(card)
    return bool(actions) and all(
        action["type"] == "create" and type_of(action) in ADDITIONS for action in actions
    )


def alternatives(card: Json) -> list[list[Json]]:
    """The actions of each suggestion that puts an order in the place of another."""
    found = [list(suggestion["actions"]) for suggestion in card.get("suggestions", [])]
    return [actions for actions in found if _replaces({action["type"] for action in actions})]


def _replaces(types: set[str]) -> bool:
    return "update" in types or {"create", "delete"} <= types


def type_of(action: Json) -> str:
    """The type of the resource that an action is about."""
    if action["type"] == "delete":
        return str(action["resourceId"]).partition("/")[0]
    return str(action["resource"]["resourceType"])


def _actions(card: Json) -> list[Json]:
    return [action for one in card.get("suggestions", []) for action in one["actions"]]
