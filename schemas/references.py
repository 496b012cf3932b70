"""References as clients send them: with their type, or as the id alone."""


def bare(reference: str, kind: str) -> str:
    """The id alone: `Patient/123` and `123` are the same patient."""
    return reference.strip().removeprefix(f"{kind}/")
