"""A page of the service as tests read it."""

from html.parser import HTMLParser

VOID = {"meta", "br", "input", "hr", "col", "option"}
"""Elements without an end tag; that of an option may be left out."""
MAX_BYTES = 150_000
SELF_CLOSED = {"path", "rect", "line", "circle", "polyline", "polygon"}


class Page(HTMLParser):
    """Checks that every element is closed and every id unique; collects addresses and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name == "id":
                assert value not in self.ids, value
                self.ids.add(value or "")
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in SELF_CLOSED, tag
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.text += data


def checked_page(text: str, policy: str) -> Page:
    """The page: no script, nothing from elsewhere, no style outside of the sheet, not too large."""
    assert len(text.encode()) <= MAX_BYTES
    directives = dict(part.split(maxsplit=1) for part in policy.split("; "))
    assert directives["default-src"] == "'none'"
    assert directives["form-action"] == "'self'"
    assert directives["style-src"].startswith("'sha256-")
    assert "script-src" not in directives
    page = Page(text)
    assert {"script", "img", "link", "iframe", "object"}.isdisjoint(page.tags)
    assert page.tags.count("style") == page.tags.count("h1") == page.tags.count("main") == 1
    assert "style" not in page.attributes
    assert not any(name.startswith("on") for name in page.attributes)
    assert {link[1:] for link in page.links if link.startswith("#")} <= page.ids
    return page
