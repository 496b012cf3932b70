"""Builds the WSGI environment of a request from its ASGI scope."""

import sys
from collections.abc import Mapping
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit
from wsgiref.types import WSGIEnvironment

Scope = Mapping[str, Any]
# What concerns the connection ends at the server: the application sees the length of a whole body,
# never chunks, and no offer to change the protocol.
_CONNECTION = frozenset({b"content-length", b"transfer-encoding", b"upgrade"})
_WITHOUT_PREFIX = {b"content-type": "CONTENT_TYPE"}
_NAMES: dict[bytes, str] = {}
_MAX_NAMES = 256


def build_environ(scope: Scope) -> WSGIEnvironment:
    """Build the environment of a request, without a body so far.

    `SCRIPT_NAME` is always empty: the service is mounted at the root, whatever a peer says.
    """
    host, port = scope.get("server") or ("", 0)
    client = scope.get("client")
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": path_of(scope).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0] if client else "",
        "REMOTE_PORT": str(client[1]) if client else "",
        "CONTENT_LENGTH": "0",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": BytesIO(),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        if name in _CONNECTION:
            continue
        key, text = _key(name), value.decode("latin-1")
        environ[key] = f"{environ[key]},{text}" if key in environ else text
    return environ


def path_of(scope: Scope) -> bytes:
    """The decoded path; of an absolute-form target (RFC 9112, 3.2.2) the part after the host."""
    raw: bytes = scope["raw_path"]
    if not raw.startswith(b"/"):
        raw = urlsplit(raw).path or raw
    return unquote_to_bytes(raw)


def _key(name: bytes) -> str:
    key = _NAMES.get(name)
    if key is None:
        text = name.decode("latin-1").upper().replace("-", "_")
        key = _WITHOUT_PREFIX.get(name) or f"HTTP_{text}"
        if len(_NAMES) < _MAX_NAMES:
            _NAMES[name] = key
    return key
