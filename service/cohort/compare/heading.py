"""What was compared: the two runs by their manifests."""

from collections.abc import Iterator
from typing import Any

from cobalamin.service.cohort.compare.flows import Comparison
from cobalamin.service.cohort.compare.markdown import markdown_table

OTHER_INPUTS = "The inputs differ, so that not every change is one of knowledge."
OTHER_DAY = "The runs assess on different days, so that not every change is one of knowledge."
HASH_LENGTH = 19


def run_lines(found: Comparison) -> Iterator[str]:
    """A table of the two runs."""
    rows = [
        ("version", *[str(one["version"]) for one in found.manifests]),
        ("profile", *[str(one["profile"]) for one in found.manifests]),
        ("knowledge", *[_knowledge(one) for one in found.manifests]),
        ("site file", *[_short(one["knowledge"]["site"]) for one in found.manifests]),
        ("people", *[f"{one['rows']:,}" for one in found.manifests]),
        ("refused", *[f"{sum(one['refused'].values()):,}" for one in found.manifests]),
    ]
    yield from markdown_table(("", "before", "after"), rows)


def warning_lines(found: Comparison) -> Iterator[str]:
    """What else but the knowledge differs between the runs."""
    before, after = found.manifests
    if _digests(before) != _digests(after):
        yield OTHER_INPUTS
    if before["asOf"] != after["asOf"]:
        yield OTHER_DAY


def _digests(manifest: dict[str, Any]) -> list[str]:
    return sorted(one["sha256"] for one in manifest["inputs"])


def _knowledge(manifest: dict[str, Any]) -> str:
    known = manifest["knowledge"]
    return f"{known['version']}, {_short(known['hash'])}"


def _short(text: str | None) -> str:
    return "none" if text is None else text[:HASH_LENGTH]
