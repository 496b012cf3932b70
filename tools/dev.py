"""One verb per task: `python3 tools/dev.py VERB [ARGUMENTS]`; the Makefile only calls this.

Needs Python 3.11 or newer with pip, and nothing else: everything further comes from
requirements.lock into `.venv`, which is made on first use.
"""

import sys

# Said before anything that an older Python could not read; hence no newer syntax in this file.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit(
        "cobalamin needs Python 3.11 or newer, and this is "
        + sys.version.split()[0]
        + ". Name another one, for example\n"
        "    make test PYTHON=python3.13   or   python3.13 tools/dev.py test"
    )
if sys.platform == "win32":
    sys.exit(
        "cobalamin is developed and served on Linux and its kin; on Windows use the subsystem for "
        "Linux, or `pip install .` for the command `cobalamin assess`."
    )

import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import audit as advisories
import browser
import spark_tests
from environment import DIVERTING, LOCK, ROOT, SetUpError, ensure_environment, make_empty, pip_into

EXAMPLE = "docs/examples/patient-view.json"
SERVICE = "cds-services/b12-patient-view"
MIGRATE = ("-m", "cobalamin.service", "db", "upgrade")
# A database that the environment names is its keeper's to migrate.
OTHER_DATABASE = {"COBALAMIN_DATABASE_URL", "COBALAMIN_DATABASE_URL_FILE"}
PORTS = range(1, 65536)
# A file stays with one process, because what its tests share is made once a process. One process
# more than there are cores, because tests of servers wait. Files keep their order, in which the few
# long tests of servers come first and no process is left alone with one of them.
PARALLEL = (
    f"--numprocesses={(os.cpu_count() or 1) + 1}",
    "--dist=loadfile",
    "--no-loadscope-reorder",
)
SOAK_PATHS = (".path", "tests/support", "tests/soak", "deploy")
SOAK = ("--messages", "600", "--connections", "10", "--kills", "2")
# The sets of the main lock beside what is needed to run.
GROUPS = ("build", "cohort", "dev", "tracing")
Verb = Callable[[list[str]], int]


def run(arguments: list[str]) -> int:
    """start the service on http://127.0.0.1:8000 (HOST and PORT override)"""
    python = ensure_environment()
    host, port = os.environ.get("HOST") or "127.0.0.1", _port()
    _refuse_taken(host, port)
    settings = {
        "COBALAMIN_ENVIRONMENT": "development",
        **os.environ,
        "HOST": host,
        "PORT": str(port),
    }
    if not OTHER_DATABASE & settings.keys():
        _migrate([str(python), *MIGRATE], settings)
    _say_where(host, port)
    command = [str(python), "-m", "cobalamin.service", "serve", *arguments]
    os.chdir(ROOT)
    # Replaces this process, so that signals reach the server itself.
    os.execve(command[0], command, settings)  # noqa: S606 - no shell is wanted


def test(arguments: list[str]) -> int:
    """run the whole test suite on every core (arguments go to pytest, in place of that)"""
    return _call("-m", "pytest", *(arguments or PARALLEL))


def test_browser(arguments: list[str]) -> int:
    """run the tests of the pages in Chromium (says SKIPPED where there is none)"""
    return browser.run_tests(arguments)


def test_mllp(arguments: list[str]) -> int:
    """soak the MLLP listener with senders of a library for node (says SKIPPED without it)"""
    python = ensure_environment()
    paths = os.pathsep.join(str(ROOT / folder) for folder in SOAK_PATHS)
    command = [str(python), "-m", "mllp_soak", "--sender", "node-hl7-client", *SOAK, *arguments]
    settings = {**os.environ, "PYTHONPATH": paths}
    return subprocess.run(command, check=False, cwd=ROOT, env=settings).returncode


def test_spark(arguments: list[str]) -> int:
    """run the tests of the engine on Apache Spark (says SKIPPED where it cannot be had)"""
    return spark_tests.run_tests(arguments)


def check(_arguments: list[str]) -> int:
    """format, lint, types, measures, coverage of the rules, imports, links, documents, licences"""
    steps = {
        "format": ("-m", "ruff", "format", "--check", "--quiet", "."),
        "lint": ("-m", "ruff", "check", "--quiet", "."),
        "types": ("-m", "mypy"),
        "measures": ("tools/measures.py",),
        "coverage of the clinical core": ("tools/core_coverage.py",),
        "import contract": (".venv/bin/lint-imports", "--no-logo", "--no-cache"),
        "links": ("tools/links.py",),
        "generated documents": ("tools/generated.py", "check"),
        "licences": ("tools/licences.py",),
    }
    # The import contract looks for modules in folders, which an editable install does not name.
    os.environ["PYTHONPATH"] = str(ROOT / ".path")
    results = {name: _step(name, arguments) for name, arguments in steps.items()}
    failed = [name for name, code in results.items() if code]
    print(f"check: failed: {', '.join(failed)}" if failed else "check: all clean")
    return 1 if failed else 0


def fix(_arguments: list[str]) -> int:
    """format the code and repair what the linter can repair"""
    repaired = _call("-m", "ruff", "check", "--fix", ".")
    return _call("-m", "ruff", "format", ".") or repaired


def bench(arguments: list[str]) -> int:
    """measure the performance ratios against the floor"""
    return _call("tests/bench/bench.py", *arguments)


