from pathlib import Path

import pytest

import generated

PRINT_ONE = ("-c", "print('one')")


@pytest.fixture(autouse=True)
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(generated, "ROOT", tmp_path)
    monkeypatch.setattr(generated, "DOCUMENTS", {"page.md": PRINT_ONE})
    return tmp_path


def test_written_document_is_fresh(capsys: pytest.CaptureFixture[str]) -> None:
    assert generated.main(["write"]) == 0
    assert capsys.readouterr().out == "page.md\n"
    assert generated.main(["check"]) == 0


def test_edited_document_is_stale(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "page.md").write_text("two\n", encoding="utf-8")
    assert generated.main(["check"]) == 1
    error = capsys.readouterr().err
    assert "-two\n+one\n" in error
    assert "page.md is stale; run `make docs`" in error


def test_other_verb_is_refused() -> None:
    assert generated.main([]) == 2
