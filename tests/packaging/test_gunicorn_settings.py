"""The gunicorn settings, as read and as served with an application of three lines."""

import gc
import os
import runpy
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULE = "cobalamin.service.server.gunicorn_conf"
DEVELOPMENT = {"COBALAMIN_ENVIRONMENT": "development"}

APPLICATION = """\
import gc

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    seldom = gc.isenabled() and gc.get_freeze_count() and gc.get_threshold()[0] > 10_000
    return [b"frozen" if seldom else b"not frozen"]
"""


def settings_with(monkeypatch: pytest.MonkeyPatch, **environment: str) -> dict[str, Any]:
    for name in ("HOST", "PORT", "WEB_CONCURRENCY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {**DEVELOPMENT, **environment}.items():
        monkeypatch.setenv(name, value)
    try:
        return runpy.run_module(MODULE)
    finally:
        gc.enable()  # the settings switch it off for the process that starts


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def text_from(port: int) -> str:
    for _ in range(100):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                return str(answer.read().decode())
        except urllib.error.URLError:
            time.sleep(0.1)
    pytest.fail("gunicorn did not answer within 10 s")


def test_service_listens_on_loopback_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert settings_with(monkeypatch)["bind"] == ["127.0.0.1:8000"]
    assert settings_with(monkeypatch, HOST="::1", PORT="81")["bind"] == ["[::1]:81"]


def test_workers_are_the_cores_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings_with(monkeypatch)["workers"] == len(os.sched_getaffinity(0))
    assert settings_with(monkeypatch, WEB_CONCURRENCY="7")["workers"] == 7


@pytest.mark.parametrize("name", ["PORT", "WEB_CONCURRENCY"])
def test_a_wrong_setting_ends_the_server_with_78(name: str) -> None:
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "gunicorn", "--config", f"python:{MODULE}", "three_lines:app"],
        check=False,
        env={**os.environ, **DEVELOPMENT, name: "0"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 78
    assert done.stderr.startswith(f"{name}: must be ")


def test_service_answers_and_stops_without_touching_the_home_folder(tmp_path: Path) -> None:
    (tmp_path / "three_lines.py").write_text(APPLICATION, encoding="utf-8")
    home = tmp_path / "home"
    home.mkdir()
    port = free_port()
    environment = {
        "HOME": str(home),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "WEB_CONCURRENCY": "1",
    }
    server = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "gunicorn", "--config", f"python:{MODULE}", "three_lines:app"],
        cwd=tmp_path,
        env={**os.environ, **DEVELOPMENT, **environment},
        stderr=subprocess.DEVNULL,
    )
    try:
        assert text_from(port) == "frozen"
    finally:
        server.send_signal(signal.SIGTERM)
    assert server.wait(timeout=30) == 0
    assert list(home.iterdir()) == []
