"""Fetches a key set from its pinned address, within a deadline and a size."""

from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic

import msgspec

from cobalamin.service.access.jwks import KeySet, KeySetError, read_key_set
from cobalamin.service.outgoing.abortable import Line
from cobalamin.service.outgoing.http_client import Web, WebError

ALL_SECONDS = 3.0
LARGEST = 256 * 1024
HEADERS = {"Accept": "application/json"}


def fetch_key_set(url: str, web: Web, seconds: float = ALL_SECONDS) -> KeySet:
    """The key set at the address.

    Raises:
        KeySetError: it could not be had in time, or is none.
    """
    answers: SimpleQueue[KeySet | KeySetError] = SimpleQueue()
    line, until = Line(), monotonic() + seconds
    # A thread, because no timeout of a socket ends a server that sends one byte at a time.
    Thread(target=lambda: answers.put(_fetched(url, web, line, until)), daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except Empty:
        line.cut()
        raise KeySetError("its server did not answer in time") from None
    if isinstance(answer, KeySetError):
        raise answer
    return answer


def _fetched(url: str, web: Web, line: Line, until: float) -> KeySet | KeySetError:
    try:
        body = web.get(url, HEADERS, line=line, until=until, largest=LARGEST)
        return read_key_set(msgspec.json.decode(body))
    except KeySetError as error:
        return error
    except WebError as error:
        status = "" if error.status is None else f" ({error.status})"
        return KeySetError(f"its server {error}{status}")
    except (msgspec.DecodeError, RecursionError, ValueError):
        return KeySetError("it is not JSON")
