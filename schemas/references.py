"""References with or without their resource type."""

MAX_ID_LENGTH = 64
"""Of a logical id (FHIR R4, datatype id)."""


def strip_type(reference: str, kind: str) -> str:
    """Return the bare id: `Patient/123` and `123` are the same patient."""
    return reference.strip().removeprefix(f"{kind}/")


def is_id(bare: str) -> bool:
    """Whether a bare id is neither empty nor longer than FHIR allows; its letters vary by EHR."""
    return 0 < len(bare) <= MAX_ID_LENGTH
