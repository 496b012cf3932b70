"""Load with a token for each request, by a small client in a process of its own."""

import http.client
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

PATH = "/cds-services/b12-patient-view"


def apply(port: int, body: Path, connections: int, tokens: Path) -> int:
    """Requests with the body in a file, one for each line of the other; returns their number."""
    command = [sys.executable, __file__, str(port), str(body), str(connections), str(tokens)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(done.stdout)


def _ask(port: int, body: bytes, tokens: Iterator[str], failed: list[int]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for token in tokens:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        connection.request("POST", PATH, body, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != http.HTTPStatus.OK:
            failed.append(answer.status)


def _main(port: int, body: bytes, connections: int, tokens: list[str]) -> int:
    failed: list[int] = []
    threads = [
        threading.Thread(target=_ask, args=(port, body, iter(tokens[at::connections]), failed))
        for at in range(connections)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise RuntimeError(f"status {failed[0]}")
    return len(tokens)


if __name__ == "__main__":
    _port, _body, _connections, _tokens = sys.argv[1:]
    _lines = Path(_tokens).read_text("ascii").split()
    print(_main(int(_port), Path(_body).read_bytes(), int(_connections), _lines))
