"""The verbs are the same everywhere they are named."""

import os
import re
from pathlib import Path

import pytest

import dev
import environment

ROOT = Path(__file__).resolve().parents[2]


def test_makefile_delegates_every_verb() -> None:
    line = re.search(
        r"^VERBS := (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert line is not None
    assert line[1].split() == list(dev.VERBS)


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_page_names_only_verbs_that_exist(page: str) -> None:
    file = ROOT / page
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    assert set(re.findall(r"`make ([a-z]+)", text)) <= set(dev.VERBS)


def test_every_verb_says_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert dev.main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines] == list(dev.VERBS)
    assert all(len(line.split()) > 3 for line in lines)


def test_unknown_verb_is_refused_with_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert dev.main(["deploy"]) == 1
    assert "no verb 'deploy'; there are run, test," in capsys.readouterr().err


def test_settings_that_put_packages_elsewhere_do_not_reach_a_verb(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[dict[str, str]] = []

    def verb(_arguments: list[str]) -> int:
        seen.append(dict(os.environ))
        return 0

    monkeypatch.setitem(dev.VERBS, "audit", verb)
    for name in environment.DIVERTING:
        monkeypatch.setenv(name, "elsewhere")
    monkeypatch.setenv("PIP_RETRIES", "2")
    assert dev.main(["audit"]) == 0
    assert seen[0].keys().isdisjoint(environment.DIVERTING)
    assert seen[0]["PIP_RETRIES"] == "2"


def test_port_that_is_no_port_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORT", "80.5")
    monkeypatch.setattr(dev, "ensure_environment", lambda: ROOT)
    assert dev.main(["run"]) == 1
    assert "PORT is '80.5'; it must be a number from 1 to 65535" in capsys.readouterr().err
