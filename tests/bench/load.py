"""Load on a loopback port: wrk where it is found, else a small client in a process of its own."""

import http.client
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

PATH = "/cds-services/b12-patient-view"
SCRIPT = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local file = io.open("{body}", "rb")
wrk.body = file:read("*all")
file:close()
done = function(summary, latency, requests)
  io.write(string.format("RESULT %d %d %f %f %d\\n", summary.requests, summary.duration,
    latency:percentile(50.0), latency:percentile(99.0),
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
"""
RESULT = re.compile(r"RESULT (\d+) (\d+) ([\d.]+) ([\d.]+) (\d+)")


class Load(NamedTuple):
    """What a round of requests took; latencies in milliseconds."""

    requests: int
    seconds: float
    median: float
    p99: float


def tool() -> str:
    """The client that will be used."""
    return "wrk" if shutil.which("wrk") else "the small client"


def apply(port: int, body: Path, connections: int, seconds: float) -> Load:
    """Requests with the body in a file, on so many connections, for so long."""
    if shutil.which("wrk"):
        return _wrk(port, body, connections, seconds)
    command = [sys.executable, __file__, str(port), str(body), str(connections), str(seconds)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Load(*json.loads(done.stdout))


def _wrk(port: int, body: Path, connections: int, seconds: float) -> Load:
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(SCRIPT.replace("{body}", str(body)))
        script.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--latency"]
        command += ["-s", script.name, f"http://127.0.0.1:{port}{PATH}"]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = RESULT.search(done.stdout)
    if found is None or int(found[5]):
        raise RuntimeError(f"the load failed: {done.stdout}")
    return Load(int(found[1]), int(found[2]) / 1e6, float(found[3]) / 1e3, float(found[4]) / 1e3)


def _small_client(port: int, body: bytes, connections: int, seconds: float) -> Load:
    taken: list[list[float]] = [[] for _ in range(connections)]
    began = time.monotonic()

    def ask(latencies: list[float]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        while time.monotonic() < began + seconds:
            start = time.perf_counter()
            connection.request("POST", PATH, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            if answer.status != http.HTTPStatus.OK:
                raise RuntimeError(f"status {answer.status}")
            latencies.append((time.perf_counter() - start) * 1e3)

    threads = [threading.Thread(target=ask, args=(latencies,)) for latencies in taken]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    every = sorted(latency for latencies in taken for latency in latencies)
    p99 = every[int(len(every) * 0.99)]
    return Load(len(every), time.monotonic() - began, statistics.median(every), p99)


if __name__ == "__main__":
    _port, _body, _connections, _seconds = sys.argv[1:]
    measured = _small_client(
        int(_port), Path(_body).read_bytes(), int(_connections), float(_seconds)
    )
    print(json.dumps(measured))
