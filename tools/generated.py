"""Documents that are made from the code: `check` compares them with it, `write` makes them anew.

To add one, put a line into DOCUMENTS: the file, and the arguments for the environment's Python
that print its whole text on standard output.
"""

import difflib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

DOCUMENTS: dict[str, tuple[str, ...]] = {
    "service/rules/evidence/group_members.py": ("tools/group_members.py",),
    "service/knowledge/review/cases.json": ("tools/review_cases.py",),
    "docs/rules.md": ("tools/rules_page.py",),
    "docs/review/texts.md": ("tools/review_texts.py",),
    "docs/review/uk-nice.md": ("tools/review_packet.py", "uk-nice", "md"),
    "docs/review/uk-nice.html": ("tools/review_packet.py", "uk-nice", "html"),
    "docs/review/uk-nice.svg": ("tools/review_packet.py", "uk-nice", "svg"),
    "docs/review/us-aafp.md": ("tools/review_packet.py", "us-aafp", "md"),
    "docs/review/us-aafp.html": ("tools/review_packet.py", "us-aafp", "html"),
    "docs/review/us-aafp.svg": ("tools/review_packet.py", "us-aafp", "svg"),
    "docs/knowledge.md": ("tools/knowledge_page.py",),
    "docs/names.md": ("tools/names_page.py",),
    "docs/terminology.json": ("tools/terminology.py",),
    "service/http/openapi.json": ("tools/openapi.py",),
    "service/http/reference.html": ("tools/reference_page.py",),
    "docs/examples/patient-view.answer.json": ("tools/example_answers.py", "patient-view.answer"),
    "docs/examples/assessment.answer.json": ("tools/example_answers.py", "assessment.answer"),
    "docs/examples/assessment.short.json": ("tools/example_answers.py", "assessment.short"),
    "README.md": ("tools/readme_card.py",),
}


def fresh_text(arguments: tuple[str, ...]) -> str:
    """What the generator prints now; its failure is an error here too."""
    command = [sys.executable, *arguments]
    done = subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE)
    return done.stdout.decode("utf-8")


def stale(name: str, arguments: tuple[str, ...]) -> str:
    """The difference between the document and what would be written now; empty when fresh."""
    file = ROOT / name
    kept = file.read_text(encoding="utf-8") if file.exists() else ""
    lines = difflib.unified_diff(
        kept.splitlines(keepends=True),
        fresh_text(arguments).splitlines(keepends=True),
        f"{name} (kept)",
        f"{name} (from the code)",
    )
    return "".join(lines)


def check() -> int:
    """Prints how each stale document differs; exit 1 when there is one."""
    differences = {name: stale(name, arguments) for name, arguments in DOCUMENTS.items()}
    changed = {name: text for name, text in differences.items() if text}
    for name, text in changed.items():
        print(f"{text}{name} is stale; run `make docs` and commit it", file=sys.stderr)
    return 1 if changed else 0


def write() -> int:
    """Writes every document anew."""
    for name, arguments in DOCUMENTS.items():
        (ROOT / name).write_text(fresh_text(arguments), encoding="utf-8")
        print(name)
    return 0


def main(arguments: list[str]) -> int:
    """`check` or `write`."""
    verbs = {"check": check, "write": write}
    if len(arguments) != 1 or arguments[0] not in verbs:
        print("usage: generated.py check|write", file=sys.stderr)
        return 2
    return verbs[arguments[0]]()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
