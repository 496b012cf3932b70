"""Which values the published limits class differently by the unit in which they are reported.

    PYTHONPATH=.path:tests/support python -m unit_classes

prints the table of docs/report-comments.md.
"""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from assessments import PROFILES, get_profile
from cobalamin.service.knowledge.threshold_checks import unit_table_of
from cobalamin.service.rules.model.parameter import Parameter
from cobalamin.service.rules.model.thresholds import Thresholds
from cobalamin.service.rules.model.units import UnitTable, convert_limit

HEAD = """\
| limit | published as | values concerned | sent by mass | sent in moles | profiles |
|---|---|---|---|---|---|"""
SAME = {"pg/mL": "ng/L", "ng/mL": "ug/L"}
HUNDREDTH = Decimal("0.01")


def table() -> str:
    """The table in Markdown; a limit that both profiles have stands once."""
    rows: dict[str, list[str]] = {}
    for profile in PROFILES:
        knowledge = get_profile(profile).knowledge
        for key in Thresholds.__struct_fields__:
            limit: Parameter = getattr(knowledge.thresholds, key)
            units = unit_table_of(key, knowledge.units)
            for row in _rows(limit, units) if units is not None else ():
                rows.setdefault(row, []).append(profile)
    return "\n".join([HEAD, *(f"{row} {', '.join(found)} |" for row, found in rows.items())])


def apart(limit: Parameter, units: UnitTable) -> Iterator[tuple[str, str, Decimal]]:
    """Units of mass and of moles whose published numbers differ, the second one in mass."""
    for mass in limit.value:
        for moles in limit.value:
            if "mol" in mass or "mol" not in moles or mass in SAME:
                continue
            if mass in units.factors and moles in units.factors:
                other = convert_limit(limit.value[moles], moles, mass, units)
                if other != limit.value[mass]:
                    yield mass, moles, other


def _rows(limit: Parameter, units: UnitTable) -> Iterator[str]:
    is_lower = " below " in limit.label
    word = "below" if is_lower else "above"
    for mass, moles, other in apart(limit, units):
        own = limit.value[mass]
        first, last = sorted((own, other))
        # A value between the two is below the larger number and above the smaller one.
        by_mass = (own > other) if is_lower else (own < other)
        between = f"{_shown(first)} and {_shown(last)} {mass}"
        published = f"{own} {mass}, {limit.value[moles]} {moles}"
        classes = (word, f"not {word}") if by_mass else (f"not {word}", word)
        yield f"| {limit.label} | {published} | {between} | {' | '.join(classes)} |"


def _shown(value: Decimal) -> str:
    return f"{value.quantize(HUNDREDTH, ROUND_HALF_UP).normalize():f}"


if __name__ == "__main__":
    print(table())  # noqa: T201 - a command
