"""What a span may tell: named attributes with values from closed sets, and no others.

Routes, codes of the program and of the knowledge, hosts of the client registry. Nothing that was
sent is among them, neither an address nor what an error says. Names without `cobalamin.` are those
of the semantic conventions of OpenTelemetry.
"""

from enum import StrEnum, auto


class Attribute(StrEnum):
    """Every attribute of a span."""

    method = "http.request.method"
    route = "http.route"
    status = "http.response.status_code"
    error = "error.type"
    server = "server.address"
    refusal = "cobalamin.refusal"
    outcome = "cobalamin.outcome"
    profile = "cobalamin.profile"
    verdict = "cobalamin.verdict"


class SpanKind(StrEnum):
    """`server`: answers somebody; `client`: asks another server."""

    server = auto()
    client = auto()
