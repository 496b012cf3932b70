"""Leaves of a review packet: which headings begin one, their numbers, and links that name them.

A leaf is printed on a page of its own, so that its number is the number of the page.
"""

import re
from collections.abc import Mapping

from packet_text import LEAF, anchor

HEADING = re.compile(rf"^({LEAF}?)(#{{1,3}} (.*))$")
LINK = re.compile(r"\[([^\]]*)\]\(#([^)]*)\)")
CONTENTS = "**Contents"


def number_leaves(text: str) -> str:
    """The packet with the number of each leaf below its heading and in each link within.

    A heading after the mark `LEAF` begins a leaf; the first heading of all begins the first.
    """
    lines: list[str] = []
    leaf, leaves = 1, dict[str, int]()
    for line in text.split("\n"):
        found = HEADING.match(line)
        if found is None:
            lines.append(line)
            continue
        leaf += bool(found[1])
        leaves[anchor(found[3])] = leaf
        lines += [found[2], "", f"*– {leaf} –*"] if found[1] else [found[2]]
    return "\n".join(_named(line, leaves) for line in lines) + "\n"


def _named(line: str, leaves: Mapping[str, int]) -> str:
    """A line with the leaf of each heading that it links to; the list of contents says no more."""
    template = "[{0}](#{1}) {2}" if line.startswith(CONTENTS) else "[{0}, leaf {2}](#{1})"
    return LINK.sub(lambda link: template.format(link[1], link[2], leaves[link[2]]), line)
