"""Prints what is shipped as a CycloneDX 1.5 document: the locked packages that serving needs.

Versions and who asks for whom come from requirements.lock, licences from the installed packages.
The same lock and environment give the same document.

    python tools/sbom.py > sbom.cdx.json
"""

import json
import re
import sys
import uuid
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from licences import ALLOWED, LIBRARIES, licence_of
from locked import Pin, pins_of, read_lock

LOCK = Path(__file__).resolve().parent.parent / "requirements.lock"
SHIPPED = ("runtime", "tracing")
NAME, LICENCE = "cobalamin", "Apache-2.0"
Json = dict[str, Any]


def document(lock: str, version: str) -> Json:
    """The document for a lock file and a version of this project."""
    pins = pins_of(read_lock(lock), SHIPPED)
    installed = [pin for pin in pins if is_installed(pin)]
    purls = {pin.name: f"pkg:pypi/{pin.name}@{pin.version}" for pin in installed}
    own = f"pkg:pypi/{NAME}@{version}"
    contents: Json = {
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": NAME,
                "version": version,
                "purl": own,
                "licenses": [{"license": {"id": LICENCE}}],
            }
        },
        "components": [_component(pin, purls[pin.name]) for pin in installed],
        "dependencies": [
            {"ref": own, "dependsOn": sorted(purls[pin.name] for pin in installed if _is_own(pin))},
            *(
                {"ref": ref, "dependsOn": _wanted(name, purls, installed)}
                for name, ref in purls.items()
            ),
        ],
    }
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(contents, sort_keys=True))
    head = {"bomFormat": "CycloneDX", "specVersion": "1.5", "serialNumber": f"urn:uuid:{serial}"}
    return {**head, "version": 1, **contents}


def is_installed(pin: Pin) -> bool:
    """Whether the package is there: one with a marker may be for other machines alone."""
    try:
        return distribution(pin.name).version == pin.version
    except PackageNotFoundError:
        if pin.marker is None:
            raise
        return False


def _component(pin: Pin, purl: str) -> Json:
    return {
        "type": "library",
        "bom-ref": purl,
        "name": pin.name,
        "version": pin.version,
        "purl": purl,
        "licenses": [_licence(licence_of(distribution(pin.name)))],
    }


def _licence(text: str) -> Json:
    """An SPDX expression where all of its names are known to be some, else the words."""
    names = set(re.split(r"\s+(?:OR|AND)\s+", re.sub(r"[()]", " ", text).strip()))
    if names <= ALLOWED | set(LIBRARIES.values()):
        return {"expression": text}
    return {"license": {"name": text.splitlines()[0]}}


def _is_own(pin: Pin) -> bool:
    roots = {f"{NAME} (pyproject.toml)", *(f"{NAME} (pyproject.toml:{one})" for one in SHIPPED)}
    return not roots.isdisjoint(pin.wanted_by)


def _wanted(name: str, purls: dict[str, str], pins: list[Pin]) -> list[str]:
    return sorted(purls[pin.name] for pin in pins if name in pin.wanted_by)


def main() -> int:
    """Prints the document."""
    from cobalamin.service.version import VERSION  # noqa: PLC0415 - of the installed package

    json.dump(document(LOCK.read_text("utf-8"), VERSION), sys.stdout, indent=1)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
