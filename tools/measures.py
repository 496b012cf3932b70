"""Measures of the code's shape, compared with the limits of tools/measures.toml.

    python tools/measures.py            prints the measures; exit 1 where one is beyond its limit
    python tools/measures.py tighten    takes what has become better since as the new limits

Lines of a function are those from its `def` to its end, lines of a file are all of them. Typed is a
function whose parameters and answer have types. Documented is a module, or a public class, method
or function, that has a docstring; the limits count those that are not, because a share falls when
something documented goes. Only classes at the top of a module count as duplicates.
"""

import ast
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
KEPT = Path(__file__).with_suffix(".toml")
FOLDERS = ("service", "fhir", "schemas")
MOST_FUNCTION_LINES = 45
MOST_FILE_LINES = 350
CORRECT = "correct tools/measures.toml, or run `python tools/measures.py tighten`"

Function = ast.FunctionDef | ast.AsyncFunctionDef
Documented = ast.Module | ast.ClassDef | Function


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What was found, by the place that has it.

    `typed` and `documented` say of each place that could be so whether it is.
    """

    function_lines: Mapping[str, int]
    file_lines: Mapping[str, int]
    typed: Mapping[str, bool]
    documented: Mapping[str, bool]
    duplicate_classes: Mapping[str, int]

    @property
    def function_median(self) -> float:
        """Lines of the function in the middle."""
        return median(self.function_lines.values())

    @property
    def file_median(self) -> float:
        """Lines of the file in the middle."""
        return median(self.file_lines.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is still allowed.

    `long_files` may be longer than the others, each for the reason that it has; of each of
    `duplicate_classes` there may be this many.
    """

    function_median: float
    file_median: float
    untyped: int
    undocumented: int
    long_files: Mapping[str, str] = field(default_factory=dict)
    duplicate_classes: Mapping[str, int] = field(default_factory=dict)


def python_files(root: Path) -> Iterator[tuple[str, str]]:
    """Name and text of each module that is not empty."""
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            text = path.read_text("utf-8")
            if text:
                yield path.relative_to(root).as_posix(), text


def measure(files: Iterable[tuple[str, str]]) -> Measures:
    """The measures of these modules, each given by its name and text."""
    function_lines: dict[str, int] = {}
    file_lines: dict[str, int] = {}
    typed: dict[str, bool] = {}
    documented: dict[str, bool] = {}
    classes: Counter[str] = Counter()
    for name, text in files:
        module = ast.parse(text, name)
        file_lines[name] = len(text.splitlines())
        for function in _functions(module):
            place = f"{name}:{function.lineno} {function.name}"
            function_lines[place] = (function.end_lineno or 0) - function.lineno + 1
            typed[place] = _is_typed(function)
        for node, inner in _public(module):
            place = f"{name}:{getattr(node, 'lineno', 1)} {inner or 'the module'}"
            documented[place] = ast.get_docstring(node) is not None
        classes.update(
            node.name
            for node in module.body
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
        )
    return Measures(
        function_lines=function_lines,
        file_lines=file_lines,
        typed=typed,
        documented=documented,
        duplicate_classes={name: count for name, count in sorted(classes.items()) if count > 1},
    )


def _functions(module: ast.Module) -> Iterator[Function]:
    return (node for node in ast.walk(module) if isinstance(node, Function))


def _is_typed(function: Function) -> bool:
    given = function.args
    named = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    untyped = [one.arg for one in named if one is not None and one.annotation is None]
    return function.returns is not None and untyped in ([], ["self"], ["cls"])


def _public(node: Documented, name: str = "") -> Iterator[tuple[Documented, str]]:
    """A module or class and what is public in it, by name; what a function holds is its own."""
    yield node, name
    if isinstance(node, Function):
        return
    for inner in node.body:
        if isinstance(inner, ast.ClassDef | Function) and not inner.name.startswith("_"):
            yield from _public(inner, f"{name}.{inner.name}".lstrip("."))


# --- comparison


def faults(measures: Measures, limits: Limits) -> Iterator[str]:
    """One message for each measure beyond its limit, and for each exception no longer needed."""
    yield from _faults_of_size(measures, limits.long_files)
    for what, now, most in (
        ("function", measures.function_median, limits.function_median),
        ("file", measures.file_median, limits.file_median),
    ):
        if now > most:
            yield f"the median of {what} lines is {now:g}; it was {most:g}"
    for what, found, fewest in (
        ("types", measures.typed, limits.untyped),
        ("docstring", measures.documented, limits.undocumented),
    ):
        lacking = _lacking(found)
        if len(lacking) > fewest:
            yield f"{len(lacking)} without {what}, and there were {fewest}: {', '.join(lacking)}"
    yield from _faults_of_names(measures.duplicate_classes, limits.duplicate_classes)


