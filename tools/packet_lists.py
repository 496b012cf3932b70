"""The lists of a review packet: numbers, who counts as what, doses, cautions, cards, sentences."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from cobalamin.service.knowledge.review.groups import Group, all_members, load_groups
from cobalamin.service.rules.model.assessment import Route
from cobalamin.service.rules.model.knowledge import Care
from cobalamin.service.rules.model.vocabulary import Mechanism
from packet_steps import place
from packet_text import BOXES, LEAF, STATES, Packet, table

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
# Groups by what a reader looks for; those not listed come last.
SECTIONS = {
    "Causes and their routes": (
        *("nitrous_oxide", "autoimmune", "absent_absorption", "inherited", "poor_absorption"),
        *("diet", "metformin", "acid_suppression", "antiepileptics", "other_medicines"),
        *("medicines", "causes", "no_absorption"),
    ),
    "What a cause or risk factor brings": (
        *("family", "autoimmune_company", "risk_factors", "strong", "lasting", "strict_diet"),
        *("causes_in_pregnancy", "screened", "never_spared", "left_medicines"),
        "lowers_the_level",
    ),
    "Treatment and allergies": (
        *("replacement", "replacement_oral", "supplemented", "sources_of_b12", "any_cobalamin"),
        *("one_form", "allergies", "leber"),
    ),
    "Nerve findings and their tiers": (
        *("cord", "optic", "psychiatric", "single", "signs", "gait", "cognitive", "minor"),
        *("sensory", "ageing", "weak_signs", "clouded", "nerve_findings"),
    ),
    "Other symptoms and signs": (
        *("sufficient_symptoms", "ng239_symptoms", "symptoms_of_anaemia", "danger_signs"),
        *("muscle", "cramping", "muscle_breakdown", "beside_bladder", "normal", "neurological"),
    ),
}
# Parts by tier and by what a symptom leads to, as listed; the others are by the alphabet.
AS_LISTED = ("Nerve findings and their tiers", "Other symptoms and signs")
# Parts that stand on the leaf of the part before them.
SHARE_A_LEAF = ("Causes and their routes", "Treatment and allergies")
OTHERS = "Other explanations"
AGREED = ("agree", "object", "item")
DOCS = Path(__file__).resolve().parent.parent / "docs"


def groups(packet: Packet) -> Iterator[str]:
    """Who counts as what, each group with its members in words."""
    yield f"\n{LEAF}# Who counts as what\n"
    yield "*Groups* in a group bring their members."
    every = load_groups()
    listed = {name for names in SECTIONS.values() for name in names}
    parts = {**SECTIONS, OTHERS: tuple(name for name in every if name not in listed)}
    for heading, names in parts.items():
        yield f"\n{LEAF if heading not in SHARE_A_LEAF else ''}## {heading}"
        by_title = sorted(names, key=lambda name: every[name].title.casefold())
        ordered = names if heading in AS_LISTED else by_title
        rows = (_group_row(packet, name, every, names) for name in ordered)
        yield from table(("group", "who", *AGREED), rows)


def _group_row(
    packet: Packet, name: str, every: Mapping[str, Group], part: tuple[str, ...]
) -> tuple[str, ...]:
    facts, group = packet.profile.wording.facts, every[name]
    cause = next((cause for cause, code in GROUPS.items() if code == name), None)
    route = "" if cause is None else _route(packet.profile.knowledge.care, cause)
    said = f" {route.capitalize()} (R13)." if route else ""
    counts = STEPS.sub(_step_numbers, f"{group.counts_as}{said}")
    members = [facts.get(code, code.replace("_", " ")) for code in group.members]
    included = [f"*{every[other].title}*" for other in group.includes]
    whole = {code for other in part for code in all_members(every, other)}
    if set(all_members(every, name)) == whole:
        included = ["*all of this part*"]
    return (
        f"**{group.title}** {counts}{STATES[group.verification]}",
        "; ".join((*included, *members)),
        *packet.boxes(f"group:{name}"),
    )


def doses(packet: Packet) -> Iterator[str]:
    """What the profile drafts."""
    yield f"\n{LEAF}# Doses"
    rows = []
    for number, (code, one) in enumerate(packet.profile.wording.regimens.items(), 1):
        steps = "; then ".join(step.text for step in one.steps)
        others = " ".join(f"*Otherwise:* {other.text}" for other in one.alternatives)
        known = f"{packet.source(one.source, one.locator)}{STATES[one.verification]}"
        rows.append(
            (
                number,
                " ".join(f"{one.product}: {steps}. {one.follow_up} {others}".split()),
                known,
                *packet.boxes(f"dose:{code}"),
            )
        )
    yield from table(("", "dose", "source", *AGREED), rows)
    yield from _routes(packet)


def _routes(packet: Packet) -> Iterator[str]:
    care = packet.profile.knowledge.care
    source = f"{packet.source(care.source, care.locator)}{STATES[care.verification]}"
    yield f"\n**Route by cause**, from {source}, item {packet.mark('routes')}: ☐ agree ☐ object"
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
    return f"{said}, or tablets by choice" if cause in care.oral_offered else said


def _step_numbers(match: re.Match[str]) -> str:
    """Steps by their places in the order that counts, as on their pages."""
    if match[0] == "R1":
        return place("R1")
    places = STEP.sub(lambda one: place(one[0]), match[0])
    return f"steps {places}" if " " in places else f"step {places}"


def cautions(packet: Packet) -> Iterator[str]:
    """What a card warns of; a caution that needs no place on a card stands among all texts."""
    yield f"\n{LEAF}# Cautions on cards\n"
    every = packet.profile.wording.cautions
    waiting = sum(bool(one.waits) for one in every.values())
    yield f"{waiting} more stand only on the page behind a card: [all texts](texts.md#encautions)."
    rows = (
        (f"{one.card or one.text}{STATES[one.verification]}", *packet.boxes(f"caution:{code}"))
        for code, one in every.items()
        if not one.waits
    )
    yield from table(("caution", *AGREED), rows)


def cards(packet: Packet) -> Iterator[str]:
    """What is said of orders, new problems, discharge and refills."""
    yield f"\n{LEAF}# Cards about orders, problems, discharge and refills"
    rows = (
        (one.title, f"{one.do}{STATES[one.verification]}", *packet.boxes(f"alert:{code}"))
        for code, one in packet.profile.wording.alerts.items()
    )
    yield from table(("when", "card says", *AGREED), rows)


def sentences(packet: Packet) -> Iterator[str]:
    """What a laboratory's report says of the results; the next steps stand with each step."""
    yield f"\n{LEAF}# Sentences on a laboratory’s report\n"
    words = packet.profile.wording.comments
    yield f"{len(words.additions)} that may follow one of these: [all texts](texts.md#encomments)."
    rows = (
        (f"{one.text}{STATES[one.verification]}", *packet.boxes(f"meaning:{code}"))
        for code, one in words.meanings.items()
    )
    yield from table(("sentence", *AGREED), rows)


