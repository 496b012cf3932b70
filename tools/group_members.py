"""Prints service/rules/evidence/group_members.py: the members of each group of groups.toml.

The rules read no file, so the members come to them as a module. Imports nothing of the service,
because that could not be imported while a group is missing.
"""

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

FILE = Path(__file__).resolve().parent.parent / "service" / "knowledge" / "groups.toml"
LINE = 100
HEAD = '''\
"""The members of each group, from `knowledge/groups.toml`; `make docs` writes this module."""

from collections.abc import Mapping

INCLUDES: Mapping[str, tuple[str, ...]] = {
'''


def tuples(name: str, codes: list[str]) -> Iterator[str]:
    """One entry of a mapping as the formatter writes it."""
    line = f'    "{name}": ({", ".join(f"{chr(34)}{code}{chr(34)}" for code in codes)}'
    one = f"{line},)," if len(codes) == 1 else f"{line}),"
    if len(one) <= LINE:
        yield one
        return
    yield f'    "{name}": ('
    yield from (f'        "{code}",' for code in codes)
    yield "    ),"


def page() -> str:
    """The whole module."""
    groups = tomllib.loads(FILE.read_text("utf-8"))
    lines = [HEAD.rstrip("\n")]
    for name, group in groups.items():
        if "includes" in group:
            lines += tuples(name, group["includes"])
    lines += ["}", "MEMBERS: Mapping[str, tuple[str, ...]] = {"]
    for name, group in groups.items():
        if "members" in group:
            lines += tuples(name, group["members"])
    return "\n".join((*lines, "}")) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
