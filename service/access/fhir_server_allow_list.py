"""The FHIR servers of a client: no other address is ever asked on its behalf."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from cobalamin.service.outgoing.addresses import is_safe, origin


def read_server(text: str) -> str:
    """The address of a FHIR server as the registry names it, without a slash at its end.

    Raises:
        ValueError: it is no https address (or http on loopback), or is more than host and path.
    """
    scheme, host, _ = origin(text)
    if not host or not is_safe(text) or text != f"{scheme}://{_rest(text)}":
        raise ValueError("not the address of a FHIR server")
    return text.rstrip("/")


def _rest(text: str) -> str:
    """Host, port and path, without a user, a query or a fragment."""
    parts = urlsplit(text)
    return parts.netloc.rpartition("@")[2] + parts.path


def registered(servers: Iterable[str], sent: str) -> str | None:
    """The registry's own spelling of the server that a call names; None for any other."""
    try:
        wanted = _place(sent)
    except ValueError:
        return None
    return next((server for server in servers if _place(server) == wanted), None)


def _place(url: str) -> tuple[tuple[str, str, int | None], str]:
    return origin(url), urlsplit(url).path.rstrip("/")
