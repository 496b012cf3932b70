"""No English for people stands in the code of rules, answers and pages: it is in the words.

Found are strings of two words or more, and single words with a capital letter, where they are no
docstring, no message of an error and no annotation. Rules still hold the texts of their notes.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SERVICE = Path(__file__).resolve().parents[3] / "service"
FILES = sorted(
    file for part in ("answers", "pages", "rules") for file in (SERVICE / part).rglob("*.py")
)
WORD = re.compile(r"(?<![\w/:.{-])[A-Za-z][a-z]+(?![\w/:}-])")
CAPITAL = re.compile(r"[A-Z][a-z]+")
WIRE = frozenset(
    {"Accept", "Answer", "Bundle", "Case", "Json", "Observation", "Parameters", "Task"}
)
"""Names of FHIR resources, of a header, and of types in `cast`, `TypeVar` and `Generic`."""
PATTERN = "(?:[A-VX-Za-vx-z0-9 ,.;()%'+=/-]++|[Ww](?![Ww])|:(?!/))*+"
HEADERS = (
    "default-src 'none'; style-src 'sha256-",
    "'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
)
NOT_PROSE = frozenset({PATTERN, *HEADERS, "; charset=utf-8"})
NOTES = frozenset(
    {
        "rules/evidence/date_checks.py",
        "rules/model/notes.py",
        "rules/model/units.py",
        "rules/plan/notes.py",
    }
)
"""The files whose strings are texts of notes about what was sent."""


def is_prose(text: str) -> bool:
    if text in NOT_PROSE:
        return False
    if " " in text:
        return WORD.search(text) is not None
    return CAPITAL.fullmatch(text) is not None and text not in WIRE


def literals(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every string that could be shown, with its line."""
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(id(node.value))
        elif isinstance(node, ast.Raise):
            skipped |= {id(inner) for inner in ast.walk(node)}
        elif isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
            skipped |= {id(inner) for inner in ast.walk(node.annotation)}
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
    for node in constants:
        if isinstance(node.value, str) and id(node) not in skipped:
            yield node.lineno, node.value


def prose_in(source: str) -> list[str]:
    return [f"{line}: {text}" for line, text in literals(ast.parse(source)) if is_prose(text)]


@pytest.mark.parametrize("file", [str(file.relative_to(SERVICE)) for file in FILES])
def test_no_prose_is_written_in_code(file: str) -> None:
    found = prose_in((SERVICE / file).read_text("utf-8"))
    assert bool(found) is (file in NOTES), found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('x = "not known"', True),
        ('x = f"{name}: at most {limit}"', True),
        ('x = " and ".join(names)', True),
        ('TITLE = "Cautions"', True),
        ('x = {"code": "b12-deficient", "type": "create"}', False),
        ('def f() -> None:\n    """A sentence about it."""', False),
        ('raise ValueError("a message for engineers")', False),
        ('x: "list[int] | None" = None', False),
        ('x = f"{first}; {second}"', False),
    ],
)
def test_the_check_finds_prose_and_nothing_else(source: str, found: bool) -> None:  # noqa: FBT001
    assert bool(prose_in(source)) is found
