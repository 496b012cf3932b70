"""The patient of the rows of a table."""

from cobalamin.schemas.plain_form import PlainPatient
from cobalamin.service.cohort.errors import RefusedError
from cobalamin.service.cohort.input.table.cells import Row, decimal_of, translated
from cobalamin.service.cohort.input.table.mapping import TableMapping
from cobalamin.service.rules.model.vocabulary import Sex

OLDEST = 130
TWO_PEOPLE = RefusedError("two-people", "rows of one id differ in sex, birth date or age")


def patient_of(subject: str, rows: list[Row], mapping: TableMapping) -> PlainPatient:
    """The patient.

    Raises:
        RefusedError: the rows are about two people, or hold what is not read.
    """
    columns = mapping.patient
    sexes = {translated(row, columns.sex) for row in rows} - {None}
    born = {row[columns.birth_date] for row in rows if columns.birth_date in row}
    ages = [_age(row[columns.age]) for row in rows if columns.age in row]
    apart = max(ages) - min(ages) if ages else 0
    if len(sexes) > 1 or len(born) > 1 or (apart > 1 and mapping.date_column is None):
        raise TWO_PEOPLE
    pregnant = {translated(row, columns.pregnant) for row in rows} - {None}
    return PlainPatient(
        id=subject,
        sex=_sex(sexes.pop()) if sexes else None,
        birthDate=born.pop() if born else None,
        age=max(ages) if ages else None,
        pregnant=True in pregnant if pregnant else None,
    )


def _sex(value: str | bool | None) -> Sex:  # noqa: FBT001 - as the mapping has it
    try:
        return Sex(str(value))
    except ValueError:
        raise RefusedError("not-valid", "the sex is not one that is read") from None


def _age(text: str) -> int:
    number = decimal_of(text)
    if not number.is_finite() or number != int(number) or not 0 <= number <= OLDEST:
        raise RefusedError("not-valid", "the age is not a whole number from 0 to 130")
    return int(number)
