"""Prints the packet that a clinician reviews and signs: `review_packet.py PROFILE md|html|svg`.

One profile a packet, at most 10,000 words, printable. Boundary rows, codes and units are not in it:
they stand on pages for engineers.
"""

import re
import sys
from collections.abc import Iterator
from html import escape

from markdown_it import MarkdownIt

from cobalamin.service.knowledge.profile import load_profile
from cobalamin.service.knowledge.review.changes import get_changes
from cobalamin.service.knowledge.review.items import get_items
from cobalamin.service.knowledge.review.signatures import load_signatures
from cobalamin.service.rules.plan.pathway import PATHWAY
from packet_leaves import number_leaves
from packet_lists import cards, cautions, doses, groups, hazards, left_out, sentences
from packet_numbers import NAMES, numbers, state_counts
from packet_overview import DEPARTURES, OVERVIEW, PICTURE, TODAY, overview
from packet_picture import draw
from packet_steps import STEPS_HEADING, step_pages
from packet_text import LEAF, Packet, anchor, table

PURPOSE = """\
Cobalamin reads coded records of adults of 16 and over and suggests what to consider about vitamin
B12; health professionals decide. It treats no child: limits of children only refer. It is not for
self-diagnosis or triage, nor assessed as a medical device ([intended use](../safety/README.md)).
[How to review](README.md)."""
HOW = """
**States**, small letters after a text: A: read in the source. B: read in a summary. C: ours or in
general use, verified by nobody, whatever source is named.

**How to sign** Tick *agree*, *until* a date, or *object*, and say to which part: inputs, cases,
route, dose, words, how soon, basis, departure, doubt. A signature names an item with its digits and
[lapses](README.md) when a word or number of it changes.

**Words** N0: no nerve finding that counts. N1: sensory symptoms. N2: a sign or a progressing
symptom. N3: cord, optic, severe or fast. MMA: methylmalonic acid. 16/R15: step 16, code R15. – 9 –:
leaf 9."""
# What acts soonest, or rests on least.
FIRST = """
**Decide first** [what is for today](#for-today-whatever-the-step), the tiers
([reading](#how-results-are-read-before-any-step)), the *Doubts* of steps 2 to 9, the
[doses](#doses), the [limits that decide](#the-limits-that-decide)."""
# The heading of each part by its name in the list of contents.
PARTS = {
    "Picture": PICTURE,
    "What it says to whom": OVERVIEW,
    "For today": TODAY,
    "Departures from guidance": DEPARTURES,
    "Reading of results": "How results are read before any step",
    "Steps": STEPS_HEADING,
    "Numbers": "Numbers",
    "Causes": "Who counts as what",
    "Nerve tiers": "Nerve findings and their tiers",
    "Symptoms": "Other symptoms and signs",
    "Doses": "Doses",
    "Cautions": "Cautions on cards",
    "Other cards": "Cards about orders, problems, discharge and refills",
    "Report sentences": "Sentences on a laboratory’s report",
    "Left out": "Left out",
    "Hazards": "Hazards",
    "Objections": "Objections",
    "Signature": "Signature",
}
HEADING = re.compile(r"<(h[123])>(.*?)</h[123]>(?=(\n<p><em>– \d+ –</em></p>)?)")
TAG = re.compile("<[^>]+>")
STYLE = """
body { font: 10pt/1.35 sans-serif; color: #222; margin: 2em auto; padding: 0 1em }
body { max-width: 52em }
h1 { font-size: 150% } h2 { font-size: 130% } h3 { font-size: 110% }
table { border-collapse: collapse; width: calc(100% - 1px); margin: .6em 0 }
td, th { border: 1px solid #999; padding: .15em .4em; text-align: left; vertical-align: top }
td:first-child:empty { height: 2.2em }
svg { width: 100%; height: auto } code { font-size: 80%; overflow-wrap: anywhere }
@page { size: A4; margin: 13mm 12mm;
  @top-left { content: "RUNNING"; font: 8pt sans-serif }
  @bottom-right { content: "leaf " counter(page) " of " counter(pages); font: 8pt sans-serif } }
@media print { body { max-width: none; margin: 0; padding: 0; font-size: 9pt }
  .page { break-before: page }
  h1, h2, h3 { break-after: avoid }
  table { font-size: 7.7pt; line-height: 1.18 } td code { font-size: 72% }
  td, th { padding: .1em .3em }
  tr, svg, li { break-inside: avoid } svg { max-height: 235mm } a { color: inherit } }
"""
# Empty rows for objections.
ROOM = 4


