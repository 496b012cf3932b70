"""Who goes from one step to another, and how many have advice in each run."""

from typing import Any

from msgspec import Struct


class Flow(Struct, frozen=True):
    """People who go from one step to another for one reason.

    `findings` are what the engine found otherwise, `advice` what changed of the advice at one step.
    """

    people: int
    before: str
    after: str
    findings: str
    advice: str
    lose_urgent: int


class Share(Struct, frozen=True):
    """Those with advice by step and urgency: people, and of 1000 people of the run."""

    rung: str
    urgency: str
    before: int
    before_per_1000: float
    after: int
    after_per_1000: float


class Comparison(Struct, frozen=True, kw_only=True):
    """What changed between two runs, with their manifests; `moved` counts other steps alone."""

    manifests: tuple[dict[str, Any], dict[str, Any]]
    people: int
    changed: int
    moved: int
    lose_urgent: int
    gain_urgent: int
    flows: tuple[Flow, ...]
    shares: tuple[Share, ...]
