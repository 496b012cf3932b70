"""`cobalamin codes`: which codes are read, and products from a site's own releases."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import msgspec

from cobalamin.fhir.code_extraction import concepts_of
from cobalamin.service.knowledge.code_counts import CodeCounts, CodeUse, SentCode, site_block
from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.product_table import Product, ProductTable, write_product_table
from cobalamin.service.knowledge.products import check_table
from cobalamin.service.knowledge.profile import load_profile
from cobalamin.service.knowledge.releases.dmd import read_dmd
from cobalamin.service.knowledge.releases.rxnorm import read_rxnorm
from cobalamin.service.knowledge.releases.snomed import read_snomed
from cobalamin.service.knowledge.site import load_site
from cobalamin.service.lab.hl7v2.coded_elements import concepts_of_messages

FAILED, UNREADABLE = 1, 3
RELEASES: dict[str, Callable[[Path], dict[str, Product]]] = {
    "rxnorm": read_rxnorm,
    "dmd": read_dmd,
    "snomed": read_snomed,
}
Concepts = Iterator[tuple[str, tuple[SentCode, ...]]]


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
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
def check_codes(files: tuple[Path, ...], site: Path | None, form: str) -> None:
    """Count the codes in FILES: FHIR as JSON or NDJSON, hook calls, HL7 v2 messages.

    Exit 1 where a code that stands alone is not known, 3 where a file cannot be read.
    """
    try:
        profile = load_profile("uk-nice", None if site is None else load_site(site))
    except KnowledgeError as error:
        click.echo(error, err=True)
        sys.exit(UNREADABLE)
    counts, unread = CodeCounts(profile.codes), 0
    for file in files:
        try:
            for kind, codings in _concepts(file):
                counts.add(kind, codings)
        except (OSError, UnicodeDecodeError, msgspec.DecodeError) as error:
            unread += 1
            # Never what was sent: only the kind of error.
            click.echo(f"{file}: cannot be read ({type(error).__name__})", err=True)
    _print(counts, form)
    if unread:
        sys.exit(UNREADABLE)
    if any(count.alone for count in counts if count.use in _UNKNOWN):
        sys.exit(FAILED)


_UNKNOWN = (CodeUse.code_not_known, CodeUse.system_not_read)


def _concepts(file: Path) -> Concepts:
    """The concepts of a file, by what it begins with; one line at a time where it is NDJSON."""
    with file.open("rb") as opened:
        start = opened.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n\x0b")
    if start.startswith((b"MSH", b"FHS", b"BHS")):
        yield from concepts_of_messages(file.read_text("utf-8-sig", errors="replace"))
        return
    try:
        yield from concepts_of(msgspec.json.decode(file.read_bytes().removeprefix(b"\xef\xbb\xbf")))
    except msgspec.DecodeError:
        with file.open("rb") as lines:
            for line in lines:
                if line.strip():
                    yield from concepts_of(msgspec.json.decode(line))


def _print(counts: CodeCounts, form: str) -> None:
    if form == "json":
        rows = [one._asdict() for one in counts]
        text_only = dict(counts.text_only)
        click.echo(json.dumps({"codes": rows, "textOnly": text_only}, ensure_ascii=False, indent=1))
        return
    click.echo("times\talone\tuse\tkind\tsystem\tcode\tdisplay")
    for one in counts:
        place = (one.kind, one.system or "-", one.code, one.display or "-")
        click.echo("\t".join((str(one.times), str(one.alone), one.use, *map(_line, place))))
    for kind, times in counts.text_only.items():
        click.echo(f"{times}\t{times}\ttext without a code\t{kind}\t-\t-\t-")
    totals = ", ".join(f"{number} {use}" for use, number in counts.totals().most_common())
    click.echo(f"codings: {totals or 'none'}", err=True)
    block = site_block(counts)
    if block:
        click.echo(f"\n# What these mean can be said in the site file:\n{block}")


def _line(text: str) -> str:
    return " ".join(text.split())
