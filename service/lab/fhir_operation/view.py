"""FHIR routes: the operation, its definition and the capability statement.

The views are imported on first use: a service that only answers hooks starts without them.
"""

from flask import Blueprint, Response


def fhir() -> Blueprint:
    """Build the blueprint: a stateless operation and its metadata."""
    blueprint = Blueprint("fhir", __name__, url_prefix="/fhir")

    @blueprint.post("/$b12-assess", strict_slashes=False)
    def operation() -> Response:
        from cobalamin.service.lab.fhir_operation import operation as assessment_input  # noqa: PLC0415

        return assessment_input.operation()

    @blueprint.get("/metadata", strict_slashes=False)
    def metadata() -> Response:
        from cobalamin.service.lab.fhir_operation import operation as assessment_input  # noqa: PLC0415

        return assessment_input.metadata()

    @blueprint.get("/OperationDefinition/b12-assess", strict_slashes=False)
    def definition() -> Response:
        from cobalamin.service.lab.fhir_operation import operation as assessment_input  # noqa: PLC0415

        return assessment_input.definition()

    return blueprint
