"""Sends the body on standard input to a service that may still be starting; prints the answer.

    python3 deploy/ask.py http://127.0.0.1:8000/cds-services/b12-patient-view < request.json

Exit 0 when the answer holds a card, 1 otherwise.
"""

import json
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing

SECONDS = 20


def ask(url: str, body: bytes) -> bytes:
    """The answer; asks again while nobody listens, for at most SECONDS."""
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            with closing(error):
                return bytes(error.read())
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def main() -> int:
    """Prints what came back, indented."""
    answer = json.loads(ask(sys.argv[1], sys.stdin.buffer.read()))
    print(json.dumps(answer, indent=2, ensure_ascii=False))
    return 0 if answer.get("cards") else 1


if __name__ == "__main__":
    sys.exit(main())
