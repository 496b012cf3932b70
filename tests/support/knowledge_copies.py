"""A copy of the knowledge that a test may change, in place of the knowledge of the project."""

import shutil
from pathlib import Path

import pytest

from cobalamin.service.knowledge import toml_files

ROOT = toml_files.ROOT


def use_copy(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Load the knowledge from a copy in the folder; the code systems are linked, not copied."""
    root = folder / "knowledge"
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns("*.py", "__pycache__", "terminology"))
    (root / "terminology").symlink_to(ROOT / "terminology")
    monkeypatch.setattr(toml_files, "ROOT", root)
    return root


def replace_text(file: Path, old: str, new: str) -> None:
    """Replace the first occurrence of a text in a file, which must hold it."""
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
