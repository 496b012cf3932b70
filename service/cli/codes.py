"""`cobalamin codes`: which codes are read, and products from a site's own releases."""

import json
import sys
import zlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import click

from cobalamin.service.cli.extracts.counts import ExtractCounts
from cobalamin.service.cli.extracts.files import (
    UnknownFormatError,
    is_hl7,
    iter_files,
    iter_hl7_messages,
    iter_json_documents,
)
from cobalamin.service.cli.extracts.tables import table_lines, tables_of, write_tables
from cobalamin.service.cli.profile import PROFILE_OPTION, load_profile_or_exit
from cobalamin.service.cohort.report.table import ReportTable
from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.product_table import Product, ProductTable, write_product_table
from cobalamin.service.knowledge.products import check_table
from cobalamin.service.knowledge.releases.dmd import read_dmd
from cobalamin.service.knowledge.releases.rxnorm import read_rxnorm
from cobalamin.service.knowledge.releases.snomed import read_snomed
from cobalamin.service.knowledge.site import load_site_codes
from cobalamin.service.knowledge.site_block import site_block
from cobalamin.service.knowledge.site_codes import LocalCodes

FAILED, UNREADABLE = 1, 3
RELEASES: dict[str, Callable[[Path], dict[str, Product]]] = {
    "rxnorm": read_rxnorm,
    "dmd": read_dmd,
    "snomed": read_snomed,
}


@click.group()
def codes() -> None:
    """Codes of what is sent, and products of releases."""


@codes.command("import")
@click.option("--system", type=click.Choice(sorted(RELEASES)), required=True)
@click.option("--release", default="", help="The name of the release, kept in the table.")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The table."
)
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def import_codes(system: str, release: str, output: Path, folder: Path) -> None:
    """Make one product table of the release files in FOLDER: RxNorm RRF, dm+d XML or SNOMED RF2."""
    try:
        products = RELEASES[system](folder)
        write_product_table(output, system, release, products)
        table = ProductTable(output)
        check_table(table, str)
    except KnowledgeError as error:
        click.echo(error, err=True)
        sys.exit(UNREADABLE)
    except OSError as error:
        click.echo(f"{output}: {error.strerror}", err=True)
        sys.exit(FAILED)
    matter = sum(bool(product.contents) for product in products.values())
    click.echo(
        f"{len(products)} codes, of which {matter} hold a medicine that matters, "
        f"in {len(table.contents)} ways. For the site file:",
        err=True,
    )
    click.echo(f'[products.{system}]\nfile = "{output.name}"\nsha256 = "{table.digest()}"')


@codes.command("check")
@click.option("--site", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@PROFILE_OPTION
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day to assess on.")
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text")
@click.option("--csv", "folder", type=click.Path(file_okay=False, path_type=Path))
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def check_codes(
    paths: tuple[Path, ...],
    site: Path | None,
    profile_id: str,
    as_of: datetime | None,
    form: str,
    folder: Path | None,
) -> None:
    """Count what PATHS hold: files and folders of HL7 v2, FHIR, NDJSON, hook calls, plain forms.

    Prints how many could be assessed and why not, units that are refused, the codes, and a block
    for the site file with those that are not known. What the block proposes by a name is to be read
    before it counts. Messages are assessed on the day that they were sent, without --as-of. --csv
    names a folder for the tables.

    Exit 1 where a code that stands alone is not known or its unit is refused, 3 where a file cannot
    be read.
    """
    profile = load_profile_or_exit(profile_id, site)
    counts = ExtractCounts(profile, None if as_of is None else as_of.date())
    unread = sum(not _add(counts, file) for file in iter_files(paths))
    tables = tables_of(counts, profile.wording)
    block = site_block(counts.codes, counts.units.proposals(), _codes_of(site))
    click.echo(_as_json(tables, block) if form == "json" else _as_text(tables, block), nl=False)
    if folder is not None:
        _write(tables, folder)
    if unread:
        sys.exit(UNREADABLE)
    if counts.has_unknown:
        sys.exit(FAILED)


HEADING = "# For the site file. Check each line: a proposal rests on the name of the code alone."


def _add(counts: ExtractCounts, file: Path) -> bool:
    """Count the documents of a file; False, with a line on standard error, if it cannot be read."""
    try:
        if is_hl7(file):
            for message in iter_hl7_messages(file):
                counts.add_message(message)
        else:
            for body in iter_json_documents(file):
                counts.add_json(body)
    except (OSError, EOFError, zlib.error, UnknownFormatError) as error:
        # Never what was sent: only the kind of error.
        click.echo(f"{file}: cannot be read ({_reason(error)})", err=True)
        return False
    return True


def _reason(error: Exception) -> str:
    if isinstance(error, UnknownFormatError):
        return "it begins neither as HL7 v2 nor as JSON"
    return type(error).__name__


def _codes_of(site: Path | None) -> LocalCodes:
    return {} if site is None else load_site_codes(site)


def _as_text(tables: tuple[ReportTable, ...], block: str) -> str:
    lines = [line for table in tables for line in table_lines(table)]
    return "".join(f"{line}\n" for line in (*lines, *([HEADING, block] if block else ())))


def _as_json(tables: tuple[ReportTable, ...], block: str) -> str:
    rows = {
        table.name: [dict(zip(table.columns, row, strict=True)) for row in table.rows]
        for table in tables
    }
    text_only = {row["kind"]: row["number"] for row in rows.pop("text-only")}
    found = {**rows, "textOnly": text_only, "siteFile": block}
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def _write(tables: tuple[ReportTable, ...], folder: Path) -> None:
    try:
        write_tables(tables, folder)
    except OSError as error:
        click.echo(f"{folder}: {error.strerror}", err=True)
        sys.exit(FAILED)
