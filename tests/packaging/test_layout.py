"""The shape of the tree that makes `cobalamin.*` and fhir.resources importable side by side."""

import ast
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("fhir", "schemas", "service")
VALUES = ("msgspec", "msgspec.structs")
CLOCKS_AND_EFFECTS = frozenset(
    {"io", "logging", "os", "pathlib", "random", "secrets", "socket", "subprocess", "sys"}
    | {"tempfile", "threading", "time", "uuid"}
)


def modules_below(folder: str) -> list[Path]:
    return sorted(path.relative_to(ROOT) for path in (ROOT / folder).rglob("*.py"))


def imported_by(module: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("folder", ["tests", "tools", "deploy"])
def test_folder_has_no_init_file(folder: str) -> None:
    assert list((ROOT / folder).rglob("__init__.py")) == []


def test_fhir_leaves_room_for_the_library_of_that_name() -> None:
    # Either would hide the installed fhir.resources from everything started here.
    assert not (ROOT / "fhir" / "__init__.py").exists()
    assert not (ROOT / "fhir" / "resources").exists()


def test_link_folder_holds_exactly_the_three_links() -> None:
    links = {path.name: str(path.readlink()) for path in (ROOT / ".path" / "cobalamin").iterdir()}
    assert links == {folder: f"../../{folder}" for folder in FOLDERS}
    assert [path.name for path in (ROOT / ".path").iterdir()] == ["cobalamin"]


def test_top_packages_have_empty_init_files() -> None:
    # Something imported there would make `import cobalamin.fhir.reader` circular.
    for folder in ("service", "schemas"):
        assert (ROOT / folder / "__init__.py").read_bytes() == b""


def test_every_package_is_listed_for_the_wheel() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    folders = {module.parent for folder in FOLDERS for module in modules_below(folder)}
    expected = sorted(".".join(("cobalamin", *folder.parts)) for folder in folders)
    assert settings["tool"]["setuptools"]["packages"] == expected


def test_every_folder_of_modules_but_fhir_itself_has_an_init_file() -> None:
    folders = {module.parent for top in FOLDERS for module in modules_below(top)} - {Path("fhir")}
    assert [
        folder for folder in sorted(folders) if not (ROOT / folder / "__init__.py").exists()
    ] == []


def test_test_files_have_unique_names() -> None:
    names = Counter(path.name for path in (ROOT / "tests").rglob("*.py"))
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("module", modules_below("service/rules"), ids=str)
def test_rules_import_only_pure_standard_library_and_structs(module: Path) -> None:
    foreign = {
        name
        for name in imported_by(module)
        if not name.startswith("cobalamin.service.rules")
        and name not in VALUES
        and (name.split(".")[0] not in sys.stdlib_module_names or name in CLOCKS_AND_EFFECTS)
    }
    assert foreign == set()


@pytest.mark.parametrize(
    "name",
    ["fhir.resources"]
    + [
        ".".join(("cobalamin", *module.with_suffix("").parts))
        for module in modules_below("fhir")
        if module.stem != "__init__"
    ]
    + ["cobalamin.service", "cobalamin.schemas"],
)
def test_module_imports_alone_in_a_fresh_process(name: str) -> None:
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "error", "-c", f"import {name}"],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
