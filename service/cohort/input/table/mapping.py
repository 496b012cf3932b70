"""The mapping file: which columns of a table are which members of the plain form."""

import tomllib
from pathlib import Path

import msgspec
from msgspec import Struct

from cobalamin.service.cohort.errors import CohortError
from cobalamin.service.rules.model.vocabulary import Analyte, Feature, History


class _Strict(Struct, forbid_unknown_fields=True, kw_only=True):
    pass


class Coded(_Strict):
    """A column whose values are translated; a value that is not listed is refused."""

    column: str
    values: dict[str, str | bool]


Column = str | Coded


class PatientColumns(_Strict):
    """Who a row is about."""

    id: str
    sex: Column | None = None
    birth_date: str | None = None
    age: str | None = None
    pregnant: Column | None = None


class ResultColumn(_Strict):
    """One analyte of a wide table: `unit` is a unit, `unit_column` names a column that has it."""

    analyte: Analyte
    column: str
    unit: str | None = None
    unit_column: str | None = None
    date_column: str | None = None


class FeatureColumn(_Strict):
    """A symptom or sign: present or absent as the column's values say."""

    code: Feature
    column: str
    values: dict[str, bool]


class HistoryColumn(_Strict):
    """An entry of the history: active or ended as the column's values say."""

    code: History
    column: str
    values: dict[str, bool]


class LongColumns(_Strict):
    """A long table: one result a row."""

    analyte: Coded
    value: str
    unit: Column | None = None
    date: str | None = None


class TableMapping(_Strict):
    """The whole mapping; `missing` are the texts that stand for no value, beside an empty one.

    `date` is the day of all results that have no column for it.
    """

    patient: PatientColumns
    date: str | None = None
    date_column: str | None = None
    laboratory: str | None = None
    missing: tuple[str, ...] = ()
    results: tuple[ResultColumn, ...] = ()
    features: tuple[FeatureColumn, ...] = ()
    history: tuple[HistoryColumn, ...] = ()
    long: LongColumns | None = None

    def columns(self) -> tuple[str, ...]:
        """Every column that is read, once, in the order in which they are named."""
        patient = self.patient
        of_patient = (patient.id, patient.sex, patient.birth_date, patient.age, patient.pregnant)
        named: list[Column | None] = [*of_patient, self.date_column, self.laboratory]
        for column in self.results:
            named += [column.column, column.unit_column, column.date_column]
        named += [column.column for column in self.features] + [
            column.column for column in self.history
        ]
        if self.long is not None:
            named += [self.long.analyte, self.long.value, self.long.unit, self.long.date]
        names = (column.column if isinstance(column, Coded) else column for column in named)
        return tuple(dict.fromkeys(name for name in names if name is not None))


def load_mapping(path: Path) -> TableMapping:
    """The checked mapping.

    Raises:
        CohortError: it cannot be read or is wrong; the message names the key.
    """
    try:
        loaded = tomllib.loads(path.read_text("utf-8"))
        mapping = msgspec.convert(loaded, TableMapping)
    except OSError as error:
        raise CohortError(f"{path}: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CohortError(f"{path}: is no TOML ({error})") from None
    except msgspec.ValidationError as error:
        raise CohortError(f"{path}: {error}") from None
    if bool(mapping.results) == (mapping.long is not None):
        raise CohortError(f"{path}: name [[results]] of a wide table or [long], and one alone")
    return mapping
