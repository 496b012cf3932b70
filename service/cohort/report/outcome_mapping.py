"""The mapping file of outcomes: which columns of a table say what happened later."""

import tomllib
from math import isfinite
from pathlib import Path

import msgspec
from msgspec import Struct

from cobalamin.service.cohort.errors import CohortError

TESTS = ("values", "above", "below")


class OutcomeColumn(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """One outcome: it happened, or it did not, or that is not known.

    `values` says what each text means. `above` and `below` compare a number with a limit that the
    mapping's author chose, in the unit of the column. Without any of them the column holds the day
    on which it happened. `empty` says what an empty cell means; without it, that it is not known.
    """

    name: str
    column: str
    values: dict[str, bool] | None = None
    above: float | None = None
    below: float | None = None
    date_column: str | None = None
    empty: bool | None = None

    @property
    def holds_a_day(self) -> bool:
        """Whether the column itself is the day on which it happened."""
        return all(getattr(self, test) is None for test in TESTS)

    @property
    def day(self) -> str | None:
        """The column with the day."""
        return self.column if self.holds_a_day else self.date_column


class OutcomeMapping(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """The id column, and what happened later; `missing` are texts that stand for an empty cell."""

    id: str
    outcomes: tuple[OutcomeColumn, ...]
    missing: tuple[str, ...] = ()

    def columns(self) -> tuple[str, ...]:
        """Every column that is read, once."""
        named = [self.id]
        for outcome in self.outcomes:
            named += [outcome.column, *([outcome.date_column] if outcome.date_column else [])]
        return tuple(dict.fromkeys(named))


def load_outcome_mapping(path: Path) -> OutcomeMapping:
    """The checked mapping.

    Raises:
        CohortError: it cannot be read or is wrong; the message names what.
    """
    try:
        mapping = msgspec.convert(tomllib.loads(path.read_text("utf-8")), OutcomeMapping)
    except OSError as error:
        raise CohortError(f"{path}: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CohortError(f"{path}: is no TOML ({error})") from None
    except msgspec.ValidationError as error:
        raise CohortError(f"{path}: {error}") from None
    names = [outcome.name for outcome in mapping.outcomes]
    if not names or len(set(names)) < len(names):
        raise CohortError(f"{path}: name at least one of [[outcomes]], each once")
    for outcome in mapping.outcomes:
        tests = [test for test in TESTS if getattr(outcome, test) is not None]
        if len(tests) > 1 or (not tests and outcome.date_column):
            raise CohortError(
                f"{path}: outcome {outcome.name}: name one of values, above and below, or none "
                "where the column holds the day"
            )
        if not isfinite(outcome.above or outcome.below or 0.0):
            raise CohortError(f"{path}: outcome {outcome.name}: the limit is no number")
    return mapping
