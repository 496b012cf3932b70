"""Fetches a JWK Set from its pinned URL, with limits on time and size."""

from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic

import msgspec

from cobalamin.service.access.jwks import KeySet, KeySetError, parse_key_set
from cobalamin.service.outgoing.abortable import AbortHandle
from cobalamin.service.outgoing.http_client import HttpClient, HttpClientError

TIMEOUT_SECONDS = 3.0
MAX_BYTES = 256 * 1024
HEADERS = {"Accept": "application/json"}


def fetch_key_set(url: str, http: HttpClient, seconds: float = TIMEOUT_SECONDS) -> KeySet:
    """Fetch the JWK Set at the URL.

    Raises:
        KeySetError: it could not be fetched in time, or is not a JWK Set.
    """
    results: SimpleQueue[KeySet | KeySetError] = SimpleQueue()
    handle, deadline = AbortHandle(), monotonic() + seconds
    # In a thread, because a socket timeout does not end a response that sends a byte at a time.
    Thread(target=lambda: results.put(_fetch(url, http, handle, deadline)), daemon=True).start()
    try:
        result = results.get(timeout=seconds)
    except Empty:
        handle.abort()
        raise KeySetError("its server did not answer in time") from None
    if isinstance(result, KeySetError):
        raise result
    return result


def _fetch(
    url: str, http: HttpClient, handle: AbortHandle, deadline: float
) -> KeySet | KeySetError:
    try:
        body = http.get(url, HEADERS, handle=handle, deadline=deadline, max_bytes=MAX_BYTES)
        return parse_key_set(msgspec.json.decode(body))
    except KeySetError as error:
        return error
    except HttpClientError as error:
        status = "" if error.status is None else f" ({error.status})"
        return KeySetError(f"its server {error}{status}")
    except (msgspec.DecodeError, RecursionError, ValueError):
        return KeySetError("it is not JSON")
