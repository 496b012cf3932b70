"""The routes that speak FHIR: the operation, and what it says of itself.

What they do is imported when the first of them is asked: a service that only answers hooks need
not wait for it at start.
"""

from flask import Blueprint, Response


def fhir() -> Blueprint:
    """One operation on data that come with the request; nothing is stored."""
    door = Blueprint("fhir", __name__, url_prefix="/fhir")

    @door.post("/$b12-assess", strict_slashes=False)
    def operation() -> Response:
        from cobalamin.service.lab.fhir_operation import operation as asked  # noqa: PLC0415

        return asked.operation()

    @door.get("/metadata", strict_slashes=False)
    def metadata() -> Response:
        from cobalamin.service.lab.fhir_operation import operation as asked  # noqa: PLC0415

        return asked.metadata()

    @door.get("/OperationDefinition/b12-assess", strict_slashes=False)
    def definition() -> Response:
        from cobalamin.service.lab.fhir_operation import operation as asked  # noqa: PLC0415

        return asked.definition()

    return door
