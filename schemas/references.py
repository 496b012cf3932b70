"""References with or without their resource type."""


def strip_type(reference: str, kind: str) -> str:
    """Return the bare id: `Patient/123` and `123` are the same patient."""
    return reference.strip().removeprefix(f"{kind}/")
