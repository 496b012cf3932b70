"""HTTP connections that another thread can abort in any phase of a request.

A socket timeout restarts with every byte, so a server that sends one byte now and then never times
out. Here each request holds a duplicate of its socket; shutting it down ends a connect, a TLS
handshake, headers and a body alike.
"""

import os
import socket
from contextlib import suppress
from ssl import SSLContext
from threading import Lock, local
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_current = local()


class AbortHandle:
    """Handle that lets another thread abort the current socket."""

    def __init__(self) -> None:
        self._handle: socket.socket | None = None
        self._lock = Lock()
        self._is_aborted = False

    def __enter__(self) -> "AbortHandle":
        _current.handle = self
        return self

    def __exit__(self, *_: object) -> None:
        _current.handle = None
        self._replace(None)

    def is_aborted(self) -> bool:
        """Whether the request was aborted, so that a response may be incomplete."""
        return self._is_aborted

    def abort(self) -> None:
        """Abort the current request and any later one with this handle."""
        with self._lock:
            self._is_aborted = True
            self._shut()

    def attach(self, descriptor: int) -> None:
        """Make the socket with this file descriptor the one to abort."""
        self._replace(socket.socket(fileno=os.dup(descriptor)))

    def _replace(self, handle: socket.socket | None) -> None:
        with self._lock:
            if self._handle is not None:
                self._handle.close()
            self._handle = handle
            if self._is_aborted:
                self._shut()

    def _shut(self) -> None:
        if self._handle is not None:
            with suppress(OSError):  # already closed
                self._handle.shutdown(socket.SHUT_RDWR)


def _attach(descriptor: int) -> None:
    handle: AbortHandle | None = getattr(_current, "handle", None)
    if handle is not None:
        handle.attach(descriptor)


class _AbortableConnection(HTTPConnection):
    """Attaches its socket, new or reused, to the abort handle of its thread."""

    def _new_conn(self) -> socket.socket:
        connection = super()._new_conn()
        _attach(connection.fileno())
        return connection

    def request(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - passed through
        if self.sock is not None:
            _attach(self.sock.fileno())
        super().request(*arguments, **options)


class _AbortableTlsConnection(_AbortableConnection, HTTPSConnection):
    """Abortable connection over TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _AbortableConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _AbortableTlsConnection


POOLS = {"http": _Pool, "https": _TlsPool}


class AbortableAdapter(HTTPAdapter):
    """Transport adapter with abortable connections, direct or through a proxy.

    All connections share one TLS context: requests would load every CA certificate again for each
    connection, which costs more than the rest of the handshake.
    """

    def __init__(self, tls_context: SSLContext, connections: int) -> None:
        self._tls_context = tls_context
        super().__init__(pool_maxsize=connections)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:  # noqa: ANN401
        manager = super().proxy_manager_for(proxy, proxy_ssl_context=self._tls_context, **options)
        manager.pool_classes_by_scheme = POOLS
        return manager

    def build_connection_pool_key_attributes(
        self,
        *arguments: Any,  # noqa: ANN401
        **options: Any,  # noqa: ANN401
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Pool key of a request, with the shared TLS context."""
        host, _ = super().build_connection_pool_key_attributes(*arguments, **options)
        return host, {"ssl_context": self._tls_context}

    def cert_verify(self, *_: object, **__: object) -> None:
        """Do nothing: the shared context verifies certificates."""
