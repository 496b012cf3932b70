"""Checks that links between the project's Markdown pages lead somewhere, headings included."""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parent.parent
SKIPPED = {"build", "dist", "node_modules", "var"}
_LINK = re.compile(r"(?<!\\)\[[^\]]*\]\(\s*<?(?P<target>[^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
_REFERENCE = re.compile(r"^\s{0,3}\[[^\]]+\]:\s+<?(?P<target>[^\s>]+)")
_HEADING = re.compile(r"^#{1,6}\s+(?P<text>.+?)\s*#*$")
_ELSEWHERE = re.compile(r"^(?:[a-z][a-z0-9+.-]*:|//)", re.IGNORECASE)


def markdown_files(root: Path) -> list[Path]:
    """Every Markdown page of the tree, hidden and generated folders left out."""
    pages = root.rglob("*.md")
    return sorted(page for page in pages if not _is_skipped(page.relative_to(root)))


def _is_skipped(path: Path) -> bool:
    return any(part in SKIPPED or part.startswith(".") for part in path.parts[:-1])


def broken_links(page: Path, root: Path) -> Iterator[str]:
    """One message for each link of the page that leads nowhere: `file:line: what`."""
    for number, line in _prose(page):
        for match in (*_LINK.finditer(_without_code(line)), *_REFERENCE.finditer(line)):
            target = match["target"]
            if not _ELSEWHERE.match(target) and (why := _why_broken(page, target, root)):
                yield f"{page.relative_to(root)}:{number}: {target}: {why}"


def _prose(page: Path) -> Iterator[tuple[int, str]]:
    """The numbered lines outside fenced code."""
    fence = ""
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        mark = re.match(r"\s*(```|~~~)", line)
        if mark and fence in ("", mark[1]):
            fence = "" if fence else mark[1]
        elif not fence:
            yield number, line


def _without_code(line: str) -> str:
    return re.sub(r"`[^`]*`", "", line)


def _why_broken(page: Path, target: str, root: Path) -> str | None:
    name, _, fragment = unquote(target).partition("#")
    file = page if not name else (root / name[1:] if name[0] == "/" else page.parent / name)
    if not file.exists():
        return "there is no such file"
    if fragment and file.suffix == ".md" and fragment not in _anchors(file):
        return "there is no such heading"
    return None


@cache
def _anchors(page: Path) -> frozenset[str]:
    seen: Counter[str] = Counter()
    anchors = set(re.findall(r"<a (?:id|name)=\"([^\"]+)\"", page.read_text(encoding="utf-8")))
    for _, line in _prose(page):
        if heading := _HEADING.match(line):
            slug = _slug(heading["text"])
            anchors.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
            seen[slug] += 1
    return frozenset(anchors)


def _slug(heading: str) -> str:
    """The anchor that repository hosts make of a heading."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")


def main() -> int:
    """Prints every broken link; exit 1 when there is one."""
    broken = [message for page in markdown_files(ROOT) for message in broken_links(page, ROOT)]
    print("\n".join(broken), file=sys.stderr, end="\n" if broken else "")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
