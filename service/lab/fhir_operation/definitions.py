"""The OperationDefinition and the CapabilityStatement."""

from cobalamin.fhir.writer import Json
from cobalamin.service.answers.fhir_bundle import OPERATION
from cobalamin.service.version import VERSION

FHIR_VERSION = "4.0.1"
RELEASED = "2026-11-21"
PUBLISHER = "Cobalamin"


def operation_definition() -> Json:
    """The OperationDefinition of `$b12-assess`."""
    return {
        "resourceType": "OperationDefinition",
        "id": "b12-assess",
        "url": OPERATION,
        "version": VERSION,
        "name": "B12Assess",
        "title": "Assess vitamin B12 deficiency",
        "status": "active",
        "kind": "operation",
        "date": RELEASED,
        "publisher": PUBLISHER,
        "description": (
            "Reads the data of one adult, applies rules for vitamin B12 deficiency, megaloblastic "
            "anaemia and neuropathy risk, and suggests treatment, tests or referral with reasons. "
            "A Bundle may also be sent as the body itself."
        ),
        "affectsState": False,
        "code": "b12-assess",
        "system": True,
        "type": False,
        "instance": False,
        "parameter": [
            _parameter(
                "subject", "in", 0, "The patient; without it all data are of one.", "Reference"
            ),
            _parameter("effective", "in", 0, "The day of assessment; today if absent.", "dateTime"),
            _parameter("data", "in", 1, "Patient, Observations and what else is known.", "Bundle"),
            _parameter(
                "return",
                "out",
                1,
                "GuidanceResponse, RequestGroup with drafts, RiskAssessment, DetectedIssue, "
                "Parameters with the findings, OperationOutcome.",
                "Bundle",
            ),
        ],
    }


def _parameter(name: str, use: str, least: int, text: str, kind: str) -> Json:
    return {
        "name": name,
        "use": use,
        "min": least,
        "max": "1",
        "documentation": text,
        "type": kind,
    }


def capability_statement(public_url: str | None) -> Json:
    """The CapabilityStatement: one stateless operation."""
    statement: Json = {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": RELEASED,
        "publisher": PUBLISHER,
        "kind": "instance",
        "software": {"name": "Cobalamin", "version": VERSION},
        "implementation": {"description": "Decision support for vitamin B12 deficiency"},
        "fhirVersion": FHIR_VERSION,
        "format": ["application/fhir+json", "json"],
        "rest": [
            {
                "mode": "server",
                "documentation": "Stateless: data come with the request, and no value of them is "
                "kept; with an audit trail, codes and keyed hashes are.",
                "operation": [{"name": "b12-assess", "definition": OPERATION}],
            }
        ],
    }
    if public_url is not None:
        statement["implementation"] = {
            "description": "Decision support for vitamin B12 deficiency",
            "url": f"{public_url}/fhir",
        }
    return statement
