"""Reads the tables of the page of rulings, as it writes them, into rows of spec tables.

The page is written for people: "the same" stands for the cell above, several days for several rows,
and a card is described in words. Each is written out here in the columns of the spec tables.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from spec_cells import items
from spec_tables import PROFILES, Row

REFILLED_ON = "2026-11-27"
PRODUCTS = {"us-aafp": "cyanocobalamin_injection", "uk-nice": "hydroxocobalamin_injection"}
MEDICINE = "hydroxocobalamin_injection"
BESIDE = re.compile(r" ?\((?P<text>[^)]*)\)")
ASIDES = frozenset({"the same", "the treated one", "the first one"})
REFILLS = {
    "early": {"cards": "1", "reasons": "order-injection-early"},
    "overdue": {"cards": "1", "reasons": "order-injection-overdue"},
    "none": {"cards": "0"},
}
Cells = dict[str, str]


def ruling_rows(page: Path) -> Iterator[Row]:
    """Every row of every table of the page that expects something."""
    for number, cells in _expecting_rows(page):
        for given, expected in _spelled_out(cells):
            profile = given.pop("profile", None)
            yield Row(
                title="",
                place=f"{page.name}:{number}",
                given="; ".join(f"{name}: {cell}" for name, cell in given.items()),
                profiles=(profile,) if profile else PROFILES,
                cells=given,
                expected=expected,
            )


def _expecting_rows(page: Path) -> Iterator[tuple[int, Cells]]:
    header: list[str] = []
    above: dict[str, list[str]] = {}
    for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
        if not line.startswith("|"):
            header, above = [], {}
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not header:
            header = cells
        elif any(name.startswith("= ") for name in header) and not set(line) <= set("|-: "):
            yield number, _with_asides(dict(zip(header, cells, strict=True)), above)


def _with_asides(cells: Cells, above: dict[str, list[str]]) -> Cells:
    """The cells with what "the same" and "the first one" stand for."""
    for name, cell in cells.items():
        seen = above.setdefault(name, [])
        if cell in ASIDES:
            cells[name] = seen[0]
        elif cell:
            seen.append(cell)
    return cells


def _spelled_out(cells: Cells) -> Iterator[tuple[Cells, Cells]]:
    """What is known and what must come out, once for each patient that the row describes."""
    if "order-sign" in cells:
        yield from _first_orders(cells)
    elif "last injection" in cells:
        yield from _refills(cells)
    else:
        given = {name: cell for name, cell in cells.items() if not name.startswith("= ")}
        expected = {name[2:]: cell for name, cell in cells.items() if name.startswith("= ")}
        yield dict(_given(given)), dict(_expected(expected))


# --- what is known


def _given(cells: Cells) -> Iterator[tuple[str, str]]:
    for name, cell in cells.items():
        beside = BESIDE.search(cell)
        text = BESIDE.sub("", cell)
        if name == "hook patient-view":
            yield "hook", "patient-view"
        elif name == "orders":
            yield from _orders(text)
        elif name == "diagnosis":
            system = "snomed" if text[0].isdigit() else "icd10"
            yield "conditions", f"{system}:{text}"
        elif name == "patient":
            yield text, "yes"
        elif name == "b12":
            yield from _levels(text)
        elif text:
            yield name, text
        if beside and beside["text"].startswith("b12 "):
            yield "b12", beside["text"].removeprefix("b12 ")


def _orders(text: str) -> Iterator[tuple[str, str]]:
    """Orders of injections by their status, and injections that were given."""
    orders = []
    for item in items(text.replace(", at discharge", "")):
        kind, status, day = item.split()
        assert kind in ("injections", "injection"), item
        if status == "given":
            yield "administrations", f"{MEDICINE} {day}"
        else:
            orders.append(f"{MEDICINE} {status} {day}")
    yield "medications", "; ".join(orders)
    if "at discharge" in text:
        yield "hook", "encounter-discharge"


def _levels(text: str) -> Iterator[tuple[str, str]]:
    """The levels of a cell, and an antibody beside them."""
    levels = [item for item in items(text) if not item.startswith("antibody ")]
    if levels:
        yield "b12", "; ".join(level.replace(" final ", " ") for level in levels)
    for item in items(text):
        if item.startswith("antibody "):
            yield "antibody", item.removeprefix("antibody ")
    if "preliminary" in text:
        yield "sent as", "form"


# --- what must come out


def _expected(cells: Cells) -> Iterator[tuple[str, str]]:
    reasons = []
    for name, cell in cells.items():
        parts = [part.strip() for part in BESIDE.sub("", cell).split(",")]
        for part in parts:
            if part.startswith("reason "):
                reasons.append(part.removeprefix("reason "))
            elif part.startswith("no `"):
                reasons.append("!" + part.removeprefix("no ").strip("`"))
            elif part:
                yield from _expected_part(name, part)
    if reasons:
        yield "reasons", " ".join(reasons)


def _expected_part(name: str, part: str) -> Iterator[tuple[str, str]]:
    if part.startswith("caution "):
        yield "cautions", part.removeprefix("caution ")
    elif part == "no card":
        yield "cards", "0"
    elif part in ("critical", "warning"):
        yield "indicator", part
    elif part == "no dose":
        yield "card says", "!mg; !microgram"
    elif part in ("soon", "routine", "urgent"):
        yield "urgency", part
    elif part != "unchanged":  # the rung of that row says it
        words = part.removesuffix(" as ruling 10").removesuffix(" !none")
        yield name, words


# --- moments of care


def _first_orders(cells: Cells) -> Iterator[tuple[Cells, Cells]]:
    order, record, card = cells["order-sign"], cells["record"], cells["= card"]
    if not order.startswith("metformin"):
        level, _, since = order.partition(", ")
        given = {"b12": f"{level.removeprefix('b12 ')} ng/L", "history": since}
        yield given, {"rung": "R13", "causes": "none", "suggests": "test-intrinsic-factor-antibody"}
        return
    expected = {"cards": card[0]}
    if "info" in card:
        expected["indicator"] = "info"
    if "test-b12" in card:
        expected |= {"reasons": "order-medicine-lowers-b12", "buttons": "vitamin B12"}
    renewed = "metformin" if "renewed" in order else ""
    for one in record.split("; or "):
        told = "" if one == "nothing else" else one
        column = "features" if told == "paraesthesia" else "history"
        given = {"hook": "order-sign", "orders": "metformin 2 g/d"}
        if told or renewed:
            given[column] = told or renewed
        yield given, dict(expected)


def _refills(cells: Cells) -> Iterator[tuple[Cells, Cells]]:
    profile = next(cell for name, cell in cells.items() if name.startswith("profile"))
    days = re.findall(r"\d+", BESIDE.sub("", cells["last injection"]))
    product = PRODUCTS[profile]
    for ago in days:
        given = {
            "profile": profile,
            "hook": "medication-refill",
            "on": REFILLED_ON,
            "orders": product,
            "conditions": "snomed:84027009",
            "administrations": f"{product} @2025-10-23; {product} @-{ago}d",
            "b12": "500 ng/L",
        }
        yield given, REFILLS[cells["= card"]]
