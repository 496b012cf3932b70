"""Messages by MLLP are counted under the names of every other way in."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from clients import write_registry
from cobalamin.service.app import build_configuration
from cobalamin.service.cli.mllp_metrics import served_metrics
from cobalamin.service.metrics.prometheus import PrometheusRecorder
from cobalamin.service.metrics.recording import METRICS
from cobalamin.service.mllp.options import MllpOptions
from cobalamin.service.settings import Settings, SettingsError, read_settings
from databases import migrated
from measured import counted, counting
from mllp import Listening, listening, oru

SERVICE = "mllp"


class Counted(NamedTuple):
    """A listener and what it counts."""

    listener: Listening
    recorder: PrometheusRecorder

    def value(self, name: str, /, **labels: str) -> float:
        """The sum of what was counted."""
        return counted(self.recorder, f"cobalamin_{name}", **labels)


@pytest.fixture
def watched() -> Iterator[Counted]:
    with counting() as recorder, listening(migrated(), MllpOptions(most_bytes=4096)) as running:
        yield Counted(running, recorder)


def test_a_message_is_a_request_and_an_evaluation_and_once_only(watched: Counted) -> None:
    with watched.listener.connect() as caller:
        for _ in range(2):
            caller.ask(oru("M1"))
        caller.ask(oru("M2", "not a number"))
        caller.ask(b"MSH|^~\\&|no ORU\r")
    assert watched.value("requests_total", route=SERVICE) == 4
    assert watched.value("requests_total", route=SERVICE, status="AA") == 3
    assert watched.value("request_seconds_count", route=SERVICE) == 4
    assert watched.value("evaluations_total", service=SERVICE) == 2
    assert watched.value("not_assessable_total", service=SERVICE) >= 1


def test_a_code_that_is_not_known_is_counted(watched: Counted) -> None:
    with watched.listener.connect() as caller:
        caller.ask(oru("M3", code="99999-9"))
    assert watched.value("unmapped_codes_total", reason="code-not-known") == 1


def test_what_is_no_frame_or_too_long_a_one_is_a_refusal(watched: Counted) -> None:
    with watched.listener.connect() as caller:
        caller.send(b"GET / HTTP/1.1\r\n")
        caller.ask(oru("M4"))
    assert watched.value("refusals_total", reason="malformed") == 1
    with watched.listener.connect() as caller:
        caller.send(b"\x0b" + b"x" * 10_000)
        assert caller.read() == b""
    assert watched.value("refusals_total", reason="body-too-large") == 1


def test_who_is_not_known_or_sends_too_much_is_an_authentication_failure(tmp_path: Path) -> None:
    far = '[clients.far]\ndoors = ["lab"]\nprofile = "uk-nice"\naddresses = ["192.0.2.0/24"]\n'
    near = far.replace("far", "near").replace("192.0.2.0/24", "127.0.0.1") + "rate_limit = 1\n"
    for entry, failure in ((far, "credential"), (near, "rate-limit")):
        folder = tmp_path / failure
        folder.mkdir()
        clients = write_registry(folder, entry)
        with counting() as recorder, listening(migrated(), clients=clients) as running:
            watched = Counted(running, recorder)
            with running.connect() as caller:
                for number in range(2 if failure == "rate-limit" else 0):
                    caller.ask(oru(f"R{number}"))
                if failure == "credential":
                    assert caller.read() == b""
            assert watched.value("authentication_failures_total", reason=failure) == 1


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = Settings(mllp_metrics_port=taken.getsockname()[1])
        configuration = build_configuration(settings)
        with (
            pytest.raises(SettingsError, match="COBALAMIN_MLLP_METRICS_PORT: Address already"),
            served_metrics(settings, configuration, None),
        ):
            pass
    assert METRICS.recorder is None


def test_the_port_is_another_one_than_those_of_the_service() -> None:
    environ = {"COBALAMIN_ENVIRONMENT": "development", "COBALAMIN_METRICS_PORT": "9464"}
    for port in ("9464", "8000"):
        with pytest.raises(SettingsError, match="COBALAMIN_MLLP_METRICS_PORT: must be another one"):
            read_settings({**environ, "COBALAMIN_MLLP_METRICS_PORT": port})
    settings = read_settings({**environ, "COBALAMIN_MLLP_METRICS_PORT": "9465"})
    assert settings.mllp_metrics_port == 9465
