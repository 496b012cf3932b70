"""Two calls as each kind of client gets them; `python tests/golden/kinds.py` writes anew."""

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path[:0] = ["deploy", "tests/support", "tests/golden"]

from app import EXAMPLES, app_with, example
from clients import key_entry, with_key, write_registry
from cobalamin.service.access.clients import ClientKind
from cobalamin.service.knowledge.site import load_site
from orders import daily, medicine, order_call
from steady import steady

KINDS = Path(__file__).parent / "kinds"
PUBLIC_URL = "https://b12.example.org"
ORDERABLE = """
[orderables.im-loading-neurological]
system = "urn:com.epic.cdshooks.action.code.system.preference-list-item"
code = "4711"
display = "Hydroxocobalamin course"
"""
EPIC = {
    "com.epic.cdshooks.request.bpa-trigger-action": "60",
    "com.epic.cdshooks.request.cds-hooks-specification-version": "1.1",
    "com.epic.cdshooks.request.fhir-version": "R4",
    "com.epic.cdshooks.request.criteria-id": "1",
    "com.epic.cdshooks.request.epic-version": "x",
    "com.epic.cdshooks.request.cds-hooks-implementation-version": "x",
}
Json = dict[str, Any]


def calls() -> dict[str, Json]:
    """A chart that is opened, and tablets that are signed although injections are due."""
    return {
        "patient-view": example("patient-view.json") | {"extension": EPIC},
        "order-sign": order_call(medicine("tablets", "11248", **daily(1, "mg"))),
    }


def site_file(folder: Path) -> Path:
    """A site that has codes of its own for two orders."""
    site = folder / "site.toml"
    site.write_text((EXAMPLES / "site.toml").read_text("utf-8") + ORDERABLE, "utf-8")
    return site


def answer_to(kind: ClientKind, call: Json, site: Path) -> Json:
    """What a client of this kind is answered at this site."""
    registry = write_registry(site.parent, key_entry("ehr", "cds") + f'kind = "{kind}"\n')
    app = app_with(clients=registry, public_url=PUBLIC_URL, site=site)
    path = f"/cds-services/b12-{call['hook']}"
    found = app.test_client().post(path, json=call, headers=with_key("ehr").headers)
    assert found.status_code == 200, found.text
    whole: Json = found.get_json()
    return whole


def answers() -> Iterator[tuple[str, str]]:
    """The name of each file with its text; identifiers are numbered as they appear."""
    for kind in ClientKind:
        for name, call in calls().items():
            with tempfile.TemporaryDirectory() as folder:
                site = site_file(Path(folder))
                whole = answer_to(kind, call, site)
                hashes = {"SITE-HASH": load_site(site).hash}
            text = json.dumps(whole, indent=1, ensure_ascii=False)
            yield f"{kind}-{name}.json", steady(text, hashes) + "\n"


def main() -> None:
    """Writes every file anew; read the difference before it is kept."""
    KINDS.mkdir(exist_ok=True)
    for name, text in answers():
        (KINDS / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
