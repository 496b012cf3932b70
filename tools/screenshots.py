"""Takes the pictures of docs/screenshots: cards as a CDS client shows them, in Chromium.

    PYTHONPATH=.path .venv/bin/python tools/screenshots.py [FOLDER]

Each picture shows the cards of one story in columns of 320, 480 and 640 pixels. The Markdown of a
detail is rendered by markdown-it-py without HTML, as CommonMark says; the page around it is ours.
Needs Debian's `chromium`, or the browser that CHROMIUM names; the service is called in process.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from jinja2 import Environment as Templates
from jinja2 import FileSystemLoader, select_autoescape
from markdown_it import MarkdownIt

if __name__ == "__main__":
    sys.path[:0] = ["deploy", "tests/support", "tests/golden"]

from stories import STORIES

from app import example
from client_bodies import BODIES
from cobalamin.service.app import create_app
from cobalamin.service.settings import Environment, Settings
from entry_points import as_call

Json = dict[str, Any]
ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "screenshots"
DAY = date(2026, 11, 20)
WIDTHS = (320, 480, 640)
PAGE_WIDTH, PAGE_HEIGHT = 320, 1600
FRAME_WIDTH = sum(WIDTHS) + 4 * 12
PUBLIC_URL = "https://cobalamin.example.org"
CALLS: dict[str, Json] = {
    "deficient-with-nerves": example("patient-view.json"),
    "vegan": BODIES["vegan"],
    "borderline-on-metformin": BODIES["borderline on metformin"],
    "severe-anaemia": as_call(STORIES["severe-anaemia"]),
    "nitrous-oxide": as_call(STORIES["nitrous-oxide"]),
    "folic-acid-chosen": BODIES["folic acid chosen"],
    "tablets-with-nerves": BODIES["tablets signed"],
    "child": as_call(STORIES["a-child"]),
}
"""The eight stories by the name of their picture."""
EXPLAINED = "b12NeurologicalTreatment"


class Browser:
    """Chromium without a window."""

    def __init__(self, profile: Path) -> None:
        name = os.environ.get("CHROMIUM", "chromium")
        found = shutil.which(name)
        if found is None:
            sys.exit(f"screenshots: {name} is not installed; `apt-get install chromium`")
        self._command = [found, "--headless", "--disable-gpu", "--hide-scrollbars"]
        self._command += ["--disable-lcd-text", f"--user-data-dir={profile}"]
        if os.geteuid() == 0:
            self._command.append("--no-sandbox")

    def height_of(self, page: Path, width: int) -> int:
        """How high the whole page is at this width, in pixels."""
        script = "<script>document.title = document.documentElement.scrollHeight</script>"
        measured = page.with_suffix(".measured.html")
        measured.write_text(page.read_text("utf-8") + script, "utf-8")
        command = [*self._command, f"--window-size={width},100", "--dump-dom", measured.as_uri()]
        shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return int(shown.partition("<title>")[2].partition("</title>")[0])

    def take(self, page: Path, picture: Path, width: int, height: int) -> None:
        """The picture of a page at this size."""
        command = [*self._command, f"--window-size={width},{height}"]
        command += [f"--screenshot={picture}", page.as_uri()]
        subprocess.run(command, check=True, capture_output=True)


def cards_of(call: Json) -> list[Json]:
    """The cards for a call, each with its detail as HTML."""
    settings = Settings(
        environment=Environment.development, public_url=PUBLIC_URL, show_unavailable=True
    )
    client = create_app(settings, today=lambda: DAY).test_client()
    answer = client.post(f"/cds-services/b12-{call['hook']}", json=call)
    markdown = MarkdownIt("commonmark", {"html": False})
    return [
        {**card, "html": markdown.render(card["detail"])} for card in answer.get_json()["cards"]
    ]


def card_pages() -> Iterator[tuple[str, str]]:
    """The name and the HTML of each story."""
    templates = Templates(
        loader=FileSystemLoader(ROOT / "tools"), autoescape=select_autoescape(("html",))
    )
    for name, call in CALLS.items():
        page = templates.get_template("screenshots.html")
        yield name, page.render(cards=cards_of(call), widths=WIDTHS)


def why_page() -> str:
    """The page that explains the first story's card."""
    app = create_app(Settings(environment=Environment.development), today=lambda: DAY)
    return app.test_client().get(f"/why/{EXPLAINED}").text


def main(arguments: list[str]) -> None:
    """Writes every picture anew."""
    folder = Path(arguments[0]) if arguments else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        browser = Browser(work / "profile")
        for story, html in card_pages():
            page = work / f"{story}.html"
            page.write_text(html, "utf-8")
            height = browser.height_of(page, FRAME_WIDTH)
            browser.take(page, folder / f"{story}.png", FRAME_WIDTH, height)
        page = work / "why.html"
        page.write_text(why_page(), "utf-8")
        browser.take(page, folder / "why.png", PAGE_WIDTH, PAGE_HEIGHT)


if __name__ == "__main__":
    main(sys.argv[1:])
