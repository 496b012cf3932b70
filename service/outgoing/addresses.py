"""Helpers for URLs."""

from urllib.parse import urlsplit

from cobalamin.service.environment_reader import is_loopback

PORTS = {"https": 443, "http": 80}


def origin(url: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port.

    Raises:
        ValueError: the URL is malformed.
    """
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or PORTS.get(parts.scheme)


def is_safe(url: str) -> bool:
    """Whether a URL is safe for patient data: https, or http on loopback."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
