"""The comparison of muscle complaints as tables, with what speaks for and against each cause."""

from collections.abc import Iterator

from msgspec import Struct

from cobalamin.service.answers.muscle_text import sign_text
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.rules.model.assessment import Assessment


class ComparisonCell(Struct, frozen=True, kw_only=True):
    """What is usual for a cause, and the signs of this record for and against it."""

    text: str
    supporting: tuple[str, ...] = ()
    opposing: tuple[str, ...] = ()


class ComparisonTable(Struct, frozen=True, kw_only=True):
    """One table: its causes, and a row for each thing that is compared."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[ComparisonCell | None, ...]], ...]
    how_sure: str


def comparison_tables(assessment: Assessment, profile: Profile) -> Iterator[ComparisonTable]:
    """Both tables where a muscle complaint is on record, else none."""
    found = assessment.checklists.muscle
    if not found:
        return
    wording = profile.wording
    cells: dict[str, dict[str, dict[str, ComparisonCell]]] = {}
    sure: dict[str, set[str]] = {}
    for row, cell in zip(profile.knowledge.muscle, found, strict=True):
        by_column = cells.setdefault(row.table, {}).setdefault(row.row, {})
        by_column[row.column] = ComparisonCell(
            text=row.text,
            supporting=tuple(sign_text(sign, wording) for sign in cell.supporting),
            opposing=tuple(sign_text(sign, wording) for sign in cell.opposing),
        )
        sure.setdefault(row.table, set()).add(wording.terms.verification[row.verification])
    for table, rows in cells.items():
        columns = list(dict.fromkeys(column for row in rows.values() for column in row))
        yield ComparisonTable(
            title=_spoken(table),
            columns=tuple(_column(column, profile) for column in columns),
            rows=tuple(
                (_spoken(name), tuple(row.get(column) for column in columns))
                for name, row in rows.items()
            ),
            how_sure=", ".join(sorted(sure[table])),
        )


def _column(column: str, profile: Profile) -> str:
    return _spoken(profile.wording.muscle.cause.get(column, column))


def _spoken(code: str) -> str:
    text = code.replace("_", " ").replace("b12", "B12")
    return text[:1].upper() + text[1:]
