"""The numbers of a review packet: each limit with its sign, those that nobody verified first."""

import re
from collections.abc import Iterable, Iterator, Mapping

from cobalamin.service.rules.model.parameter import Parameter, Verification
from packet_text import LEAF, STATES, UNITS, Packet, table

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
# The limits that decide most patients, in the order in which they are read.
DECIDE = (
    "b12_total_deficient",
    "b12_total_unlikely",
    "b12_total_very_low",
    "b12_total_pregnancy_deficient",
    "b12_active_deficient",
    "b12_active_unlikely",
    "mma_raised",
    "mma_raised_older",
    "mma_kidney_gate",
    "homocysteine_raised",
    "mcv_macrocytic",
    "haemoglobin_women",
    "haemoglobin_men",
    "haemoglobin_pregnant",
    "haemoglobin_with_cytopenia",
    "haemoglobin_severe",
    "haemoglobin_same_day",
)
# The rows of a table that a leaf holds.
MOST_ROWS = 32
HEAD = ("when", "then", "source", "agree", "object", "item")


def numbers(packet: Packet) -> Iterator[str]:
    """Every limit, those that nobody verified first."""
    yield f"\n{LEAF}# Numbers\n"
    yield (
        "†: where the report sends no limit. ‡: where haemoglobin is unknown. No source: the"
        " project’s own. ″: as above. [Cases on both sides](../rules.md#limits)."
    )
    limits = _parameters(packet)
    yield "\n## The limits that decide"
    first = (_row(packet, name, limits[name], with_state=True) for name in DECIDE)
    yield from table(HEAD, _without_repeats(first))
    for state, heading in NAMES.items():
        mine = [
            name for name, one in limits.items() if one.verification is state and name not in DECIDE
        ]
        for start in range(0, len(mine), MOST_ROWS):
            begins = LEAF if start or state is not Verification.source else ""
            part = "continued" if start else f"{len(mine)} more"
            yield f"\n{begins}## {heading}: {part}"
            shown = mine[start : start + MOST_ROWS]
            rows = (_row(packet, name, limits[name]) for name in shown)
            yield from table(HEAD, _without_repeats(rows))


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


def _without_repeats(rows: Iterable[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """The rows with ″ for what is compared and for a source, where the row above has them too."""
    above = ("", "")
    for subject, limit, then, source, *rest in rows:
        shown = [
            "″" if one and one == other else one
            for one, other in zip((subject, source), above, strict=True)
        ]
        yield (f"{shown[0]} {limit}", then, shown[1], *rest)
        above = (subject, source)


def _row(packet: Packet, name: str, one: Parameter, *, with_state: bool = False) -> tuple[str, ...]:
    subject, _, then = split_label(one.label)
    for words, mark in MARKS.items():
        then = then.replace(words, mark)
    source = "" if one.source in OURS else packet.source(one.source)
    if with_state:
        then += STATES[one.verification]
    return subject, limit_text(one), then, source, *packet.boxes(f"number:{name}")


def _parameters(packet: Packet) -> Mapping[str, Parameter]:
    thresholds = packet.profile.knowledge.thresholds
    names = (name for name in thresholds.__struct_fields__ if not name.startswith(EQUATION))
    return {name: getattr(thresholds, name) for name in names}
