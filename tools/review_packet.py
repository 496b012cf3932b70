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
from packet_lists import (
    NAMES,
    cards,
    cautions,
    doses,
    groups,
    left_out_and_hazards,
    numbers,
    sentences,
    state_counts,
)
from packet_picture import draw
from packet_steps import overview, step_pages
from packet_text import Packet, anchor, table

PURPOSE = """\
Cobalamin reads coded records of adults of 16 and over and suggests what to consider about vitamin
B12; health professionals decide. It is not for children, self-diagnosis or triage, and has not been
assessed as a medical device ([intended use](../safety/README.md))."""
HOW = """
**States**, small letters after a text: A: read in the source. B: read in a summary that names it.
C: in general use or ours, verified by nobody. D: computed from a published one.

**How to sign** The boxes mean agree, agree until a date, object. A signature names an item with its
digits and [lapses](README.md) when a word or number of the item changes.

**Words** N0: no nerve finding that counts. N1: sensory symptoms. N2: a sign or a progressing
symptom. N3: cord, optic, severe or fast. MMA: methylmalonic acid."""
HEADING, TAG = re.compile(r"<(h[12])>(.*?)</h[12]>"), re.compile("<[^>]+>")
STYLE = """
body { font: 10.5pt/1.35 sans-serif; color: #222; margin: 2em auto; padding: 0 1em }
body { max-width: 52em }
table { border-collapse: collapse; width: 100%; margin: .6em 0 }
td, th { border: 1px solid #999; padding: .2em .45em; text-align: left; vertical-align: top }
svg { width: 100%; height: auto } code { font-size: 85% }
@page { size: A4; margin: 15mm }
@media print { body { max-width: none; margin: 0 } h1, h2 { break-before: page; break-after: avoid }
  h1:first-child, h1 + h2, h2.same { break-before: auto } tr { break-inside: avoid } }
"""


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
    rows: list[tuple[str, object]] = [
        (f"limits {NAMES[state][0]}", number) for state, number in state_counts(packet).items()
    ]
    rows += [(f"{kind}s", _count(packet, kind)) for kind in ("step", "dose", "caution", "group")]
    yield from table(("in this packet", "how many"), rows)
    yield HOW


def objections(packet: Packet) -> Iterator[str]:
    """The objections that nobody has answered, and room for one more."""
    yield "\n# Objections"
    rows = [
        (f"`{one.item}`", one.name, one.day, one.comment)
        for one in packet.profile.signed.objections
    ]
    yield from table(("item", "by", "date", "because, or better"), [*rows, ("", "", "", "")])
    knowledge = packet.profile.knowledge
    yield "\n# Signature\n"
    version = f"{knowledge.profile}, {knowledge.version}, {knowledge.hash[:19]}"
    yield f"Of {version}, with the boxes as ticked."
    yield from table(("name", "registration", "post", "date", "look again"), [("", "", "", "", "")])
    yield (
        "\nReturn it to whoever sent it; who keeps the knowledge enters it"
        " ([how](README.md#how-signatures-are-kept))."
    )


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
        left_out_and_hazards(),
        objections(packet),
    )
    return "\n".join(line for part in parts for line in part) + "\n"


def html(packet: Packet, text: str) -> str:
    """The same as one HTML page that needs nothing else, with the picture in it."""
    name = packet.profile.knowledge.profile
    body = str(MarkdownIt("commonmark").enable("table").render(text))
    body = HEADING.sub(lambda m: f'<{m[1]} id="{anchor(TAG.sub("", m[2]))}">{m[2]}</{m[1]}>', body)
    image = f'<img src="{name}.svg" alt="The pathway" />'
    return (
        '<!doctype html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        f"<title>Cobalamin: knowledge for review, {escape(name)}</title>\n<style>{STYLE}</style>\n"
        f"</head>\n<body>\n{body.replace(image, draw(packet.profile))}</body>\n</html>\n"
    )


def main(arguments: list[str]) -> int:
    """Prints one form of the packet."""
    profile_id, form = arguments
    packet = load_packet(profile_id)
    if form == "svg":
        sys.stdout.write(draw(packet.profile))
        return 0
    text = markdown(packet)
    sys.stdout.write(text if form == "md" else html(packet, text))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