def _faults_of_size(measures: Measures, long_files: Mapping[str, str]) -> Iterator[str]:
    for place, lines in measures.function_lines.items():
        if lines > MOST_FUNCTION_LINES:
            yield f"{place}: {lines} lines; a function has at most {MOST_FUNCTION_LINES}"
    for name, lines in measures.file_lines.items():
        if lines > MOST_FILE_LINES and name not in long_files:
            yield f"{name}: {lines} lines; a file has at most {MOST_FILE_LINES}"
    for name in long_files:
        if measures.file_lines.get(name, 0) <= MOST_FILE_LINES:
            yield f"{name} is no long file any more: {CORRECT}"


def _lacking(results: Mapping[str, bool]) -> list[str]:
    return [place for place, has in results.items() if not has]


def _faults_of_names(counts: Mapping[str, int], allowed: Mapping[str, int]) -> Iterator[str]:
    for name, count in counts.items():
        if count > allowed.get(name, 1):
            yield f"{count} public classes are named {name}: give each a name of its own"
    for name, count in allowed.items():
        if counts.get(name, 1) < count:
            yield f"there are no {count} classes named {name} any more: {CORRECT}"


def tightened(measures: Measures, limits: Limits) -> Limits:
    """The limits, with every one that the measures are better than moved to them."""
    return Limits(
        function_median=min(limits.function_median, measures.function_median),
        file_median=min(limits.file_median, measures.file_median),
        untyped=min(limits.untyped, len(_lacking(measures.typed))),
        undocumented=min(limits.undocumented, len(_lacking(measures.documented))),
        long_files={
            name: reason
            for name, reason in limits.long_files.items()
            if measures.file_lines.get(name, 0) > MOST_FILE_LINES
        },
        duplicate_classes={
            name: min(count, measures.duplicate_classes[name])
            for name, count in limits.duplicate_classes.items()
            if name in measures.duplicate_classes
        },
    )


# --- the kept limits


def read_limits(text: str) -> Limits:
    """The limits as they were kept.

    Raises:
        TypeError: a limit is missing or has no meaning.
    """
    return Limits(**tomllib.loads(text))


def to_toml(limits: Limits) -> str:
    """The limits as TOML."""
    lines = [
        "# What `make check` holds the code to. Limits only become tighter: by hand, or by",
        "# `python tools/measures.py tighten`. A function has at most 45 lines, a file 350.",
        f"function_median = {limits.function_median:g}",
        f"file_median = {limits.file_median:g}",
        f"untyped = {limits.untyped}",
        f"undocumented = {limits.undocumented}",
        "",
        "# Files that may be longer, each with the reason.",
        "[long_files]",
        *(f'"{name}" = "{reason}"' for name, reason in limits.long_files.items()),
        "",
        "# Names that public classes still share, and how many do.",
        "[duplicate_classes]",
        *(f"{name} = {count}" for name, count in limits.duplicate_classes.items()),
    ]
    return "\n".join(lines) + "\n"


def report(measures: Measures, limits: Limits) -> Iterator[str]:
    """Each measure on a line, with its limit."""
    yield (
        f"function lines: median {measures.function_median:g} (limit {limits.function_median:g}), "
        f"most {_longest(measures.function_lines)} (limit {MOST_FUNCTION_LINES})"
    )
    others = {
        name: lines for name, lines in measures.file_lines.items() if name not in limits.long_files
    }
    yield (
        f"file lines: median {measures.file_median:g} (limit {limits.file_median:g}), "
        f"most {_longest(others)} (limit {MOST_FILE_LINES})"
    )
    for name in limits.long_files:
        yield f"  longer: {measures.file_lines.get(name, 0)} in {name}"
    yield f"typed: {_share(measures.typed)} (at most {limits.untyped} are not)"
    yield f"documented in public: {_share(measures.documented)} (at most {limits.undocumented} not)"
    shared = ", ".join(f"{name} {count}" for name, count in measures.duplicate_classes.items())
    yield f"duplicate public class names: {shared or 'none'}"


def _longest(lines: Mapping[str, int]) -> str:
    longest = max(lines, key=lambda place: lines[place])
    return f"{lines[longest]} in {longest}"


def _share(results: Mapping[str, bool]) -> str:
    return f"{100 * sum(results.values()) / len(results):.2f} %, all but {len(_lacking(results))}"


def main(arguments: list[str]) -> int:
    """Prints and compares, or tightens."""
    if arguments not in ([], ["tighten"]):
        print("usage: measures.py [tighten]", file=sys.stderr)
        return 2
    measures, limits = measure(python_files(ROOT)), read_limits(KEPT.read_text("utf-8"))
    if arguments:
        limits = tightened(measures, limits)
        KEPT.write_text(to_toml(limits), encoding="utf-8")
    for line in report(measures, limits):
        print(line)
    problems = list(faults(measures, limits))
    for fault in problems:
        print(fault, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
