"""The lists of a review packet: numbers, who counts as what, doses, cautions, cards, sentences."""

import re
from collections.abc import Iterator
from pathlib import Path

from cobalamin.service.knowledge.review.groups import load_groups
from packet_text import STATES, Packet, table

IN_BRACKETS = re.compile(r" \([^)]*\)")
LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
DOCS = Path(__file__).resolve().parent.parent / "docs"


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
    yield from table(("group", "who", "☐ ☐"), rows)


def doses(packet: Packet) -> Iterator[str]:
    """What the profile drafts."""
    yield "\n# Doses"
    rows = []
    for number, (code, one) in enumerate(packet.profile.wording.regimens.items(), 1):
        steps = "; then ".join(step.text for step in one.steps)
        others = " ".join(f"*Otherwise:* {other.text}" for other in one.alternatives)
        known = f"{packet.source(one.source, one.locator)}{STATES[one.verification]}"
        rows.append(
            (
                number,
                " ".join(
                    f"{one.product}: {steps}. {one.follow_up} {others}"
                    f" {packet.mark(f'dose:{code}')}".split()
                ),
                known,
                "☐ ☐",
            )
        )
    yield from table(("", "dose", "source", "☐ ☐"), rows)
    yield from _routes(packet)


def _routes(packet: Packet) -> Iterator[str]:
    care = packet.profile.knowledge.care
    source = f"{packet.source(care.source, care.locator)}{STATES[care.verification]}"
    yield f"\n**Route by cause**, from {source} ☐ ☐ {packet.mark('routes')}"
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
    yield from table(("caution", "☐ ☐"), rows)


def cards(packet: Packet) -> Iterator[str]:
    """What is said of orders, new problems, discharge and refills."""
    yield "\n# Cards about orders, problems, discharge and refills"
    rows = (
        (one.title, f"{one.do}{STATES[one.verification]}", "☐ ☐")
        for one in packet.profile.wording.alerts.values()
    )
    yield from table(("when", "card says", "☐ ☐"), rows)


def sentences(packet: Packet) -> Iterator[str]:
    """What a laboratory's report says of the results; the next steps stand with each step."""
    yield "\n# Sentences on a laboratory’s report"
    words = packet.profile.wording.comments
    rows = (
        (f"{one.text}{STATES[one.verification]}", "☐ ☐")
        for one in (*words.meanings.values(), *words.additions.values())
    )
    yield from table(("sentence", "☐ ☐"), rows)


def left_out() -> Iterator[str]:
    """What was considered and left out, each with the first sentence of its reason."""
    yield "\n# Left out\n"
    yield "[The whole reasons](../left-out.md)."
    rows = (
        (IN_BRACKETS.sub("", what), LINK.sub(r"\1", why.partition(". ")[0].rstrip(".") + "."))
        for what, why in _rows("left-out.md", 2)
    )
    yield from table(("what", "why"), rows)


def hazards() -> Iterator[str]:
    """The hazards with the worst credible harm to one patient."""
    yield "\n# Hazards\n"
    yield (
        "Severity is [proposed](../safety/README.md#hazards), for one patient where the control"
        " fails; controls and tests stand there too."
    )
    rows = (
        (IN_BRACKETS.sub("", hazard), f"{severity}: {harm}")
        for _, hazard, severity, harm, _, _ in _rows("safety/README.md", 6)
    )
    yield from table(("hazard", "severity and harm"), rows)


def _rows(name: str, width: int) -> list[list[str]]:
    lines = DOCS.joinpath(name).read_text("utf-8").splitlines()
    cells = [
        [one.strip() for one in line.strip("|").split("|")] for line in lines if line[:1] == "|"
    ]
    return [row for row in cells if len(row) == width and not set(row[0]) <= set("- ")][1:]
