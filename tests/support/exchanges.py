"""Every CDS Hooks exchange of a test is checked, whether the test looks at it or not.

Each application of `app_with` is `checked`; a test that calls a server of its own over
HTTP hands the exchange to `check_exchange`.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask

from contract_checks import EXTENSION, check_answer, empties
from invariants import broken_by_feedback, broken_by_request

CALL = re.compile(r"/cds-services/[^/]+/?\Z")
FEEDBACK = re.compile(r"/cds-services/[^/]+/feedback/?\Z")
DISCOVERY = re.compile(r"/cds-services/?\Z")
OF_THE_SENDER = frozenset({"cds-r-2", "cds-fb-3"})
_sent_on_purpose: list[str] = []


@contextmanager
def tolerated(*names: str) -> Iterator[None]:
    """Within this, a test breaks these invariants as a client may, and is answered all the same.

    Only what binds the sender and is no reason to refuse it: what this service sends has no excuse.
    """
    assert set(names) <= OF_THE_SENDER
    _sent_on_purpose.extend(names)
    try:
        yield
    finally:
        for name in names:
            _sent_on_purpose.remove(name)


def checked(app: Flask) -> Flask:
    """The same application; a CDS Hooks answer of 200 that breaks a promise fails whoever asked."""
    inner: WSGIApplication = app.wsgi_app

    def outer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if not path.startswith("/cds-services"):
            return inner(environ, start_response)
        sent = environ["wsgi.input"].read()
        environ["wsgi.input"] = BytesIO(sent)
        statuses: list[str] = []

        def start(status: str, *others: Any) -> Callable[[bytes], object]:  # noqa: ANN401 - WSGI's
            statuses.append(status)
            return start_response(status, *others)

        answered = _whole(inner(environ, start))
        if statuses[-1].startswith("200 "):
            check_exchange(path, sent, answered)
        return [answered]

    app.wsgi_app = outer  # type: ignore[method-assign]
    return app


def _whole(parts: Iterable[bytes]) -> bytes:
    try:
        return b"".join(parts)
    finally:
        getattr(parts, "close", bool)()


def check_exchange(path: str, sent: bytes, answered: bytes) -> None:
    """An exchange that was answered with 200."""
    if not answered:
        return  # to HEAD and OPTIONS, which say nothing more
    answer = json.loads(answered)
    if FEEDBACK.fullmatch(path):
        check_feedback(_read(sent), answer)
    elif DISCOVERY.fullmatch(path):
        assert list(empties(answer)) in ([], ["$.services"])
    else:
        assert CALL.fullmatch(path)
        check_call(sent, answer)


def check_call(sent: bytes, answer: Any) -> None:  # noqa: ANN401 - JSON as it came
    """The call and its answer keep the invariants, and every draft is for the call's patient."""
    if answer["extension"][EXTENSION].get("mode") == "off":  # then a call is not even read
        check_answer(answer)
        return
    call = _read(sent)
    _none_but_tolerated(broken_by_request(call))
    patient = call["context"]["patientId"].strip().removeprefix("Patient/")
    check_answer(answer, patient=patient)


def check_feedback(sent: Any, answered: Any) -> None:  # noqa: ANN401 - JSON as it came
    """Each item that was taken keeps the invariants, and each has its verdict."""
    assert list(empties(answered)) == []
    for index, (item, told) in enumerate(zip(sent["feedback"], answered["feedback"], strict=True)):
        if told["verdict"] != "refused":
            _none_but_tolerated(broken_by_feedback(item, f"$.feedback[{index}]"))


def _none_but_tolerated(broken: Iterable[str]) -> None:
    found = [told for told in broken if told.partition(" ")[0] not in _sent_on_purpose]
    assert not found, found


def _read(sent: bytes) -> Any:  # noqa: ANN401 - JSON as it came
    return json.loads(sent.decode("utf-8-sig"))
