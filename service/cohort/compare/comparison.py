"""Two runs compared: who changes, from what to what, and why."""

from pathlib import Path
from typing import TYPE_CHECKING

from cobalamin.service.cohort.compare.flows import Comparison, Flow, Share
from cobalamin.service.cohort.compare.pairs import load_pairs
from cobalamin.service.cohort.compare.queries import FLOWS, SHARES, TOTALS
from cobalamin.service.cohort.database import connect, quoted
from cobalamin.service.cohort.manifest import read_manifest

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FLOWS_FILE, PEOPLE_FILE, SHARES_FILE = "flows.csv", "people.csv", "shares.csv"


def compare_runs(before: Path, after: Path, output: Path | None = None) -> Comparison:
    """Compares two finished runs; writes the flows and the people as CSV where a folder is named.

    Raises:
        CohortError: a folder holds no finished run of this version.
    """
    manifests = (read_manifest(before), read_manifest(after))
    with connect() as database:
        load_pairs(database, before, after)
        database.execute(FLOWS)
        database.execute(SHARES)
        totals = database.sql(TOTALS).fetchall()[0]
        if output is not None:
            _write(database, output)
        return Comparison(
            manifests=manifests,
            people=int(totals[0]),
            changed=int(totals[1]),
            moved=int(totals[2]),
            lose_urgent=int(totals[3]),
            gain_urgent=int(totals[4]),
            flows=tuple(Flow(*row) for row in database.sql("FROM flows").fetchall()),
            shares=tuple(Share(*row) for row in database.sql("FROM shares").fetchall()),
        )


def _write(database: "DuckDBPyConnection", output: Path) -> None:
    output.mkdir(parents=True, exist_ok=True)
    changed = (
        "(SELECT * FROM pairs WHERE before <> after OR findings <> '' OR advice <> '' "
        "ORDER BY loses_urgent DESC, subject, as_of, origin)"
    )
    sources = {FLOWS_FILE: "flows", SHARES_FILE: "shares", PEOPLE_FILE: changed}
    for name, source in sources.items():
        database.execute(f"COPY {source} TO {quoted(str(output / name))} (HEADER)")
