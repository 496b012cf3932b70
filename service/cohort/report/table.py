"""Tables of a report: each becomes a part of the page and a CSV file."""

from msgspec import Struct

Cell = str | int | float | None


class ReportTable(Struct, frozen=True, kw_only=True):
    """A table; `bar` names the column whose numbers are drawn as bars as well."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    bar: str = ""

    @property
    def largest(self) -> float:
        """The largest number of the bars, at least a little above 0."""
        at = self.columns.index(self.bar)
        return max((float(row[at] or 0) for row in self.rows), default=0.0) or 1.0


class Section(Struct, frozen=True, kw_only=True):
    """A part of the page."""

    name: str
    title: str
    tables: tuple[ReportTable, ...]
    note: str = ""


def per_1000(part: int, whole: int) -> float:
    """So many of 1000, with two decimals; 0 of nobody."""
    return round(1000 * part / whole, 2) if whole else 0.0
