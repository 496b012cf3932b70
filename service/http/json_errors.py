"""The error of a body that is not JSON."""

from cobalamin.fhir.decode.json_faults import find_json_fault
from cobalamin.service.http.errors import ApiError


def not_json(body: bytes) -> ApiError:
    """The error with what the body looks like, or with line, column and path of the fault."""
    fault = find_json_fault(body)
    return ApiError(400, fault.message, fault.where)
