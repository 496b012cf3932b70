"""What the cells of a table say, by the mapping."""

from decimal import Decimal, InvalidOperation

from cobalamin.service.cohort.errors import RefusedError
from cobalamin.service.cohort.input.table.mapping import Column

Row = dict[str, str]


def translated(row: Row, column: Column | None) -> str | bool | None:
    """What a cell says in the words of the form; None where it is empty."""
    if column is None:
        return None
    if isinstance(column, str):
        return row.get(column)
    text = row.get(column.column)
    if text is None:
        return None
    if text not in column.values:
        raise _not_listed(column.column)
    return column.values[text]


def _not_listed(column: str) -> RefusedError:
    return RefusedError(
        "not-mapped", f"column {column} holds a value that the mapping does not list"
    )


def decimal_of(text: str) -> Decimal:
    """The number with its digits; what is none becomes NaN, which the reader refuses."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("NaN")
