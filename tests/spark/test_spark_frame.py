"""`assess_frame` and `assess_bulk` on Spark: the rows of the local engine, as DataFrames."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from bad_cohorts import bad_bulk
from cobalamin.service.cohort import assess_frame as assess_locally
from cobalamin.service.cohort.errors import CohortError, CohortUsageError
from cobalamin.service.cohort.output.columns import COLUMNS
from cobalamin.service.cohort.spark import assess_bulk, assess_frame
from cobalamin.service.cohort.spark.shared import OTHER
from cohorts import DAY, as_bulk, as_csv, as_lines, as_long_csv, people, run
from reports import site_file

ON = date.fromisoformat(DAY)
PEOPLE = people(40)
Frame = Any


def rows_of_run(folder: Path) -> list[tuple[object, ...]]:
    return list(duckdb.read_parquet(str(folder / "rows.parquet")).fetchall())


def refused_of_run(folder: Path) -> list[tuple[object, ...]]:
    columns = "CAST(number AS BIGINT), subject, code, text"
    read = duckdb.read_csv(str(folder / "refused.csv"), all_varchar=True, header=True)
    return sorted(read.project(columns).fetchall(), key=str)


def collected(frame: Frame) -> list[tuple[object, ...]]:
    found = frame.orderBy("subject").collect() if "subject" in frame.columns else frame.collect()
    return [tuple(row) for row in found]


def with_types(spark: Any, file: str) -> Frame:  # noqa: ANN401 - PySpark's own
    return spark.read.csv(file, header=True, inferSchema=True)


def as_text(spark: Any, file: str) -> Frame:  # noqa: ANN401 - PySpark's own
    return spark.read.csv(file, header=True)


@pytest.mark.parametrize("write", [as_csv, as_long_csv])
@pytest.mark.parametrize("read", [with_types, as_text])
def test_a_dataframe_gives_the_rows_of_a_run(
    write: Callable[..., list[str]],
    read: Callable[..., Frame],
    spark: Any,  # noqa: ANN401 - PySpark's own
    tmp_path: Path,
) -> None:
    file, _, mapping = write(tmp_path, PEOPLE)
    expected = rows_of_run(run(tmp_path / "out", file, "--mapping", mapping))
    assessed = assess_frame(read(spark, file).repartition(3), mapping, as_of=ON)
    assert assessed.rows.columns == list(COLUMNS)
    types = dict(assessed.rows.dtypes)
    assert (types["reasons"], types["age"], types["as_of"]) == ("array<string>", "int", "date")
    assert (types["pregnant"], types["b12_total"]) == ("boolean", "double")
    assert collected(assessed.rows) == expected
    assert collected(assessed.refused) == []
    assessed.unpersist()


def test_a_small_dataframe_can_be_assessed_in_this_process(spark: Any, tmp_path: Path) -> None:  # noqa: ANN401 - PySpark's own
    file, _, mapping = as_csv(tmp_path, PEOPLE)
    expected = rows_of_run(run(tmp_path / "out", file, "--mapping", mapping))
    assessed = assess_locally(as_text(spark, file), mapping, as_of=ON)
    assert assessed.rows.fetchall() == expected


def test_a_refusal_names_the_row_where_a_column_numbers_it(spark: Any, tmp_path: Path) -> None:  # noqa: ANN401 - PySpark's own
    from pyspark.sql import functions as f  # noqa: PLC0415 - not there without the verb

    file, _, mapping = as_csv(tmp_path, PEOPLE)
    rows = spark.read.csv(file, header=True).collect()
    told = [{**row.asDict(), "row": at} for at, row in enumerate(rows, start=1)]
    frame = spark.createDataFrame(told)
    person, sex = f.col("person"), f.col("sex")
    broken = frame.withColumns(
        {
            "sex": f.when(person == "p00005", "7").otherwise(sex),
            "person": f.when(person == "p00003", "\t ").otherwise(f.concat(person, f.lit(" "))),
        }
    )
    assessed = assess_frame(broken, mapping, as_of=ON, number="row")
    refused = assessed.refused.orderBy("number").select("number", "subject", "code")
    assert collected(refused) == [(4, None, "no-id"), (6, "p00005", "not-mapped")]
    assert assessed.rows.count() == len(PEOPLE) - 2
    without = assess_frame(broken, mapping, as_of=ON).refused.orderBy("code")
    assert [row.number for row in without.collect()] == [None, None]


def test_a_point_of_time_is_the_day_of_the_sessions_clock(spark: Any, tmp_path: Path) -> None:  # noqa: ANN401 - PySpark's own
    zone = spark.conf.get("spark.sql.session.timeZone")
    mapping = tmp_path / "map.toml"
    mapping.write_text(
        'date_column = "at"\n[patient]\nid = "id"\n[[results]]\nanalyte = "b12_total"\n'
        'column = "b12"\nunit = "pg/mL"\n',
        "utf-8",
    )
    spark.conf.set("spark.sql.session.timeZone", "Pacific/Auckland")
    try:
        rows = spark.sql("SELECT 'a' AS id, 120 AS b12, TIMESTAMP '2026-11-21 00:30:00' AS at")
        assert isinstance(rows.collect()[0]["at"], datetime)
        # Sampled on the day after the assessment: it would count on the day before.
        row = assess_frame(rows, mapping, as_of=ON).rows.collect()[0]
    finally:
        spark.conf.set("spark.sql.session.timeZone", zone)
    table: Frame = duckdb.query("SELECT 'a' AS id, 120 AS b12, '2026-11-21 00:30:00' AS at")
    assert tuple(row) == assess_locally(table, mapping, as_of=ON).rows.fetchall()[0]


@pytest.mark.parametrize("write", [as_bulk, lambda folder, _: bad_bulk(folder)])
def test_bulk_data_gives_the_rows_and_refusals_of_a_run(
    write: Callable[..., list[str]],
    spark: Any,  # noqa: ANN401 - PySpark's own
    tmp_path: Path,
) -> None:
    (folder,) = write(tmp_path, PEOPLE)
    whole = run(tmp_path / "out", folder)
    assessed = assess_bulk(spark, folder, as_of=ON)
    assert collected(assessed.rows) == rows_of_run(whole)
    columns = assessed.refused.select("number", "subject", "code", "text")
    assert sorted(collected(columns), key=str) == refused_of_run(whole)


def test_what_cannot_be_used_is_said(spark: Any, tmp_path: Path) -> None:  # noqa: ANN401 - PySpark's own
    file, _, mapping = as_csv(tmp_path, PEOPLE)
    frame = spark.read.csv(file, header=True)
    with pytest.raises(CohortError, match="has no column mma, which the mapping names"):
        assess_frame(frame.drop("mma"), mapping)
    with pytest.raises(CohortError, match="has no column row"):
        assess_frame(frame, mapping, number="row")
    with pytest.raises(CohortUsageError, match="is no file of single resources"):
        assess_bulk(spark, as_lines(tmp_path, PEOPLE)[0])
    with pytest.raises(CohortError, match="hold no file"):
        assess_bulk(spark, tmp_path / "none")


def test_a_file_that_a_worker_cannot_read_is_said_by_the_worker(
    spark: Any,  # noqa: ANN401 - PySpark's own
    tmp_path: Path,
) -> None:
    from pyspark.errors import PySparkException  # noqa: PLC0415 - not there without the verb

    (folder,) = as_bulk(tmp_path, PEOPLE)
    assessed = assess_bulk(spark, folder, as_of=ON)
    Path(folder, "Patient.ndjson").unlink()
    with pytest.raises(PySparkException, match=r"one path on every machine \(No such file"):
        assessed.rows.collect()


def test_a_worker_with_another_site_file_ends_the_work(spark: Any, tmp_path: Path) -> None:  # noqa: ANN401 - PySpark's own
    from pyspark.errors import PySparkException  # noqa: PLC0415 - not there without the verb

    (folder,) = as_bulk(tmp_path, PEOPLE)
    site = site_file(tmp_path)
    assessed = assess_bulk(spark, folder, site=site, as_of=ON)
    site_file(tmp_path, keep=401)
    with pytest.raises(PySparkException, match=OTHER):
        assessed.rows.collect()
