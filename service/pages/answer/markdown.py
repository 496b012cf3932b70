"""Renders the Markdown of a card's detail: paragraphs, bold titles, links and escaped marks.

Those are all that `CardDetail.as_markdown` writes; anything else is shown as the text that it is.
"""

import re
from collections.abc import Iterator

from markupsafe import Markup, escape

NEW_TAB = Markup('target="_blank"')
"""Going back to an answer would mean to send the form again."""
_MARKS = re.compile(
    r"\\(?P<mark>[!-/:-@\[-`{-~])"
    r"|\*\*(?P<bold>(?:\\.|[^*\\])+)\*\*"
    r"|\[(?P<label>(?:\\.|[^\]\\])*)\]\((?P<address>https?://[^)\s]*)\)"
)


def render_markdown(text: str) -> Markup:
    """The text as HTML, every other character escaped."""
    paragraphs = (Markup("<p>%s</p>") % _inline(part) for part in text.split("\n\n"))
    return Markup("\n").join(paragraphs)


def _inline(text: str) -> Markup:
    return Markup("").join(_pieces(text))


def _pieces(text: str) -> Iterator[Markup]:
    at = 0
    for found in _MARKS.finditer(text):
        yield escape(text[at : found.start()])
        at = found.end()
        if found["mark"] is not None:
            yield escape(found["mark"])
        elif found["bold"] is not None:
            yield Markup("<strong>%s</strong>") % _inline(found["bold"])
        else:
            attributes = (" ", Markup('href="%s"') % found["address"], " ", NEW_TAB)
            yield Markup("<a%s%s%s%s>%s</a>") % (*attributes, _inline(found["label"]))
    yield escape(text[at:])