def load_packet(profile_id: str) -> Packet:
    """The packet of a profile with its items."""
    profile = load_profile(profile_id)
    signed = {
        item: f"signed by {one.name} on {one.day}"
        for item, one in profile.signed.signatures.items()
    }
    items = get_items(profile.knowledge, profile.wording)
    return Packet(profile=profile, items=items, signed=signed)


def cover(packet: Packet) -> Iterator[str]:
    """What is signed, in which version, and how well it is known."""
    knowledge = packet.profile.knowledge
    yield f"# Cobalamin: knowledge for review, profile {knowledge.profile}\n"
    yield f"Knowledge {knowledge.version}, {knowledge.hash[:19]}. {signed_so_far(packet)}\n"
    yield PURPOSE
    yield "\n**Contents** (leaf) " + " · ".join(
        f"[{name}](#{anchor(heading)})" for name, heading in PARTS.items()
    )
    yield FIRST
    limits = ", ".join(
        f"{number} {NAMES[state][0]}" for state, number in state_counts(packet).items() if number
    )
    printed = sum(not one.waits for one in packet.profile.wording.cautions.values())
    yield (
        f"\n**In it** limits: {limits}; {len(PATHWAY)} steps and one over all;"
        f" {_count(packet, 'dose')} doses; {printed} cautions; {_count(packet, 'group')} groups."
    )
    yield HOW


def objections(packet: Packet) -> Iterator[str]:
    """The objections that nobody has answered, and room for one more."""
    yield f"\n{LEAF}# Objections\n"
    yield (
        "Name the item as printed (`number:mcv_macrocytic`). A single objection may also go to the"
        " [issue tracker](../../CONTRIBUTING.md#where-to-ask), without patients’ data."
    )
    rows = [
        (f"`{one.item}`", one.name, one.day, one.comment)
        for one in packet.profile.signed.objections
    ]
    yield from table(
        ("item", "by", "date", "because, or better"), [*rows, *[("", "", "", "")] * ROOM]
    )
    knowledge = packet.profile.knowledge
    yield "\n# Signature\n"
    version = f"{knowledge.profile}, {knowledge.version}, {knowledge.hash[:19]}"
    yield f"Of {version}, with the boxes as ticked."
    yield from table(("name", "registration", "post", "date", "look again"), [("", "", "", "", "")])
    yield ("\nReturn it to whoever sent it ([how it is kept](README.md#how-signatures-are-kept)).")


def signed_so_far(packet: Packet) -> str:
    """How much of the packet is signed."""
    name = packet.profile.knowledge.profile
    mine = [one for one in load_signatures() if one.profile == name]
    if not mine:
        return "**Draft: no clinician has signed it, so everything is new.**"
    changed = sum(1 for _ in get_changes(mine, packet.items, {}))
    signed = f"Signed: {len(packet.signed)} of {len(packet.items)} items."
    return f"{signed} Changed since it was signed: {changed} (`cobalamin knowledge review`)."


def _count(packet: Packet, kind: str) -> int:
    return sum(key.startswith(f"{kind}:") for key in packet.items)


def markdown(packet: Packet) -> str:
    """The whole packet as Markdown."""
    parts = (
        cover(packet),
        overview(packet),
        step_pages(packet),
        numbers(packet),
        groups(packet),
        doses(packet),
        cautions(packet),
        cards(packet),
        sentences(packet),
        left_out(),
        hazards(),
        objections(packet),
    )
    return number_leaves("\n".join(line for part in parts for line in part))


def html(packet: Packet, text: str) -> str:
    """The same as one HTML page that needs nothing else, with the picture in it."""
    name = packet.profile.knowledge.profile
    body = str(MarkdownIt("commonmark").enable("table").render(text))
    body = HEADING.sub(_heading, body)
    knowledge = packet.profile.knowledge
    style = STYLE.replace("RUNNING", f"{name}, {knowledge.version}, {knowledge.hash[:19]}")
    image = f'<img src="{name}.svg" alt="The pathway" />'
    return (
        '<!doctype html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        f"<title>Cobalamin: knowledge for review, {escape(name)}</title>\n<style>{style}</style>\n"
        f"</head>\n<body>\n{body.replace(image, draw(packet))}</body>\n</html>\n"
    )


def _heading(match: re.Match[str]) -> str:
    """A heading with its address, and whether it begins a page in print."""
    tag, text = match[1], TAG.sub("", match[2])
    page = ' class="page"' if match[3] else ""
    return f'<{tag} id="{anchor(text)}"{page}>{match[2]}</{tag}>'


def main(arguments: list[str]) -> int:
    """Prints one form of the packet."""
    profile_id, form = arguments
    packet = load_packet(profile_id)
    if form == "svg":
        sys.stdout.write(draw(packet))
        return 0
    text = markdown(packet)
    sys.stdout.write(text if form == "md" else html(packet, text))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
