"""The one lock file: hashed, free of index addresses, and in step with pyproject.toml."""

import base64
import hashlib
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from environment import install_arguments, pip_into
from locked import Pin, pins_of, read_lock

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
SPARK_LOCK = (ROOT / "requirements-spark.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def asked_for(group: str | None) -> set[str]:
    """Names that the lock says the project itself asked for."""
    root = f"cobalamin (pyproject.toml{':' + group if group else ''})"
    return {pin.name for pin in read_lock(LOCK) if root in pin.wanted_by}


def named(requirements: list[str]) -> set[str]:
    names = (re.split(r"[\[<>=!~; ]", requirement)[0] for requirement in requirements)
    return {re.sub(r"[-_.]+", "-", name).lower() for name in names}


def has_hash(pin: Pin) -> bool:
    return any("--hash=sha256:" in line for line in pin.lines)


@pytest.mark.parametrize("lock", [LOCK, SPARK_LOCK], ids=["main", "Spark"])
def test_every_pin_has_a_hash(lock: str) -> None:
    assert [pin.name for pin in read_lock(lock) if not has_hash(pin)] == []


@pytest.mark.parametrize("lock", [LOCK, SPARK_LOCK], ids=["main", "Spark"])
def test_lock_names_no_index(lock: str) -> None:
    found = re.findall(
        r"^.*(?:://|index-url|find-links|\w\.(?:org|com|io|net)\b).*$", lock, re.MULTILINE
    )
    assert found == []


def test_spark_has_a_lock_of_its_own_that_agrees_with_the_main_one() -> None:
    groups, extras = PROJECT["dependency-groups"], PROJECT["project"]["optional-dependencies"]
    assert extras["spark"] == ["cobalamin[cohort]", *groups["spark"]]
    own = {pin.name: pin.version for pin in read_lock(SPARK_LOCK)}
    assert {"pyspark", "py4j", "pandas", "pyarrow", "numpy"} <= set(own)
    shared = {pin.name: pin.version for pin in read_lock(LOCK) if pin.name in own}
    assert "pyspark" not in shared
    assert {name: own[name] for name in shared} == shared


def test_lock_answers_every_requirement_of_the_project() -> None:
    groups = PROJECT["dependency-groups"]
    assert asked_for(None) == named(PROJECT["project"]["dependencies"])
    assert asked_for("build") == named(groups["build"])
    assert asked_for("dev") == named(groups["dev"])
    assert asked_for("cohort") == named(groups["cohort"])
    assert asked_for("tracing") == named(groups["tracing"])
    extras = PROJECT["project"]["optional-dependencies"]
    assert extras.keys() == {"cohort", "spark", "tracing"}
    assert all(extras[name] == groups[name] for name in ("cohort", "tracing"))


def test_shipped_packages_leave_the_test_tools_out() -> None:
    shipped = {pin.name for pin in pins_of(read_lock(LOCK), ["runtime"])}
    assert {"flask", "werkzeug", "fhir-core"} <= shipped
    assert shipped.isdisjoint(
        {"pytest", "mypy", "ruff", "setuptools", "duckdb", "opentelemetry-sdk"}
    )


def make_wheel(folder: Path, name: str, version: str, *metadata: str) -> str:
    """Writes a wheel without code into the folder; its sha256."""
    info = f"{name}-{version}.dist-info"
    described = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *metadata, ""]
    files = {
        f"{info}/METADATA": "\n".join(described),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    path = folder / f"{name}-{version}-py3-none-any.whl"
    record = ""
    with zipfile.ZipFile(path, "w") as archive:
        for member, text in files.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
            record += f"{member},sha256={digest.decode()},{len(text)}\n"
            archive.writestr(member, text)
        archive.writestr(f"{info}/RECORD", f"{record}{info}/RECORD,,\n")
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_newer_release_of_a_package_pinned_with_an_extra_is_not_looked_for(
    tmp_path: Path,
) -> None:
    index = tmp_path / "index"
    index.mkdir()
    top = make_wheel(index, "top", "1.0", "Requires-Dist: base[x]>=1")
    base = make_wheel(index, "base", "1.0", "Provides-Extra: x")
    make_wheel(index, "base", "2.0", "Provides-Extra: x")
    lock = tmp_path / "requirements.lock"
    lock.write_text(f"base==1.0 --hash=sha256:{base}\ntop==1.0 --hash=sha256:{top}\n")
    to = tmp_path / "installed"
    offline = ["--no-index", "--find-links", str(index), "--target", str(to)]
    pip = [*pip_into(Path(sys.prefix)), *install_arguments(lock), *offline]
    subprocess.run(pip, check=True, timeout=60)  # noqa: S603 - pip and paths of this test
    assert {path.name for path in to.glob("*.dist-info")} == {
        "base-1.0.dist-info",
        "top-1.0.dist-info",
    }


def test_the_container_installs_its_locks_the_same_way() -> None:
    text = (ROOT / "deploy" / "Containerfile").read_text(encoding="utf-8")
    installs = [
        line
        for line in text.replace("\\\n", " ").split("&&")
        if re.search(r"install .*\.lock", line)
    ]
    assert len(installs) == 2
    assert all("--no-deps" in line and "--require-hashes" in line for line in installs)
