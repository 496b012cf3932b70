"""What the wheel holds: everything below the three folders, and nothing else."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("fhir", "schemas", "service")
NOT_SOURCE = shutil.ignore_patterns("__pycache__", "*.pyc")


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two wheels built offline from clean copies (an old build/ would leak into them)."""
    first, second = (tmp_path_factory.mktemp("tree") for _ in range(2))
    return build(first), build(second, touched=1_000_000_000)  # files of another day


def build(copy: Path, *, touched: int | None = None) -> Path:
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, copy / folder, ignore=NOT_SOURCE)
    for file in ("pyproject.toml", "LICENSE"):
        shutil.copy2(ROOT / file, copy / file)
    if touched is not None:
        for path in copy.rglob("*"):
            os.utime(path, (touched, touched))
    # setuptools itself, not pip: an environment made without ensurepip has no pip inside.
    code = "from setuptools import build_meta; print(build_meta.build_wheel('.'))"
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", f"import os; os.umask(0o022); {code}"],
        check=False,
        cwd=copy,
        env={**os.environ, "SOURCE_DATE_EPOCH": "1764201600"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return copy / done.stdout.split()[-1]


@pytest.fixture(scope="module")
def wheel_names(wheels: tuple[Path, Path]) -> set[str]:
    with zipfile.ZipFile(wheels[0]) as wheel:
        return set(wheel.namelist())


def test_the_same_files_make_the_same_wheel(wheels: tuple[Path, Path]) -> None:
    """Given the umask and the time of the commit, as deploy/build-wheel gives them."""
    first, second = (file.read_bytes() for file in wheels)
    assert first == second


def test_wheel_holds_the_namespace_and_its_metadata_only(wheel_names: set[str]) -> None:
    tops = {name.split("/")[0] for name in wheel_names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"cobalamin"}
    assert "cobalamin/fhir/__init__.py" not in wheel_names
    assert "cobalamin/__init__.py" not in wheel_names


def test_wheel_holds_every_file_of_the_tree(wheel_names: set[str]) -> None:
    files = {
        f"cobalamin/{path.relative_to(ROOT).as_posix()}"
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {name for name in wheel_names if name.startswith("cobalamin/")} == files


def test_wheel_carries_the_licence(wheel_names: set[str]) -> None:
    assert [name for name in wheel_names if name.endswith(".dist-info/licenses/LICENSE")]
