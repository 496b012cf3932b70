"""What was compared: the two runs by their manifests."""

from collections.abc import Iterator
from typing import Any

from cobalamin.service.cohort.compare.flows import Comparison
from cobalamin.service.cohort.compare.markdown import markdown_table

OTHER_INPUTS = "The inputs differ, so that not every change is one of knowledge."
OTHER_DAY = "The runs assess on different days, so that not every change is one of knowledge."
HASH_LENGTH = 19


def run_lines(comparison: Comparison) -> Iterator[str]:
    """A table of the two runs."""
    rows = [
        ("version", *[str(manifest["version"]) for manifest in comparison.manifests]),
        ("profile", *[str(manifest["profile"]) for manifest in comparison.manifests]),
        ("knowledge", *[_knowledge(manifest) for manifest in comparison.manifests]),
        (
            "site file",
            *[_short(manifest["knowledge"]["site"]) for manifest in comparison.manifests],
        ),
        ("people", *[f"{manifest['rows']:,}" for manifest in comparison.manifests]),
        (
            "refused",
            *[f"{sum(manifest['refused'].values()):,}" for manifest in comparison.manifests],
        ),
    ]
    yield from markdown_table(("", "before", "after"), rows)


def warning_lines(comparison: Comparison) -> Iterator[str]:
    """What else but the knowledge differs between the runs."""
    before, after = comparison.manifests
    if _digests(before) != _digests(after):
        yield OTHER_INPUTS
    if before["asOf"] != after["asOf"]:
        yield OTHER_DAY


def _digests(manifest: dict[str, Any]) -> list[str]:
    return sorted(item["sha256"] for item in manifest["inputs"])


def _knowledge(manifest: dict[str, Any]) -> str:
    knowledge = manifest["knowledge"]
    return f"{knowledge['version']}, {_short(knowledge['hash'])}"


def _short(text: str | None) -> str:
    return "none" if text is None else text[:HASH_LENGTH]
