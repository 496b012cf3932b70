"""The commands that the pages print, and what runs them as a reader would: a shell, or, for blocks
that hold calls of `cobalamin` alone, this process, which need not start a program for each line.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from click.testing import CliRunner, Result

from app import ROOT
from cobalamin.service.cli.main import main
from databases import free_port

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`(?:[^`\n]*/)?(cobalamin [a-z][^`\n]*)`")
PRINTED_PORT, PRINTED_MLLP_PORT = "8000", "2575"
SECONDS = 400
END = "trap 'kill $(jobs -p) 2>/dev/null || true; wait || true' EXIT"


def pages() -> list[Path]:
    """Every Markdown page of the project that is kept by hand."""
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return sorted(page for page in found if page.name != "CHANGELOG.md")


def blocks(page: Path, kind: str = "sh") -> list[str]:
    """The blocks of a page in this language, by default those for a shell, in order."""
    return [text for named, text in BLOCK.findall(page.read_text("utf-8")) if named == kind]


def commands(page: Path) -> Iterator[list[str]]:
    """The words of every call of `cobalamin` on a page, in blocks and in the text."""
    text = page.read_text("utf-8")
    lines = [line.split(" #")[0] for block in blocks(page) for line in unfolded(block)]
    for line in [*lines, *INLINE.findall(text)]:
        for part in re.split(r"&&|[|;()]", line):
            words = part.split()
            if "cobalamin" in (Path(word).name for word in words[:1]):
                yield [word for word in words[1:] if word not in ("&", "...")]


def unfolded(block: str) -> list[str]:
    """The lines of a block, those that end in a backslash put together."""
    return block.replace("\\\n", " ").splitlines()


def unknown_words(words: list[str]) -> str | None:
    """What of a call does not exist: a command or an option; None where all of it does."""
    command: click.Command = main
    is_value = False
    for word in words:
        if is_value:
            is_value = False
        elif word.startswith("--"):
            name, _, value = word.partition("=")
            options = {name: option for option in command.params for name in option.opts}
            if name not in {*options, "--version", "--help"}:
                return word
            is_value = not value and not getattr(options.get(name), "is_flag", True)
        elif isinstance(command, click.Group):
            if word not in command.commands:
                return word
            command = command.commands[word]
    return None


def invoke(block: str, **settings: str) -> list[Result]:
    """Call what each line of a block calls, in the present folder; an input may be redirected."""
    lines = [words for line in unfolded(block) if (words := shlex.split(line, comments=True))]
    assert all(words[0] == "cobalamin" for words in lines), block
    return [_call(words[1:], settings) for words in lines]


def _call(words: list[str], settings: dict[str, str]) -> Result:
    given = None
    if "<" in words:
        given = Path(words[-1]).read_text("utf-8")
        words = words[: words.index("<")]
    return CliRunner().invoke(main, words, input=given, env=settings)


def run_blocks(texts: list[str], folder: Path, port: int, **settings: str) -> str:
    """Run blocks one after another in one shell; returns what they print, on both outputs.

    The folder gets the examples, and `cobalamin` and `mllp_send` are those of this environment. The
    service listens on `port` in place of the printed one, and so does the listener on a free one.
    """
    (folder / "docs").mkdir(exist_ok=True)
    shutil.copytree(ROOT / "docs" / "examples", folder / "docs" / "examples")
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    _write_program(programs / "cobalamin", "-m cobalamin.service")
    _write_program(programs / "mllp_send", '-c "import hl7.client; hl7.client.mllp_send()"')
    text = "\n".join(texts).replace(f":{PRINTED_PORT}", f":{port}")
    text = text.replace(PRINTED_MLLP_PORT, str(free_port()))
    text = text.replace("set +a", f"set +a; export PORT={port}")
    done = subprocess.run(  # noqa: S603
        ["/bin/bash", "-euo", "pipefail", "-c", f"{END}\n{text}"],
        cwd=folder,
        env={
            "PATH": f"{programs}:{os.environ['PATH']}",
            "HOME": str(folder),
            "WEB_CONCURRENCY": "1",
            **settings,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=SECONDS,
        check=False,
    )
    printed = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, printed
    return printed


def _write_program(path: Path, arguments: str) -> None:
    """Write a program that runs this Python with arguments and with its own."""
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments} "$@"\n', "utf-8")
    path.chmod(0o755)
