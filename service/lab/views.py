"""Routes of the laboratory API, for FHIR Bundles and plain forms.

The views are imported on first use: a service that only answers hooks starts without them.
"""

from flask import Blueprint, Response


def lab() -> Blueprint:
    """The routes."""
    blueprint = Blueprint("lab", __name__)

    @blueprint.post("/v1/assessments", strict_slashes=False)
    def assessments() -> Response:
        from cobalamin.service.lab.assessments import assess_one  # noqa: PLC0415

        return assess_one()

    @blueprint.post("/v1/assessments/batch", strict_slashes=False)
    def batch() -> Response:
        from cobalamin.service.lab.assessments import assess_batch  # noqa: PLC0415

        return assess_batch()

    return blueprint
