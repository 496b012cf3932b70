"""Takes the pictures of the pages for people in docs/screenshots, in Chromium.

    make test-browser ARGS=--collect-only        # installs playwright
    PYTHONPATH=.path:var/browser/packages .venv/bin/python tools/page_pictures.py [FOLDER]

Needs Debian's `chromium`, or the browser that CHROMIUM names. The service runs in this process, on
a free port of the loopback and on a fixed day.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from threading import Thread
from typing import Any

from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

from browser import find_chromium
from cobalamin.service.app import create_app
from cobalamin.service.settings import Environment, Settings

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
DAY = date(2026, 11, 20)
PICTURES = {
    "page-start": ("/", None, 1280, "light"),
    "page-try": ("/try", "falling", 1280, "light"),
    "page-try-phone-dark": ("/try", "falling", 320, "dark"),
    "page-muscles-dark": ("/try", "muscles", 1280, "dark"),
    "page-knowledge": ("/knowledge?q=b12_total", None, 1280, "light"),
    "page-knowledge-phone": ("/knowledge?q=b12_total_deficient", None, 320, "light"),
}
"""Address, story, width and colours of each picture; of an answer only the answer is shown."""


@contextmanager
def served() -> Iterator[str]:
    """The address of the service."""
    app = create_app(Settings(environment=Environment.development), today=lambda: DAY)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()


def take(browser: Any, site: str, name: str, folder: Path) -> None:  # noqa: ANN401 - of playwright
    """One picture of the whole page, or of the answer to a story."""
    path, story, width, scheme = PICTURES[name]
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{site}{path}")
    picture = folder / f"{name}.png"
    if story is None:
        page.screenshot(path=picture, full_page=True)
    else:
        page.locator(f"button[value={story}]").click()
        page.locator("#answer").screenshot(path=picture)
    context.close()
    print(picture)


def main(arguments: list[str]) -> int:
    """Take every picture into the folder."""
    chromium = find_chromium()
    if chromium is None:
        print("page_pictures: there is no chromium; `apt-get install chromium`")
        return 1
    folder = Path(arguments[0]) if arguments else FOLDER
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with served() as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=options)
        for name in PICTURES:
            take(browser, site, name, folder)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
