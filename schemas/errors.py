"""Error bodies: FHIR OperationOutcome and problem details (RFC 9457)."""


def operation_outcome(
    code: str, message: str, where: str | None, correlation: str
) -> dict[str, object]:
    """Build an OperationOutcome with one issue."""
    issue: dict[str, object] = {"severity": "error", "code": code, "diagnostics": message}
    if where is not None:
        issue["expression"] = [where]
    return {"resourceType": "OperationOutcome", "id": correlation, "issue": [issue]}


def problem(
    status: int, title: str, detail: str, where: str | None, correlation: str
) -> dict[str, object]:
    """Build problem details."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "correlationId": correlation,
    }
    return body if where is None else {**body, "where": where}
