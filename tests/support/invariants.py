"""The twelve invariants of CDS Hooks that a machine can check, each by its own name.

A function says whether the part that it is about keeps its invariant. `broken_by_*` walk a whole
body, of any shape, and name what is broken with its path. The requests, the feedback and the parts
of an answer are those of the logical models of CDS Hooks 3.0.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]
Part = tuple[str, Json]
Invariants = Mapping[str, Callable[[Json], bool]]
PATIENT_SCOPE = "patient/"
OUTCOMES = ("accepted", "overridden")
WAYS_TO_SELECT_ACTIONS = ("all", "any", "at-most-one")


# --- a request


def cds_r_1(request: Json) -> bool:
    """Access to a FHIR server is given with the server's address."""
    return not _is_object(request.get("fhirAuthorization")) or bool(request.get("fhirServer"))


def cds_r_2(authorization: Json) -> bool:
    """Scopes of one patient come with that patient's id."""
    scope = authorization.get("scope")
    of_one = isinstance(scope, str) and PATIENT_SCOPE in scope
    return not of_one or bool(authorization.get("patient"))


# --- an answer


def cds_resp_1(card: Json) -> bool:
    """Where one suggestion at most may be taken, one at most is recommended."""
    recommended = [one for _, one in _objects(card, "suggestions") if one.get("isRecommended")]
    return card.get("selectionBehavior") != "at-most-one" or len(recommended) <= 1


def cds_resp_2(action: Json) -> bool:
    """A delete names what it deletes, and holds no resource."""
    if action.get("type") != "delete":
        return True
    return bool(action.get("resourceId")) and "resource" not in action


def cds_resp_3(link: Json) -> bool:
    """Only the link to a SMART app has a context for it."""
    return link.get("type") == "smart" or "appContext" not in link


def cds_resp_4(reason: Json) -> bool:
    """A reason not to follow the card has words to show."""
    return bool(reason.get("display"))


def cds_resp_5(action: Json) -> bool:
    """An action is described."""
    return bool(action.get("description"))


def cds_resp_6(card: Json) -> bool:
    """Suggestions come with how many of them may be taken."""
    return not card.get("suggestions") or bool(card.get("selectionBehavior"))


def cds_resp_7(suggestion: Json) -> bool:
    """How many actions may be taken is one of three words, where it is said."""
    way = suggestion.get("actionSelectionBehavior")
    return way is None or way in WAYS_TO_SELECT_ACTIONS


# --- an item of feedback


def cds_fb_1(item: Json) -> bool:
    """A card was accepted or overridden."""
    return item.get("outcome") in OUTCOMES


def cds_fb_2(item: Json) -> bool:
    """Who accepts a card says which suggestions."""
    return item.get("outcome") != "accepted" or bool(item.get("acceptedSuggestions"))


def cds_fb_3(reason: Json) -> bool:
    """Why a card was overridden is a reason or a comment, if it is said at all."""
    return bool(reason.get("reason")) or bool(reason.get("userComment"))


REQUEST: Invariants = {"cds-r-1": cds_r_1}
AUTHORIZATION: Invariants = {"cds-r-2": cds_r_2}
CARD: Invariants = {"cds-resp-1": cds_resp_1, "cds-resp-6": cds_resp_6}
SUGGESTION: Invariants = {"cds-resp-7": cds_resp_7}
ACTION: Invariants = {"cds-resp-2": cds_resp_2, "cds-resp-5": cds_resp_5}
LINK: Invariants = {"cds-resp-3": cds_resp_3}
REASON: Invariants = {"cds-resp-4": cds_resp_4}
FEEDBACK: Invariants = {"cds-fb-1": cds_fb_1, "cds-fb-2": cds_fb_2}
OVERRIDE: Invariants = {"cds-fb-3": cds_fb_3}


def broken_by_request(body: object) -> Iterator[str]:
    """What a call breaks."""
    if not isinstance(body, Mapping):
        return
    yield from _broken(("$", body), REQUEST)
    access = body.get("fhirAuthorization")
    if isinstance(access, Mapping):
        yield from _broken(("$.fhirAuthorization", access), AUTHORIZATION)


def broken_by_answer(body: object) -> Iterator[str]:
    """What an answer with cards breaks."""
    if not isinstance(body, Mapping):
        return
    for action in _objects(body, "systemActions"):
        yield from _broken(action, ACTION)
    for card in _objects(body, "cards"):
        yield from _broken(card, CARD)
        yield from _each(card, "links", LINK)
        yield from _each(card, "overrideReasons", REASON)
        yield from _each(card, "suggestions", SUGGESTION)
        for suggestion in _objects(card[1], "suggestions", card[0]):
            yield from _each(suggestion, "actions", ACTION)


def broken_by_feedback(item: object, where: str = "$") -> Iterator[str]:
    """What one item of feedback breaks."""
    if not isinstance(item, Mapping):
        yield f"cds-fb-1 at {where}"
        return
    yield from _broken((where, item), FEEDBACK)
    reason = item.get("overrideReason")
    if isinstance(reason, Mapping):
        yield from _broken((f"{where}.overrideReason", reason), OVERRIDE)


def _each(whole: Part, member: str, invariants: Invariants) -> Iterator[str]:
    for part in _objects(whole[1], member, whole[0]):
        yield from _broken(part, invariants)


def _broken(part: Part, invariants: Invariants) -> Iterator[str]:
    where, node = part
    yield from (f"{name} at {where}" for name, holds in invariants.items() if not holds(node))


def _objects(whole: Json, member: str, where: str = "$") -> Iterator[Part]:
    """The objects of a list; anything else in its place is for other checks to tell."""
    items = whole.get(member)
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, Mapping):
            yield f"{where}.{member}[{index}]", item


def _is_object(value: object) -> bool:
    """Whether something is there: an empty object is not, and neither is another type."""
    return isinstance(value, Mapping) and bool(value)
