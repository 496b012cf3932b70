"""The block of a site file for codes that are not known, to be read before it is pasted."""

from collections.abc import Iterable, Iterator, Mapping

from cobalamin.service.knowledge.code_counts import NOT_KNOWN, CodeCount
from cobalamin.service.knowledge.site_codes import LocalCodes, LocalProduct
from cobalamin.service.rules.model.vocabulary import Analyte

MOST_SHOWN = 60


def site_block(
    counts: Iterable[CodeCount],
    proposals: Mapping[tuple[str, str], Analyte],
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
    unknown: Iterable[CodeCount], proposals: Mapping[tuple[str, str], Analyte]
) -> Iterator[str]:
    """A line for each code: first those that are proposed, once where several kinds have one."""
    proposed: dict[str, str] = {}
    others: list[str] = []
    for count in unknown:
        about = _about(count)
        analyte = proposals.get((count.system, count.code)) if count.kind == "result" else None
        if analyte is None:
            others.append(f'# {_quoted(count.code)} = ""  # {about}')
        else:
            line = f'{_quoted(count.code)} = "{analyte}"  # proposed by its name: {about}'
            proposed[count.code] = line
    yield from proposed.values()
    yield from others


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
