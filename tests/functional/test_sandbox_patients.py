"""The five made-up patients give the cards that their page promises."""

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app import EXAMPLES, ROOT
from cobalamin.service.cds_hooks.services import PATIENT_VIEW
from databases import free_port
from documented import blocks, run_blocks
from serving import serving

SERVER = EXAMPLES / "fhir_server.py"
PAGE = ROOT / "docs" / "integration" / "sandbox.md"
EXPECTED = {
    "ada": "warning",
    "ben": "info",
    "cleo": "info",
    "dan": "critical",
    "eve": "warning",
}
SAID = {"information": "info", "warning": "warning", "critical": "critical"}


def test_the_page_says_what_comes() -> None:
    rows = re.findall(r"^\| `(\w+)` \|.*\| (\w+): ", PAGE.read_text("utf-8"), re.MULTILINE)
    assert {key: SAID[kind] for key, kind in rows} == EXPECTED


@pytest.mark.parametrize("profile", ["uk-nice", "us-aafp"])
def test_each_patient_gets_the_card_of_the_page(tmp_path: Path, profile: str) -> None:
    (command,) = blocks(PAGE)
    with serving(tmp_path, WEB_CONCURRENCY="1", COBALAMIN_PROFILE=profile) as server:
        printed = run_blocks([command], tmp_path, server.port)
    found = dict(line.split("\t")[:2] for line in printed.splitlines())
    assert found == EXPECTED


@contextmanager
def fhir_server() -> Iterator[str]:
    """The server as a process of its own; its address."""
    port = free_port()
    with subprocess.Popen(  # noqa: S603
        [sys.executable, str(SERVER), "--port", str(port)],
        stdout=subprocess.PIPE,
        env={"PATH": os.environ["PATH"]},
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline().decode()
            assert line.endswith("has 5 patients\n")
            yield line.split()[0]
        finally:
            process.terminate()


def get(url: str) -> tuple[dict[str, object], str | None]:
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310
        return json.load(answer), answer.headers["Access-Control-Allow-Origin"]


def test_it_answers_what_a_sandbox_asks() -> None:
    with fhir_server() as base:
        metadata, origin = get(f"{base}/metadata")
        assert (metadata["fhirVersion"], origin) == ("4.0.1", "*")
        everybody, _ = get(f"{base}/Patient")
        assert everybody["total"] == 5
        ada, _ = get(f"{base}/Patient/ada")
        assert ada["id"] == "ada"
        results, _ = get(f"{base}/Observation?patient=ada&code=http://loinc.org|2132-9,787-2")
        assert results["total"] == 2
        nothing, _ = get(f"{base}/Procedure?patient=ada")
        assert nothing["total"] == 0
        with pytest.raises(urllib.error.HTTPError, match="404") as refused:
            get(f"{base}/Patient/nobody")
        refused.value.close()


def test_it_needs_python_alone() -> None:
    used = re.findall(r"^(?:from|import) (\w+)", SERVER.read_text("utf-8"), re.MULTILINE)
    assert set(used) <= sys.stdlib_module_names
    assert PATIENT_VIEW.id in SERVER.read_text("utf-8")
