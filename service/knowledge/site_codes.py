"""A site's own codes, and the product tables that it has imported."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

from msgspec import Struct

from cobalamin.service.knowledge.code_meanings import CodeLookup, Meaning
from cobalamin.service.knowledge.codes import system_urls
from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.product_table import ProductTable
from cobalamin.service.knowledge.product_words import load_product_words
from cobalamin.service.knowledge.products import (
    HOLDERS,
    Products,
    load_products,
    product_meaning,
)
from cobalamin.service.knowledge.project_codes import own_history
from cobalamin.service.rules.model.vocabulary import Analyte, Feature, History


class LocalProduct(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A product of the site's catalogue: what it holds, and its dose form."""

    product: str
    form: str = "any"


class ProductFile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A product table that the site has imported, with the hash that it must have."""

    file: str
    sha256: str


_ANALYTES = frozenset(one.value for one in Analyte)
_FEATURES = frozenset(one.value for one in Feature)
_HISTORY = frozenset(one.value for one in History)
KNOWN_CODES = tuple(sorted({*_ANALYTES, *_FEATURES, *_HISTORY}))
LocalCodes = Mapping[str, Mapping[str, str | LocalProduct]]


def local_meanings(codes: LocalCodes) -> dict[tuple[str, str], Meaning]:
    """What each code of the site means; one that is wrong is left out.

    Codes of the system "" are those that are sent without a system.
    """
    return {
        (system, code): meaning
        for system, local in codes.items()
        for code, named in local.items()
        if (meaning := _meaning(named)) is not None
    }


def local_faults(codes: LocalCodes) -> Iterator[str]:
    """What is wrong with the codes of a site, a sentence for each."""
    words, is_any_unknown = load_product_words(), False
    for system, local in codes.items():
        for code, named in local.items():
            if not code or code != code.strip():
                yield f"codes.{system!r}: a code is empty or has blanks around it"
            if _meaning(named) is None:
                near = _similar(named)
                says = f'"{named}" is no analyte, feature or history code of this project'
                says += f"; did you mean {' or '.join(near)}?" if near else ""
                if isinstance(named, LocalProduct):
                    ingredients = ", ".join(words.ingredient)
                    says = f'must hold ingredients such as "folic acid 5 mg", of {ingredients}'
                else:
                    is_any_unknown = True
                yield f"codes.{system!r}.{code}: {says}"
    if is_any_unknown:
        yield f"codes: this project knows {', '.join(KNOWN_CODES)}"


def _similar(named: str | LocalProduct) -> list[str]:
    """Codes that hold what was written, or look like it."""
    if not isinstance(named, str) or not named:
        return []
    holding = [code for code in KNOWN_CODES if named.lower() in code]
    return holding[:3] or get_close_matches(named.lower(), KNOWN_CODES)


def _meaning(named: str | LocalProduct) -> Meaning | None:
    if isinstance(named, LocalProduct):
        try:
            return product_meaning(named.form, named.product)
        except KnowledgeError:
            return None
    display = f"{named}, code of the site"
    if named in _ANALYTES:
        return Meaning(display=display, analyte=Analyte(named))
    if named in _FEATURES:
        return Meaning(display=display, features=(Feature(named),))
    return own_history(History(named)) if named in _HISTORY else None


def open_products(files: Mapping[str, ProductFile], folder: Path) -> dict[str, ProductTable]:
    """The imported table of each system.

    Raises:
        KnowledgeError: a file is missing, is another than was imported, or of another system.
    """
    tables = {}
    for system, named in files.items():
        key = f"products.{system}"
        if system not in HOLDERS:
            raise KnowledgeError("", key, f"is none of {', '.join(HOLDERS)}")
        table = ProductTable(folder / named.file)
        if table.header.system != system:
            raise KnowledgeError(named.file, key, f"is a table of {table.header.system}")
        if table.digest() != named.sha256:
            raise KnowledgeError(named.file, key, "is not the file that was imported: its hash")
        tables[system] = table
    return tables


def with_built_in(imported: Mapping[str, ProductTable]) -> dict[str, CodeLookup]:
    """For the address of each system, the imported tables before the built-in ones."""
    urls, built_in = system_urls(), load_products()
    lookups: dict[str, CodeLookup] = {}
    for system, own in built_in.items():
        tables = tuple(imported[name] for name in HOLDERS.get(system, ()) if name in imported)
        if tables:
            lookups[urls[system]] = Products((*tables, *own.tables))
    return lookups