def left_out() -> Iterator[str]:
    """What was considered and left out, each with the first sentence of its reason."""
    yield f"\n{LEAF}# Left out\n"
    yield "[The whole reasons](../left-out.md)."
    rows = (
        (
            IN_BRACKETS.sub("", what),
            LINK.sub(r"\1", why.partition(". ")[0].rstrip(".") + "."),
            *BOXES,
        )
        for what, why in _rows("left-out.md", 2)
    )
    yield from table(("what", "why", *AGREED[:2]), rows)


def hazards() -> Iterator[str]:
    """The hazards with the worst credible harm to one patient."""
    yield f"\n{LEAF}# Hazards\n"
    yield (
        "Severity, for one patient where the control fails, is proposed: *major*, death or lasting"
        " incapacity; *considerable*, severe but passing; *significant*, minor, passing slowly."
        " Likelihood, residual risk and owner are the site's to judge."
        " [Controls in full, and their tests](../safety/README.md#hazards)."
    )
    rows = (
        (
            f"{code} {IN_BRACKETS.sub('', hazard)}",
            f"{severity}: {harm}",
            control.partition("; ")[0],
            *("", "", ""),
            *BOXES,
        )
        for code, hazard, severity, harm, control, _ in _rows("safety/README.md", 6)
    )
    yield from table(
        ("hazard", "severity, harm", "control", "likelihood", "residual", "owner", *AGREED[:2]),
        rows,
    )


def _rows(name: str, width: int) -> list[list[str]]:
    lines = DOCS.joinpath(name).read_text("utf-8").splitlines()
    cells = [
        [one.strip() for one in line.strip("|").split("|")] for line in lines if line[:1] == "|"
    ]
    return [row for row in cells if len(row) == width and not set(row[0]) <= set("- ")][1:]
