"""Compares the answer of the service to a row of a spec table with what the row expects."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from werkzeug.test import TestResponse

from app import KEY, post
from cobalamin.service.settings import Service
from spec_cells import Json, items
from spec_requests import is_bundle, site_file, to_bundle, to_hook_call, to_plain_form
from spec_tables import ON, Row, missing

COUNTED = re.compile(r"(?P<code>[^=\s]+)=(?P<count>\d+)$")


def request_misses(row: Row, profile: str) -> list[str]:
    """What comes out otherwise than the row says when it is sent; empty if it holds."""
    answer = answer_of(respond(row, profile))
    return [answer] if isinstance(answer, str) else answer_misses(answer, row.expected)


def answer_misses(answer: Json, expected: Mapping[str, str]) -> list[str]:
    """Where an answer differs from what a row expects of it."""
    return [miss for name, wanted in expected.items() for miss in _compare(name, answer, wanted)]


def answer_of(response: TestResponse) -> Json | str:
    """The JSON answer of the service, or the error that it gave instead."""
    if response.status_code != 200:
        return f"{response.status_code}: {response.text[:300]}"
    answer: Json = response.get_json()
    if "extension" in answer:
        return {"cards": answer["cards"], **answer["extension"][KEY]}
    return answer


def respond(row: Row, profile: str) -> TestResponse:
    """The response of the service to the row as a request."""
    given = dict(row.cells)
    settings: dict[str, Any] = {"profile": profile, "services": tuple(Service)}
    if "site" in given:
        settings["site"] = site_file(given["site"])
    if row.on != ON:
        settings["today"] = row.on
    if "hook" in given:
        path, body = f"/cds-services/b12-{given['hook']}", to_hook_call(given, row.on)
    else:
        path = f"/v1/assessments?asOf={row.on.isoformat()}"
        bundle = is_bundle(given)
        body = to_bundle(given, row.on) if bundle else to_plain_form(given, row.on)
    return post(path, body, **settings)


def _compare(name: str, answer: Json, wanted: str) -> list[str]:
    if name in SINGLE:
        got = SINGLE[name](answer)
        return [] if got == wanted else [f"{name}: {got}, not {wanted}"]
    if name in TEXTS:
        return _phrases(name, TEXTS[name](answer), wanted)
    codes = MANY[name](answer)
    counted = [m for m in map(COUNTED.match, wanted.replace(",", " ").split()) if m]
    wrong = [
        f"{name}: {codes.count(m['code'])} times {m['code']}, not {m['count']}"
        for m in counted
        if codes.count(m["code"]) != int(m["count"])
    ]
    rest = " ".join(w for w in wanted.replace(",", " ").split() if not COUNTED.match(w))
    return wrong + missing(name, set(codes), rest)


def _phrases(name: str, text: str, wanted: str) -> list[str]:
    """Each phrase is part of the text, or with `!` is not; case does not matter."""
    found = []
    for phrase in items(wanted):
        absent = phrase.startswith("!")
        words = phrase.removeprefix("!").strip()
        if (words.casefold() in text.casefold()) == absent:
            found.append(f"{name}: {phrase!r} does not hold for {text!r}")
    return found


def _finding(name: str, member: str = "value") -> Callable[[Json], str]:
    return lambda answer: str(answer["findings"][name][member])


def _plan(name: str) -> Callable[[Json], str]:
    return lambda answer: str(answer["plan"][name])


def _first(answer: Json) -> str:
    suggestions = answer["plan"]["suggestions"]
    return next((one["code"] for one in suggestions if one["recommended"]), "none")


def _of_first_card(answer: Json, *path: str) -> str:
    if not answer["cards"]:
        return "none"
    found: Any = answer["cards"][0]
    for name in path:
        found = found[name]
    return str(found)


def _of_comment(answer: Json, name: str) -> str:
    return str(answer["comment"][name]) if answer["comment"] else "none"


def _codes(found: list[Json]) -> list[str]:
    return [one["code"] for one in found]


def _look_alikes(answer: Json) -> list[str]:
    found = answer["findings"].get("lookAlikes", [])
    return [f"{one['code']}<{sign}" for one in found for sign in one["for"]]


def _buttons(answer: Json) -> str:
    return "\n".join(
        json.dumps([one["label"], *(action["description"] for action in one["actions"])])
        for card in answer["cards"]
        for one in card.get("suggestions", [])
    )


SINGLE: Mapping[str, Callable[[Json], str]] = {
    "outcome": lambda answer: str(answer["outcome"]),
    "status": _finding("b12Status"),
    "band": _finding("b12Status", "band"),
    "anaemia": _finding("anaemia"),
    "cells": _finding("anaemia", "cells"),
    "megaloblastic": _finding("anaemia", "megaloblastic"),
    "tier": _finding("neuropathy", "tier"),
    "rung": _plan("rung"),
    "route": _plan("route"),
    "urgency": _plan("urgency"),
    "first": _first,
    "cards": lambda answer: str(len(answer["cards"])),
    "indicator": lambda answer: _of_first_card(answer, "indicator"),
    "topic": lambda answer: _of_first_card(answer, "source", "topic", "code"),
    "comment": lambda answer: _of_comment(answer, "code"),
    "authorisation": lambda answer: _of_comment(answer, "authorisation"),
}
MANY: Mapping[str, Callable[[Json], list[str]]] = {
    "suggests": lambda answer: _codes(answer["plan"]["suggestions"]),
    "cautions": lambda answer: _codes(answer["plan"]["cautions"]),
    "causes": lambda answer: _codes(answer["findings"]["causes"]),
    "confounders": lambda answer: _codes(answer["findings"]["confounders"]),
    "unknown": lambda answer: [one["fact"] for one in answer["unknowns"]],
    "reasons": lambda answer: _codes(answer.get("reasons", [])),
    "notes": lambda answer: _codes(answer.get("notes", [])),
    "look-alikes": _look_alikes,
}
TEXTS: Mapping[str, Callable[[Json], str]] = {
    "summary says": lambda answer: "\n".join(card["summary"] for card in answer["cards"]),
    "card says": lambda answer: "\n".join(
        f"{card['summary']}\n{card['detail']}" for card in answer["cards"]
    ),
    "buttons": _buttons,
    "answer says": lambda answer: json.dumps(answer, ensure_ascii=False),
    "notes say": lambda answer: "\n".join(one["text"] for one in answer.get("notes", [])),
    "comment says": lambda answer: _of_comment(answer, "text"),
}
