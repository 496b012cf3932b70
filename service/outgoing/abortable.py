"""Connections that another thread can cut, in whatever phase a server keeps one waiting.

A socket's timeout counts from one byte to the next, so a server that sends a byte now and then
is never timed out. Here each exchange keeps a second handle on its socket; shutting that down ends
a connect, a handshake, headers or a body alike.
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

_here = local()


class Line:
    """The socket of one exchange at a time, as a handle for cutting it."""

    def __init__(self) -> None:
        self._handle: socket.socket | None = None
        self._changing = Lock()
        self._is_cut = False

    def __enter__(self) -> "Line":
        _here.line = self
        return self

    def __exit__(self, *_: object) -> None:
        _here.line = None
        self._replace(None)

    def was_cut(self) -> bool:
        """Whether what came over this line may have ended early."""
        return self._is_cut

    def cut(self) -> None:
        """Ends what is going on, and whatever begins on this line later."""
        with self._changing:
            self._is_cut = True
            self._shut()

    def hold(self, number: int) -> None:
        """Take the socket with this file number as the one to cut."""
        self._replace(socket.socket(fileno=os.dup(number)))

    def _replace(self, handle: socket.socket | None) -> None:
        with self._changing:
            if self._handle is not None:
                self._handle.close()
            self._handle = handle
            if self._is_cut:
                self._shut()

    def _shut(self) -> None:
        if self._handle is not None:
            with suppress(OSError):  # it had ended by itself
                self._handle.shutdown(socket.SHUT_RDWR)


def _hold(number: int) -> None:
    line: Line | None = getattr(_here, "line", None)
    if line is not None:
        line.hold(number)


class _Cuttable(HTTPConnection):
    """Gives its socket to the line of its thread, when it is new and when it is used again."""

    def _new_conn(self) -> socket.socket:
        made = super()._new_conn()
        _hold(made.fileno())
        return made

    def request(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - passed through
        if self.sock is not None:
            _hold(self.sock.fileno())
        super().request(*arguments, **options)


class _CuttableTls(_Cuttable, HTTPSConnection):
    """The same over TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Cuttable


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _CuttableTls


POOLS = {"http": _Pool, "https": _TlsPool}


class CuttableAdapter(HTTPAdapter):
    """What requests sends through, with such connections, straight and by a proxy.

    Whom it believes is one context, made once: requests would read every authority's certificate
    again for each connection, which costs more than the rest of a hand-shake.
    """

    def __init__(self, trusted: SSLContext, connections: int) -> None:
        self._trusted = trusted
        super().__init__(pool_maxsize=connections)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:  # noqa: ANN401
        manager = super().proxy_manager_for(proxy, proxy_ssl_context=self._trusted, **options)
        manager.pool_classes_by_scheme = POOLS
        return manager

    def build_connection_pool_key_attributes(
        self,
        *arguments: Any,  # noqa: ANN401
        **options: Any,  # noqa: ANN401
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Where a request goes, and whose connections it may use."""
        host, _ = super().build_connection_pool_key_attributes(*arguments, **options)
        return host, {"ssl_context": self._trusted}

    def cert_verify(self, *_: object, **__: object) -> None:
        """Nothing more is to be set: the context says it."""