def docs(_arguments: list[str]) -> int:
    """write the generated documents anew"""
    return _call("tools/generated.py", "write")


def image(arguments: list[str]) -> int:
    """build the container image with podman, buildah or docker (BASE names the base image)"""
    builder = next((name for name in ("podman", "buildah", "docker") if shutil.which(name)), None)
    if builder is None:
        return _fail("none of podman, buildah and docker is installed; install one of them")
    command = [builder, "build", "--file", "deploy/Containerfile", "--tag", "cobalamin"]
    if builder != "docker":
        command += ["--format", "docker"]  # the OCI format has no HEALTHCHECK
    for name, value in _image_arguments().items():
        command += ["--build-arg", f"{name}={value}"]
    return subprocess.run([*command, *arguments, "."], check=False, cwd=ROOT).returncode


def lock(arguments: list[str]) -> int:
    """write the lock files anew from pyproject.toml (--upgrade takes newer versions)"""
    groups = [word for name in GROUPS for word in ("--group", name)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "resolver")
        make_empty(folder)
        subprocess.run([*pip_into(folder), "install", "-qq", "uv"], check=True)
        command = [str(folder / "bin" / "python"), "-m", "uv", "pip", "compile", "--quiet"]
        command += ["--universal", "--python-version", "3.11", "--generate-hashes"]
        command += ["--no-emit-find-links", "--no-emit-index-url"]
        command += ["--custom-compile-command", "make lock", *arguments]
        main_lock = [*groups, "--output-file", LOCK.name, "pyproject.toml"]
        # Spark is used beside the rest, so what both need has one version.
        spark_lock = ["--constraints", LOCK.name, "--group", "spark"]
        spark_lock += ["--output-file", spark_tests.LOCK.name]
        for lock in (main_lock, spark_lock):
            code = subprocess.run([*command, *lock], check=False, cwd=ROOT).returncode
            if code:
                return code
        return 0


def audit(_arguments: list[str]) -> int:
    """look the locked packages up in the advisory database (3 where it could not be asked)"""
    return advisories.audit()


VERBS: dict[str, Verb] = {
    verb.__name__.replace("_", "-"): verb
    for verb in (
        run,
        test,
        test_browser,
        test_mllp,
        test_spark,
        check,
        fix,
        bench,
        docs,
        image,
        lock,
        audit,
    )
}


def _call(*arguments: str) -> int:
    python = ensure_environment()
    return subprocess.run([str(python), *arguments], check=False, cwd=ROOT).returncode


def _step(name: str, arguments: tuple[str, ...]) -> int:
    print(f"check: {name}", flush=True)
    return _call(*arguments)


def _port() -> int:
    text = os.environ.get("PORT") or "8000"
    if not (text.isascii() and text.isdigit() and int(text) in PORTS):
        raise SetUpError(f"PORT is {text!r}; it must be a number from 1 to {PORTS.stop - 1}")
    return int(text)


def _refuse_taken(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        why = str(error.strerror).partition(" (while")[0]
        message = f"cannot listen on {host} port {port}: {why}; try `PORT=8001 make run`"
        raise SetUpError(message) from error


def _migrate(command: list[str], settings: dict[str, str]) -> None:
    """Ends here where the database cannot be used; the command has said why."""
    code = subprocess.run(command, check=False, cwd=ROOT, env=settings).returncode
    if code:
        sys.exit(code)


def _say_where(host: str, port: int) -> None:
    base = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    print(
        f"Cobalamin on {base} ({_who_may_call()}; stop with Ctrl-C)\n"
        f"  services  {base}/cds-services\n"
        "  a card    curl -s -H 'Content-Type: application/json' "
        f"--data @{EXAMPLE} {base}/{SERVICE}",
        flush=True,
    )


def _who_may_call() -> str:
    registered = {"COBALAMIN_CLIENTS", "COBALAMIN_CLIENTS_FILE"} & os.environ.keys()
    return "registered clients only" if registered else "development: no client authentication"


def _image_arguments() -> dict[str, str]:
    """The base that the environment names, and what the labels of the image say."""
    version = re.search(r'"(.+)"$', (ROOT / "service/version.py").read_text("utf-8").strip())
    found = {"VERSION": version[1] if version else "unknown"}
    asked = ["git", "-C", str(ROOT), "log", "-1", "--format=%H %cI"]
    with suppress(OSError, ValueError):
        done = subprocess.run(asked, check=False, capture_output=True, text=True)
        found["REVISION"], found["CREATED"] = done.stdout.split()
    return found | {"BASE": os.environ["BASE"]} if "BASE" in os.environ else found


def _fail(message: str) -> int:
    print(f"cobalamin: {message}", file=sys.stderr)
    return 1


def main(arguments: list[str]) -> int:
    """Runs the named verb; lists all of them when none is named."""
    if not arguments:
        for name, verb in VERBS.items():
            print(f"  make {name:<6} {verb.__doc__}")
        return 0
    if arguments[0] not in VERBS:
        return _fail(f"no verb {arguments[0]!r}; there are {', '.join(VERBS)}")
    for name in DIVERTING:
        os.environ.pop(name, None)
    try:
        return VERBS[arguments[0]](arguments[1:])
    except SetUpError as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
