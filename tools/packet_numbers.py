"""The numbers of a review packet: each limit with its sign, those that nobody verified first."""

import re
from collections.abc import Iterator, Mapping

from cobalamin.service.rules.model.parameter import Parameter, Verification
from packet_text import UNITS, Packet, table, tick

# The constants of the CKD-EPI equation stand on the rules page: nobody judges them one by one.
EQUATION = ("egfr_scale", "egfr_kappa", "egfr_alpha", "egfr_slope", "egfr_age", "egfr_female")
OURS = frozenset({"project-rules", "project-limits"})
SIGNS = {
    "below": "<",
    "before": "<",
    "above": ">",
    "after": ">",
    "from": "≥",
    "within": "≤",
    "in": "≤",
    "for": "≤",
    "by": "≤",
    "up to": "≤",
}
LABEL = re.compile(rf"^(.+?) ({'|'.join(SIGNS)}) which (.+)$")
MARKS = {" where the report sends no limit": "†", " where the report sends no range": "†"}
MARKS |= {" where no haemoglobin is known": "‡"}
NAMES = {
    Verification.unverified: "C, verified by nobody",
    Verification.secondary: "B, read in a summary",
    Verification.computed: "D, computed",
    Verification.source: "A, read in the source",
}
HEAD = ("when", "then", "source", "☐ ☐")


def numbers(packet: Packet) -> Iterator[str]:
    """Every limit, those that nobody verified first."""
    yield "\n# Numbers, the unverified first\n"
    yield (
        "†: where the report sends no limit. ‡: where haemoglobin is unknown. No source: the"
        " project’s own. [Cases](../rules.md#limits) stand on both sides of each."
    )
    limits = _parameters(packet)
    for state, heading in NAMES.items():
        mine = {name: one for name, one in limits.items() if one.verification is state}
        if mine:
            yield f"\n## {heading}: {len(mine)}"
            yield from table(HEAD, (_row(packet, name, one) for name, one in mine.items()))


def state_counts(packet: Packet) -> Mapping[Verification, int]:
    """How many limits are in each state of verification."""
    limits = _parameters(packet).values()
    return {state: sum(one.verification is state for one in limits) for state in NAMES}


def split_label(label: str) -> tuple[str, str, str]:
    """What is compared, the sign, and what follows: `Total B12`, `<`, `deficiency is confirmed`.

    Raises:
        ValueError: the label does not say on which side of the limit something follows.
    """
    found = LABEL.match(label)
    if found is None:
        raise ValueError(label)
    return found[1], SIGNS[found[2]], found[3]


def limit_text(one: Parameter) -> str:
    """`< 180 ng/L (133 pmol/L)`: the limit on its side, in each unit that has other digits."""
    subject, sign, _ = split_label(one.label)
    texts: dict[str, str] = {}
    for unit, value in one.value.items():
        digits = f"{value.normalize():f}".replace(".", "").strip("0")
        name = UNITS.get(unit, unit)
        said = name.casefold() in subject.casefold().split()
        texts.setdefault(digits, f"{value}" if said else f"{value} {name}")
    first, *others = texts.values()
    return f"{sign} {first}" + (f" ({', '.join(others)})" if others else "")


def _row(packet: Packet, name: str, one: Parameter) -> tuple[str, ...]:
    subject, _, then = split_label(one.label)
    for words, mark in MARKS.items():
        then = then.replace(words, mark)
    source = "" if one.source in OURS else packet.source(one.source)
    return f"{subject} {limit_text(one)}", then, source, tick(f"number:{name}")


def _parameters(packet: Packet) -> Mapping[str, Parameter]:
    thresholds = packet.profile.knowledge.thresholds
    names = (name for name in thresholds.__struct_fields__ if not name.startswith(EQUATION))
    return {name: getattr(thresholds, name) for name in names}
