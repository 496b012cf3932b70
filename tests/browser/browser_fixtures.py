"""The service, the browser and axe-core for the tests in this folder; a plugin of pytest."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the service as it is served in development."""
    from databases import migrated  # noqa: PLC0415 - imported for these tests alone
    from serving import serving  # noqa: PLC0415

    settings = {"WEB_CONCURRENCY": "1", "COBALAMIN_DATABASE_URL": migrated()}
    with serving(tmp_path_factory.mktemp("served"), **settings) as server:
        yield f"http://127.0.0.1:{server.port}"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser; as root it runs without its own sandbox, as Chromium demands."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - not there without the verb

    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"], args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The text of axe-core."""
    path = os.environ.get("COBALAMIN_AXE")
    if not path:
        pytest.skip("SKIPPED: axe-core could not be installed")
    return Path(path).read_text("utf-8")
