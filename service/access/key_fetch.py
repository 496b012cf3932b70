"""Fetches a key set from its pinned address, within a deadline and a size."""

from queue import Empty, SimpleQueue
from threading import Thread

import msgspec
import requests

from cobalamin.service.access.key_sets import KeySet, KeySetError, read_key_set

CONNECT_SECONDS, READ_SECONDS, ALL_SECONDS = 2.0, 2.0, 3.0
LARGEST = 256 * 1024


def fetch_key_set(url: str, seconds: float = ALL_SECONDS) -> KeySet:
    """The key set at the address.

    Raises:
        KeySetError: it could not be had in time, or is none.
    """
    answers: SimpleQueue[KeySet | KeySetError] = SimpleQueue()
    # A thread, because no timeout of a socket ends a server that sends one byte at a time.
    Thread(target=lambda: answers.put(_fetched(url)), daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except Empty:
        raise KeySetError("its server did not answer in time") from None
    if isinstance(answer, KeySetError):
        raise answer
    return answer


def _fetched(url: str) -> KeySet | KeySetError:
    try:
        return read_key_set(msgspec.json.decode(_body(url)))
    except KeySetError as error:
        return error
    except requests.RequestException as error:
        return KeySetError(f"its server could not be asked ({type(error).__name__})")
    except (msgspec.DecodeError, RecursionError, ValueError):
        return KeySetError("it is not JSON")


def _body(url: str) -> bytes:
    with requests.get(
        url,
        timeout=(CONNECT_SECONDS, READ_SECONDS),
        allow_redirects=False,
        stream=True,
        headers={"Accept": "application/json"},
    ) as answer:
        if answer.status_code != requests.codes.ok:
            raise KeySetError(f"its server answered {answer.status_code}")
        body = b""
        for part in answer.iter_content(8192):
            body += part
            if len(body) > LARGEST:
                raise KeySetError("it is larger than 256 KiB")
        return body
