"""Kinds of requests, good and bad, each with the statuses that are right for it."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random

from app import EXAMPLES
from clients import with_key
from tokens import a_token

FORM = (EXAMPLES / "assessment.json").read_bytes()
VIEW_BODY = (EXAMPLES / "patient-view.json").read_bytes()
MESSAGE = (EXAMPLES / "message.hl7").read_bytes()
FEEDBACK = (EXAMPLES / "feedback.json").read_bytes()
LINES = json.dumps(json.loads(FORM)).encode() + b"\n"
ONE, BATCH, HL7V2 = "/v1/assessments", "/v1/assessments/batch", "/hl7v2"
VIEW, DISCOVERY = "/cds-services/b12-patient-view", "/cds-services"
CLOSED = (
    *(
        ("POST", path)
        for path in (ONE, BATCH, HL7V2, VIEW, f"{VIEW}/feedback", "/fhir/$b12-assess")
    ),
    *(("GET", path) for path in (DISCOVERY, "/fhir/metadata", "/v1/nothing", "/ops")),
)
JSON = {"Content-Type": "application/json"}
LAB = {**JSON, **with_key("lab").headers}
WRONG_KEY = {**JSON, "Authorization": f"{with_key('lab').headers['Authorization']}x"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request and the statuses that are right for it; `chunks` are sent in place of a body."""

    kind: str
    method: str = "POST"
    path: str = ONE
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: LAB)
    right: frozenset[int] = frozenset({200})
    token: str | None = None
    chunks: tuple[bytes, ...] = ()


def _with(content_type: str) -> dict[str, str]:
    return {**LAB, "Content-Type": content_type}


def _token_call(kid: str) -> Call:
    token = a_token(kid)
    headers = {**JSON, "Authorization": f"Bearer {token}"}
    return Call(kind="token", path=VIEW, body=VIEW_BODY, headers=headers, token=token)


def _closed(random: Random) -> Call:
    """A closed address without a credential, with a body of any length."""
    method, path = random.choice(CLOSED)
    size = random.choice((0, 10, 100_000, 2_000_000)) if method == "POST" else 0
    return Call(
        kind="no credential",
        method=method,
        path=path,
        body=b"x" * size,
        headers=WRONG_KEY if random.random() < GUESSED else JSON,
        right=frozenset({401}),
    )


def _batch(random: Random) -> Call:
    body = LINES * random.randrange(1, 40)
    headers = _with("application/x-ndjson")
    # While as many as may run at once are running, the next one is told to come again.
    return Call(kind="batch", path=BATCH, body=body, headers=headers, right=frozenset({200, 503}))


def _not_json(random: Random) -> Call:
    body = FORM[: random.randrange(1, len(FORM) - 2)]
    return Call(kind="cut JSON", body=body, right=frozenset({400}))


def _chunked(random: Random) -> Call:
    at = random.randrange(1, len(FORM))
    return Call(kind="chunked", chunks=(FORM[:at], FORM[at:]))


def _fixed(call: Call) -> Callable[[Random], Call]:
    return lambda _: call


FIXED = (
    Call(kind="single", body=FORM),
    Call(kind="short", path=f"{ONE}?answer=short", body=FORM),
    Call(kind="hl7v2", path=HL7V2, body=MESSAGE, headers=_with("application/hl7-v2")),
    Call(kind="alive", method="GET", path="/livez", headers={}),
    Call(kind="wrong scope", path=VIEW, body=VIEW_BODY, right=frozenset({403})),
    Call(kind="unknown address", path="/v1/nothing", body=FORM, right=frozenset({401, 404})),
    Call(kind="wrong method", method="DELETE", path="/livez", right=frozenset({405})),
    Call(kind="wrong type", body=FORM, headers=_with("text/csv"), right=frozenset({415})),
    Call(kind="unknown member", body=b'{"x":1}', right=frozenset({422})),
    Call(kind="unknown profile", path=f"{ONE}?profile=x", body=FORM, right=frozenset({422})),
    Call(kind="too large", body=b" " * 8_400_000, right=frozenset({413})),
)
GUESSED = 0.02
"""Of the calls without a right credential; each guess costs the server a tenth of a second."""
WEIGHTS = {"single": 30, "alive": 10, "hl7v2": 8, "too large": 0.2}


def iter_calls(random: Random, kid: Callable[[], str]) -> Iterator[Call]:
    """Calls without end, in proportions as a busy site has them, but with more faults."""
    kinds: list[Callable[[Random], Call]] = [_fixed(call) for call in FIXED]
    weights = [WEIGHTS.get(call.kind, 3) for call in FIXED]
    kinds += [_closed, _batch, _not_json, _chunked, lambda _: _token_call(kid())]
    weights += [20, 1, 5, 5, 15]
    while True:
        (kind,) = random.choices(kinds, weights)
        yield kind(random)
