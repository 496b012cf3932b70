"""Allow list of FHIR servers of a client; no other server is called on its behalf."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from cobalamin.service.outgoing.addresses import is_safe, origin


def parse_fhir_server(text: str) -> str:
    """Parse the base URL of a FHIR server in the registry; a trailing slash is removed.

    Raises:
        ValueError: it is not an https URL (or http on loopback) of host and path only.
    """
    scheme, host, _ = origin(text)
    if not host or not is_safe(text) or text != f"{scheme}://{_host_and_path(text)}":
        raise ValueError("not the base URL of a FHIR server")
    return text.rstrip("/")


def _host_and_path(text: str) -> str:
    """Host, port and path, without user, query and fragment."""
    parts = urlsplit(text)
    return parts.netloc.rpartition("@")[2] + parts.path


def find_allowed(servers: Iterable[str], url: str) -> str | None:
    """Find a server in the list, in the spelling of the registry; None if it is missing."""
    try:
        wanted = _normalised(url)
    except ValueError:
        return None
    return next((server for server in servers if _normalised(server) == wanted), None)


def _normalised(url: str) -> tuple[tuple[str, str, int | None], str]:
    return origin(url), urlsplit(url).path.rstrip("/")
