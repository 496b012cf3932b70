"""Requests that go on while services are replaced, and what became of them."""

import json
import threading
import time
import urllib.error
import urllib.request
from contextlib import closing
from http.client import HTTPException
from itertools import cycle
from types import TracebackType
from typing import Self

from stack_services import Service

START_SECONDS = 120.0
TIMEOUT = 60.0
PAUSE = 0.02
SERVICE = "/cds-services/b12-patient-view"


class Load:
    """Sends one request after another from its own thread until it is left.

    With several addresses those are asked in turn that say they are ready.
    """

    def __init__(self, addresses: tuple[str, ...], key: str, request: bytes) -> None:
        self.answered = 0
        self.failures: list[str] = []
        self._addresses, self._key, self._request = addresses, key, request
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def wait_for(self, more: int) -> None:
        """Until so many further requests were sent.

        Raises:
            TimeoutError: they were not.
        """
        wanted, deadline = self._sent() + more, time.monotonic() + START_SECONDS
        while self._sent() < wanted:
            if time.monotonic() > deadline:
                raise TimeoutError("the requests do not go on")
            time.sleep(PAUSE)

    def _sent(self) -> int:
        return self.answered + len(self.failures)

    def _run(self) -> None:
        turns = cycle(self._addresses)
        while not self._ended.is_set():
            address = next(turns)
            if len(self._addresses) > 1 and not is_ready(address):
                time.sleep(PAUSE)
                continue
            failure = self._ask(address)
            if failure is None:
                self.answered += 1
            else:
                self.failures.append(failure)
            time.sleep(PAUSE)

    def _ask(self, address: str) -> str | None:
        """Send it once; what went wrong, None where a card came."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._key}"}
        request = urllib.request.Request(address + SERVICE, self._request, headers)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
                return None if json.load(answer)["cards"] else "no card"
        except urllib.error.HTTPError as error:
            with closing(error):
                return f"status {error.code}"
        except (OSError, HTTPException, ValueError) as error:
            return type(error).__name__


def is_ready(address: str) -> bool:
    """Whether /readyz is 200."""
    try:
        urllib.request.urlopen(f"{address}/readyz", timeout=TIMEOUT).close()  # noqa: S310
    except urllib.error.HTTPError as error:
        error.close()
        return False
    except (OSError, HTTPException):
        return False
    return True


def cards_counted(service: Service) -> int:
    """The cards that a service says it has made, in its metrics."""
    port = service.settings["COBALAMIN_METRICS_PORT"]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=TIMEOUT) as answer:
        lines = answer.read().decode().splitlines()
    found = [line.rpartition(" ")[2] for line in lines if line.startswith("cobalamin_cards_total{")]
    return int(sum(map(float, found)))


def wait_until_ready(address: str) -> None:
    """Until /readyz is 200.

    Raises:
        TimeoutError: it never was.
    """
    deadline = time.monotonic() + START_SECONDS
    while not is_ready(address):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{address} is not ready")
        time.sleep(0.1)
