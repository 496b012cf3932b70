"""The lists of a review packet: numbers, who counts as what, doses, cautions, cards, sentences."""

import re
from collections.abc import Iterator
from pathlib import Path

from cobalamin.service.knowledge.review.groups import load_groups
from cobalamin.service.rules.model.assessment import Route
from cobalamin.service.rules.model.knowledge import Care
from cobalamin.service.rules.model.vocabulary import Mechanism
from packet_steps import NUMBERS
from packet_text import STATES, Packet, table, tick

IN_BRACKETS = re.compile(r" \([^)]*\)")
LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
STEP = re.compile(r"\bR\d+\b")
STEPS = re.compile(r"\bR\d+(?:(?:, | to )R\d+)*\b")
# The group whose members select a row of the route table.
GROUPS = {
    Mechanism.nitrous_oxide: "nitrous_oxide",
    Mechanism.no_absorption: "no_absorption",
    Mechanism.inherited: "inherited",
    Mechanism.poor_absorption: "poor_absorption",
    Mechanism.diet: "diet",
    Mechanism.medicine: "medicines",
}
DOCS = Path(__file__).resolve().parent.parent / "docs"


def groups(packet: Packet) -> Iterator[str]:
    """Who counts as what, each group with its members in words."""
    facts = packet.profile.wording.facts
    yield "\n# Who counts as what\n"
    yield "A group that includes others has their members too."
    care = packet.profile.knowledge.care
    routes = {GROUPS[cause]: _route(care, cause) for cause in GROUPS}
    rows = []
    every = load_groups()
    for name, group in every.items():
        route = f" {routes[name].capitalize()} (R13)." if name in routes else ""
        counts = STEPS.sub(_step_numbers, f"{group.counts_as}{route}")
        members = [facts.get(code, code.replace("_", " ")) for code in group.members]
        included = [f"*{every[other].title}*" for other in group.includes]
        rows.append(
            (
                f"**{group.title}** {counts}{STATES[group.verification]}",
                "; ".join((*included, *members)),
                tick(f"group:{name}"),
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
    titles = load_groups()
    rows = [
        (titles[GROUPS[cause]].title if cause in GROUPS else "No cause known", _route(care, cause))
        for cause in care.route_by_mechanism
    ]
    yield from table(("cause", "route"), rows)


def _route(care: Care, cause: Mechanism) -> str:
    """How vitamin B12 is given for a cause, in words."""
    route = care.route_by_mechanism[cause]
    said = {Route.parenteral: "injections", Route.oral: "tablets"}.get(route, str(route))
    return f"{said}, tablets offered" if cause in care.oral_offered else said


def _step_numbers(match: re.Match[str]) -> str:
    """Steps by their places in the order that counts, as on their pages."""
    if match[0] == "R1":
        return "over all"
    places = STEP.sub(lambda one: str(NUMBERS[one[0]]), match[0])
    return f"steps {places}" if " " in places else f"step {places}"


def cautions(packet: Packet) -> Iterator[str]:
    """What a card warns of; a caution that needs no place on a card stands among all texts."""
    yield "\n# Cautions on cards\n"
    every = packet.profile.wording.cautions
    waiting = sum(bool(one.waits) for one in every.values())
    yield f"{waiting} more stand only on the page behind a card: [all texts](texts.md#encautions)."
    rows = (
        (f"{one.card or one.text}{STATES[one.verification]}", tick(f"caution:{code}"))
        for code, one in every.items()
        if not one.waits
    )
    yield from table(("caution", "☐ ☐"), rows)


def cards(packet: Packet) -> Iterator[str]:
    """What is said of orders, new problems, discharge and refills."""
    yield "\n# Cards about orders, problems, discharge and refills"
    rows = (
        (one.title, f"{one.do}{STATES[one.verification]}", tick(f"alert:{code}"))
        for code, one in packet.profile.wording.alerts.items()
    )
    yield from table(("when", "card says", "☐ ☐"), rows)


def sentences(packet: Packet) -> Iterator[str]:
    """What a laboratory's report says of the results; the next steps stand with each step."""
    yield "\n# Sentences on a laboratory’s report\n"
    words = packet.profile.wording.comments
    yield f"{len(words.additions)} that may follow one of these: [all texts](texts.md#encomments)."
    rows = (
        (f"{one.text}{STATES[one.verification]}", tick(f"meaning:{code}"))
        for code, one in words.meanings.items()
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
        "Severity is proposed, for one patient where the control fails. Control and test of each"
        " stand [under its number](../safety/README.md#hazards); likelihood and residual risk are"
        " judged where the service is used."
    )
    rows = (
        (f"{code} {IN_BRACKETS.sub('', hazard)}", f"{severity}: {harm}")
        for code, hazard, severity, harm, _, _ in _rows("safety/README.md", 6)
    )
    yield from table(("hazard", "severity and harm"), rows)


def _rows(name: str, width: int) -> list[list[str]]:
    lines = DOCS.joinpath(name).read_text("utf-8").splitlines()
    cells = [
        [one.strip() for one in line.strip("|").split("|")] for line in lines if line[:1] == "|"
    ]
    return [row for row in cells if len(row) == width and not set(row[0]) <= set("- ")][1:]
