"""A table of products in one sorted file, looked up where it lies and never loaded as a whole.

The first line is a header; lines that begin with `#` number each dose form with what a product
holds; every other line gives a code that number, or `-` for a product that holds nothing that
matters. The lines of codes are sorted by their bytes, so a code is found by halving.
"""

import hashlib
import mmap
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct

from cobalamin.service.knowledge.errors import KnowledgeError

FORMAT = 1
NOTHING = "-"
_HEADER, _CONTENTS = b"!", b"#"


class Product(NamedTuple):
    """What a table says of a code: the dose form, what it holds, and where the code was read."""

    form: str
    contents: str
    source: str


class TableHeader(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The system of the codes, their number, and the release that they come from."""

    format: int
    system: str
    codes: int
    release: str = ""


class ProductTable:
    """One table; `find` reads a few lines of the file.

    Raises:
        KnowledgeError: the file cannot be read or is no such table; names it.
    """

    __slots__ = ("_contents", "_data", "_start", "header", "name")

    def __init__(self, path: Path) -> None:
        self.name = path.name
        try:
            with path.open("rb") as file:
                self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise KnowledgeError(self.name, "", str(error)) from None
        self.header, self._contents, self._start = self._opened()

    def _opened(self) -> tuple[TableHeader, tuple[tuple[str, str], ...], int]:
        try:
            line = self._data.readline()
            header = msgspec.json.decode(line.removeprefix(_HEADER), type=TableHeader)
            if not line.startswith(_HEADER) or header.format != FORMAT:
                raise KnowledgeError(self.name, "", "is not a product table of this version")
            contents: list[tuple[str, str]] = []
            start = self._data.tell()
            while (line := self._data.readline()).startswith(_CONTENTS):
                number, form, held = line.decode("utf-8").rstrip("\n").split("\t")
                if int(number[1:]) != len(contents):
                    raise KnowledgeError(self.name, number, "is not the next number")
                contents.append((form, held))
                start = self._data.tell()
        except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
            raise KnowledgeError(self.name, "", str(error)) from None
        return header, tuple(contents), start

    def find(self, code: str) -> Product | None:
        """The product with this code; None for a code that the table does not hold."""
        try:
            wanted = code.encode("ascii")
        except UnicodeEncodeError:
            return None
        if not wanted or not wanted.isalnum():
            return None
        low, high = self._start, len(self._data)
        while low < high:
            start = self._data.rfind(b"\n", self._start, (low + high) // 2) + 1
            start = max(start, self._start)
            end = self._data.find(b"\n", start)
            line_code, _, rest = self._data[start:end].partition(b"\t")
            if line_code == wanted:
                return self._product(rest)
            if line_code < wanted:
                low = end + 1
            else:
                high = start
        return None

    def _product(self, rest: bytes) -> Product:
        number, _, source = rest.decode("utf-8").partition("\t")
        if number == NOTHING:
            return Product("", "", source)
        return Product(*self._contents[int(number)], source)

    @property
    def contents(self) -> tuple[tuple[str, str], ...]:
        """Every dose form with what a product holds."""
        return self._contents

    def __iter__(self) -> Iterator[tuple[str, Product]]:
        for line in self._data[self._start :].splitlines():
            code, _, rest = line.partition(b"\t")
            yield code.decode("ascii"), self._product(rest)

    def __len__(self) -> int:
        return self.header.codes

    def digest(self) -> str:
        """The SHA-256 of the whole file."""
        return hashlib.sha256(self._data).hexdigest()


def write_product_table(
    path: Path, system: str, release: str, products: Mapping[str, Product]
) -> None:
    """Writes a table that `ProductTable` reads; the same products give the same bytes.

    Raises:
        OSError: the file cannot be written.
    """
    held = sorted({(one.contents, one.form) for one in products.values() if one.contents})
    numbers = {key: str(number) for number, key in enumerate(held)}
    header = TableHeader(format=FORMAT, system=system, codes=len(products), release=release)
    with path.open("wb") as file:
        file.write(_HEADER + msgspec.json.encode(header) + b"\n")
        for number, (contents, form) in enumerate(held):
            file.write(f"#{number}\t{form}\t{contents}\n".encode())
        file.writelines(_lines(products, numbers))


def _lines(
    products: Mapping[str, Product], numbers: Mapping[tuple[str, str], str]
) -> Iterable[bytes]:
    lines = []
    for code, product in products.items():
        number = numbers.get((product.contents, product.form), NOTHING)
        source = f"\t{product.source}" if product.source else ""
        lines.append(f"{code}\t{number}{source}\n".encode("ascii"))
    return sorted(lines)
