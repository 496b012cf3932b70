"""The block of a site file for codes that are not known, to be read before it is pasted."""

from collections.abc import Iterable, Iterator, Mapping

from cobalamin.service.knowledge.code_counts import NOT_KNOWN, CodeCount
from cobalamin.service.knowledge.result_names import Proposal
from cobalamin.service.knowledge.site_codes import LocalCodes, LocalProduct

MOST_SHOWN = 60
CERTAIN = "proposed by its name: "
DOUBTFUL = "so by its name, but a unit is refused: "


def site_block(
    counts: Iterable[CodeCount],
    proposals: Mapping[tuple[str, str], Proposal],
    existing: LocalCodes | None = None,
) -> str:
    """The codes that stand alone and are not known, a table of TOML for each system.

    What a name tells is proposed; of the others the meaning is left open, in a comment. A table
    that the site file has `existing` is given whole, to stand in the place of the former one.
    """
    lines: list[str] = []
    for system, unknown in _unknown_by_system(counts).items():
        former = (existing or {}).get(system, {})
        lines += ["", *(["# In place of the table of this name:"] if former else [])]
        lines += [f"[codes.{_quoted(system)}]", *_former(former)]
        lines += _of_system(unknown, proposals)
    return "\n".join(lines).strip()


def _unknown_by_system(counts: Iterable[CodeCount]) -> dict[str, list[CodeCount]]:
    by_system: dict[str, list[CodeCount]] = {}
    for count in counts:
        if count.use in NOT_KNOWN and count.alone:
            by_system.setdefault(count.system, []).append(count)
    return by_system


def _of_system(
    unknown: Iterable[CodeCount], proposals: Mapping[tuple[str, str], Proposal]
) -> Iterator[str]:
    """A line for each code: first those that are proposed, once where several kinds have one."""
    proposed: dict[str, str] = {}
    others: list[str] = []
    for count in unknown:
        found = proposals.get((count.system, count.code)) if count.kind == "result" else None
        if found is not None and found.is_certain:
            proposed[count.code] = _line(count, found)
        else:
            others.append(f"# {_line(count, found)}")
    yield from proposed.values()
    yield from others


def _line(count: CodeCount, found: Proposal | None) -> str:
    named = "" if found is None else found.analyte.value
    why = "" if found is None else CERTAIN if found.is_certain else DOUBTFUL
    return f"{_quoted(count.code)} = {_quoted(named)}  # {why}{_about(count)}"


def _about(count: CodeCount) -> str:
    shown = f", shown as {_quoted(count.display[:MOST_SHOWN])}" if count.display else ""
    return f"{count.kind}, times: {count.alone}{shown}"


def _former(codes: Mapping[str, str | LocalProduct]) -> Iterator[str]:
    yield from (f"{_quoted(code)} = {_value(named)}" for code, named in codes.items())


def _value(named: str | LocalProduct) -> str:
    if isinstance(named, str):
        return _quoted(named)
    return f"{{ product = {_quoted(named.product)}, form = {_quoted(named.form)} }}"


def _quoted(text: str) -> str:
    """A basic string of TOML."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped) + '"'
