"""The door for laboratories: one assessment, or many, for FHIR Bundles or plain forms.

What it does is imported when it is first asked: a service that only answers hooks need not wait
for it at start.
"""

from flask import Blueprint, Response


def lab() -> Blueprint:
    """The routes."""
    door = Blueprint("lab", __name__)

    @door.post("/v1/assessments", strict_slashes=False)
    def assessments() -> Response:
        from cobalamin.service.lab.assessments import one  # noqa: PLC0415

        return one()

    @door.post("/v1/assessments/batch", strict_slashes=False)
    def batch() -> Response:
        from cobalamin.service.lab.assessments import many  # noqa: PLC0415

        return many()

    return door
