"""What an address says about where it leads."""

from urllib.parse import urlsplit

from cobalamin.service.settings import is_loopback

PORTS = {"https": 443, "http": 80}


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port.

    Raises:
        ValueError: it is no address.
    """
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or PORTS.get(parts.scheme)


def is_safe(url: str) -> bool:
    """Whether nobody on the way can read what is sent there: https, or http on loopback."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
