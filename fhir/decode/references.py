"""References as senders write them: relative or absolute, with a version or without."""

from cobalamin.fhir.decode.reader_state import ElementPath, reference_of


def relative_reference(reference: str) -> str:
    """Type and id of a reference, without its server and version; what has no type as it is."""
    return "/".join(reference.split("/_history/", 1)[0].strip("/").split("/")[-2:])


def normalise_reference(reference: str) -> str:
    """Normalise a bare id, an absolute or a versioned reference to `Patient/1`.

    The case of a `urn:uuid:` and of a `urn:oid:` tells nothing apart (RFC 8141, RFC 9562).
    """
    if reference[:4].lower() == "urn:":
        return reference.lower()
    if reference.startswith("#"):
        return reference
    relative = relative_reference(reference)
    return relative if "/" in relative else f"Patient/{relative}"


def names_of_resource(kind: str, identity: str | None, path: ElementPath) -> frozenset[str]:
    """By which names others may refer to a resource: its type and id, and its full URL."""
    names = (reference_of(kind, identity, path), path.full_url)
    return frozenset(normalise_reference(name) for name in names if name is not None)
