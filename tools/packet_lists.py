"""The lists of a review packet: numbers, who counts as what, doses, cautions, cards, sentences."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from cobalamin.service.knowledge.review.groups import load_groups
from cobalamin.service.rules.model.parameter import Bound, Parameter, Verification
from packet_text import STATES, Packet, table

# The constants of the CKD-EPI equation stand on the rules page: nobody judges them one by one.
EQUATION = ("egfr_scale", "egfr_kappa", "egfr_alpha", "egfr_slope", "egfr_age", "egfr_female")
IN_BRACKETS = re.compile(r" \([^)]*\)")
DOCS = Path(__file__).resolve().parent.parent / "docs"
OURS = frozenset({"project-rules", "project-limits"})
UNITS = {
    "1": "times",
    "a": "years",
    "d": "days",
    "wk": "weeks",
    "mo": "months",
    "mL/min/{1.73_m2}": "mL/min/1.73 m²",
}
NAMES = {
    Verification.unverified: "C, verified by nobody",
    Verification.secondary: "B, read in a summary",
    Verification.computed: "D, computed",
    Verification.source: "A, read in the source",
}
ORDER = (
    Verification.unverified,
    Verification.secondary,
    Verification.computed,
    Verification.source,
)


def numbers(packet: Packet) -> Iterator[str]:
    """Every limit, those that nobody verified first."""
    yield "\n# Numbers, the unverified first"
    limits = _parameters(packet)
    for state in ORDER:
        mine = [one for one in limits if one.verification is state]
        yield f"\n## {NAMES[state]}: {len(mine)}"
        head = ("number", "value", "itself counts", "source", "agree", "object")
        if state is Verification.unverified:
            cases = "[Cases](../rules.md#limits) on both sides of each."
            yield f"\nA dash for source: the project’s own. {cases}"
        yield from table(head, (_number(packet, one) for one in mine))


def state_counts(packet: Packet) -> Mapping[Verification, int]:
    """How many limits are in each state of verification."""
    limits = _parameters(packet)
    return {state: sum(one.verification is state for one in limits) for state in ORDER}


def groups(packet: Packet) -> Iterator[str]:
    """Who counts as what, each group with its members in words."""
    facts = packet.profile.wording.facts
    yield "\n# Who counts as what\n"
    yield "A group that includes others has their members too."
    rows = []
    every = load_groups()
    for group in every.values():
        members = [facts.get(code, code.replace("_", " ")) for code in group.members]
        included = [f"*{every[other].title}*" for other in group.includes]
        rows.append(
            (
                f"**{group.title}** {group.counts_as}{STATES[group.verification]}",
                "; ".join((*included, *members)),
                "☐ ☐",
            )
        )
    yield from table(("group", "who", "agree, object"), rows)


def doses(packet: Packet) -> Iterator[str]:
    """What the profile drafts."""
    yield f"\n# Doses of {packet.profile.knowledge.profile}"
    rows = []
    for code, one in packet.profile.wording.regimens.items():
        steps = "; then ".join(step.text for step in one.steps)
        others = " ".join(f"*Otherwise:* {other.text}" for other in one.alternatives)
        known = f"{packet.source(one.source, one.locator)}{STATES[one.verification]}"
        rows.append(
            (f"{one.product}: {steps}. {one.follow_up} {others}", known, _mark(packet, code))
        )
    yield from table(("dose", "source", "agree, object"), rows)
    yield from _routes(packet)


def _routes(packet: Packet) -> Iterator[str]:
    care = packet.profile.knowledge.care
    yield "\n**Route by cause**"
    rows = [
        (
            cause.replace("_", " "),
            f"{route}{', tablets offered' if cause in care.oral_offered else ''}",
        )
        for cause, route in care.route_by_mechanism.items()
    ]
    yield from table(("cause", "route"), rows)


def cautions(packet: Packet) -> Iterator[str]:
    """What a card warns of; a caution that needs no place on a card stands among all texts."""
    yield "\n# Cautions on cards\n"
    yield "Those that wait for the page behind a card: [all texts](texts.md)."
    rows = (
        (f"{one.card or one.text}{STATES[one.verification]}", "☐ ☐")
        for one in packet.profile.wording.cautions.values()
        if not one.waits
    )
    yield from table(("caution", "agree, object"), rows)


def cards(packet: Packet) -> Iterator[str]:
    """What is said of orders, new problems, discharge and refills."""
    yield "\n# Cards about orders, problems, discharge and refills"
    rows = (
        (one.title, f"{one.do}{STATES[one.verification]}", "☐ ☐")
        for one in packet.profile.wording.alerts.values()
    )
    yield from table(("when", "card says", "agree, object"), rows)


def sentences(packet: Packet) -> Iterator[str]:
    """What a laboratory's report says of the results; the next steps stand with each step."""
    yield "\n# Sentences on a laboratory’s report"
    words = packet.profile.wording.comments
    rows = (
        (f"{one.text}{STATES[one.verification]}", "☐ ☐")
        for one in (*words.meanings.values(), *words.additions.values())
    )
    yield from table(("sentence", "agree, object"), rows)


def left_out_and_hazards() -> Iterator[str]:
    """What was considered and left out, and the hazards with their controls."""
    yield "\n# Left out\n"
    yield (
        "[Why](../left-out.md). "
        + "; ".join(IN_BRACKETS.sub("", row[0]) for row in _rows("left-out.md", 2))
        + "."
    )
    yield "\n# Hazards\n"
    yield "[Their controls and tests](../safety/README.md):\n"
    yield from (f"- {IN_BRACKETS.sub('', row[1])}" for row in _rows("safety/README.md", 4))


def _rows(name: str, width: int) -> list[list[str]]:
    lines = DOCS.joinpath(name).read_text("utf-8").splitlines()
    cells = [
        [one.strip() for one in line.strip("|").split("|")] for line in lines if line[:1] == "|"
    ]
    return [row for row in cells if len(row) == width and not set(row[0]) <= set("- ")][1:]


def _parameters(packet: Packet) -> list[Parameter]:
    thresholds = packet.profile.knowledge.thresholds
    names = (name for name in thresholds.__struct_fields__ if not name.startswith(EQUATION))
    return [getattr(thresholds, name) for name in names]


def _number(packet: Packet, one: Parameter) -> tuple[str, ...]:
    itself = "✓" if one.bound is Bound.inclusive else "–"
    source = "–" if one.source in OURS else packet.source(one.source)
    return _short(one.label), _value(one), itself, source, "☐", "☐"


def _value(one: Parameter) -> str:
    """The number in each unit in which it is another one."""
    texts: dict[object, str] = {}
    for unit, value in one.value.items():
        texts.setdefault(value, f"{value} {UNITS.get(unit, unit)}".strip())
    return " = ".join(texts.values())


def _short(label: str) -> str:
    """A label without the words that a list of limits can spare; how it points stays."""
    spared = label.replace("where no haemoglobin is known", "(no haemoglobin)")
    return spared.replace("where the report sends no limit", "(no limit sent)")


def _mark(packet: Packet, code: str) -> str:
    return f"☐ ☐ {packet.mark(f'dose:{code}')}"
