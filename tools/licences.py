"""The licence gate: every locked package that is shipped has a licence from the list below.

Reads the metadata of the installed packages, so it needs no network. What a package says of itself
is taken in the order of trust: SPDX expression, classifiers, free text.
"""

import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from locked import Pin, pins_of, read_lock

LOCK = Path(__file__).resolve().parent.parent / "requirements.lock"

# Each allows use inside an Apache-2.0 work without a condition on the work as a whole.
ALLOWED = frozenset(
    {
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "ISC",
        "MIT",
        "MIT-0",
        "MIT-CMU",
        "MPL-2.0",
        "PSF-2.0",
        "Unlicense",
        "ZPL-2.1",
    }
)

# What older metadata calls them.
SPELLINGS = {
    "3-clause bsd license": "BSD-3-Clause",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "bsd license": "BSD-3-Clause",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
}

# Libraries under a licence that asks something for their own files alone: shipped as published,
# beside the project and replaceable, they leave the project's terms as they are (decision 0032).
LIBRARIES = {"psycopg": "LGPL-3.0-only", "psycopg-binary": "LGPL-3.0-only"}

# Read by a person, because the metadata says nothing usable: name -> licence.
READ_BY_HAND: dict[str, str] = {}


def is_allowed(expression: str) -> bool:
    """Whether the SPDX expression can be met with allowed licences alone."""
    choices = re.split(r"\s+OR\s+", expression.replace("(", " ").replace(")", " ").strip())
    return any(set(re.split(r"\s+AND\s+", choice.strip())) <= ALLOWED for choice in choices)


def licence_of(package: Distribution) -> str:
    """The licence as an SPDX expression where one can be made out; otherwise its own words."""
    name = package.metadata["Name"].lower()
    if name in READ_BY_HAND:
        return READ_BY_HAND[name]
    if "License-Expression" in package.metadata:
        return package.metadata["License-Expression"]
    classifiers = package.metadata.get_all("Classifier") or []
    named = [text.rsplit(" :: ", 1)[1] for text in classifiers if text.startswith("License ::")]
    named = [text for text in named if text != "OSI Approved"]
    words = named or package.metadata.get_all("License") or ["not stated"]
    return " AND ".join(SPELLINGS.get(word.lower(), word) for word in words)


def refusals(pins: tuple[Pin, ...]) -> list[str]:
    """One message for each package whose licence is not on the list."""
    messages = []
    for pin in pins:
        try:
            licence = licence_of(distribution(pin.name))
        except PackageNotFoundError:
            if pin.marker is None:
                messages.append(f"{pin.name}: not installed; run `make test` once")
            continue
        if not is_allowed(licence) and LIBRARIES.get(pin.name) != licence:
            messages.append(f"{pin.name} {pin.version}: {licence.splitlines()[0]!r} is not allowed")
    return messages


def main() -> int:
    """Prints every refusal; exit 1 when there is one."""
    shipped = pins_of(read_lock(LOCK.read_text(encoding="utf-8")), ["runtime", "cohort", "tracing"])
    refused = refusals(shipped)
    print("\n".join(refused), file=sys.stderr, end="\n" if refused else "")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
