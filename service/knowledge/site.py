"""The site file: a laboratory's own limits, codes and orderables, checked like the knowledge.

Every number has an author, a reason and a date, and must keep its bounds. A wrong file is refused
as a whole, with every fault named.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace as replaced
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cobalamin.service.conversion import convert
from cobalamin.service.knowledge.code_meanings import Meaning
from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.product_table import ProductTable
from cobalamin.service.knowledge.site_codes import (
    LocalCodes,
    LocalProduct,
    ProductFile,
    local_faults,
    local_meanings,
    open_products,
)
from cobalamin.service.knowledge.site_comments import SiteComments, comment_changes, comment_faults
from cobalamin.service.knowledge.site_reflex import ReflexRule, reflex_changes, reflex_faults
from cobalamin.service.knowledge.site_switches import (
    SiteSwitch,
    switch_changes,
    switch_faults,
    with_switches,
)
from cobalamin.service.knowledge.threshold_checks import (
    load_threshold_bounds,
    threshold_faults,
    unit_table_of,
    value_faults,
)
from cobalamin.service.knowledge.toml_files import UNSAFE, load_entries
from cobalamin.service.knowledge.units import load_units
from cobalamin.service.message_form import USUAL_FORM, MessageForm
from cobalamin.service.rules.model.codes import SUGGESTION_CODES
from cobalamin.service.rules.model.knowledge import Knowledge
from cobalamin.service.rules.model.parameter import Bound, Citation, Parameter, Verification

SOURCE = "site"
SAME_MASS = {"ng/L": "pg/mL", "pg/mL": "ng/L"}


class _Struct(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    pass


class _Limit(_Struct):
    value: dict[str, str]
    author: str
    why: str
    reviewed: date


class Orderable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A code of the site's catalogue for what a suggestion orders."""

    system: str
    code: str
    display: str


class _File(_Struct):
    name: str
    contact: str | None = None
    table: str | None = None
    thresholds: dict[str, _Limit] = {}
    codes: dict[str, dict[str, str | LocalProduct]] = {}
    products: dict[str, ProductFile] = {}
    orderables: dict[str, Orderable] = {}
    switches: dict[str, SiteSwitch] = {}
    comments: SiteComments = SiteComments()
    reflex: dict[str, ReflexRule] = {}
    hl7v2: MessageForm = USUAL_FORM


class _CutOffs(_Struct):
    deficient: dict[str, str]
    unlikely: dict[str, str]
    source: str
    locator: str
    verification: Verification
    reaches: bool = False


class Site(Struct, frozen=True, kw_only=True):
    """One checked site file; `hash` covers its bytes."""

    name: str
    contact: str | None
    table: str | None
    thresholds: Mapping[str, Parameter]
    codes: Mapping[tuple[str, str], Meaning]
    products: Mapping[str, ProductTable]
    orderables: Mapping[str, Orderable]
    switches: Mapping[str, SiteSwitch]
    hash: str
    comments: SiteComments = SiteComments()
    reflex: Mapping[str, ReflexRule] = {}
    hl7v2: MessageForm = USUAL_FORM

    def choices(self) -> Iterator[str]:
        """A sentence for each choice about report comments and reflex tests."""
        yield from comment_changes(self.comments)
        yield from reflex_changes(self.reflex)


def load_site(path: Path) -> Site:
    """The checked site file.

    Raises:
        KnowledgeError: the file cannot be read or is wrong; every fault is in the message.
    """
    content, file = _read(path)
    faults = (
        *_faults(file),
        *local_faults(file.codes),
        *switch_faults(file.switches),
        *comment_faults(file.comments),
        *reflex_faults(file.reflex),
    )
    if faults:
        raise KnowledgeError(path.name, "", "; ".join(faults))
    return Site(
        name=file.name,
        contact=file.contact,
        table=file.table,
        thresholds={key: _parameter(key, limit) for key, limit in file.thresholds.items()},
        codes=local_meanings(file.codes),
        products=open_products(file.products, path.parent),
        orderables=file.orderables,
        switches=file.switches,
        comments=file.comments,
        reflex=file.reflex,
        hl7v2=file.hl7v2,
        hash=f"sha256:{hashlib.sha256(content).hexdigest()}",
    )


def load_site_codes(path: Path) -> LocalCodes:
    """The codes of a site file as they are written.

    Raises:
        KnowledgeError: the file cannot be read.
    """
    return _read(path)[1].codes


def _read(path: Path) -> tuple[bytes, _File]:
    # Here, because few services have a site file, and other imports need no TOML.
    import tomllib  # noqa: PLC0415

    try:
        content = path.read_bytes()
        return content, convert(tomllib.loads(content.decode("utf-8-sig")), _File)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise KnowledgeError(path.name, "", str(error)) from None
    except msgspec.ValidationError as error:
        raise KnowledgeError(path.name, "", str(error)) from None


def with_site(knowledge: Knowledge, site: Site) -> Knowledge:
    """The knowledge as the site changes it; its citation names the site.

    Raises:
        KnowledgeError: the changed limits contradict each other.
    """
    changed = {**_from_table(site.table), **site.thresholds}
    kept = {
        key: _in_place_of(getattr(knowledge.thresholds, key), limit)
        for key, limit in changed.items()
    }
    thresholds = replace(knowledge.thresholds, **kept)
    for fault in threshold_faults(thresholds, knowledge.units):
        raise KnowledgeError(site.name, f"thresholds.{fault.key}", fault.problem)
    citation = Citation(id=SOURCE, short=site.name, title=f"{site.name}, limits of its own")
    citations = {**knowledge.citations, SOURCE: citation}
    care = with_switches(knowledge.care, site.switches)
    return replace(knowledge, site=site.hash, thresholds=thresholds, citations=citations, care=care)


def changes(before: Knowledge, after: Knowledge) -> Iterator[str]:
    """What a site file changes, a sentence for each limit and choice: old and new."""
    for key, bounds in load_threshold_bounds().items():
        if not bounds.site:
            continue
        old: Parameter = getattr(before.thresholds, key)
        new: Parameter = getattr(after.thresholds, key)
        if (old.value, old.bound, old.source) != (new.value, new.bound, new.source):
            by = f"{new.author}: {new.why}" if new.source == SOURCE else f"{new.source}"
            yield f"{new.label}: {_shown(old)} becomes {_shown(new)} ({by})"
    yield from switch_changes(before.care, after.care)


def _shown(limit: Parameter) -> str:
    return ", ".join(f"{value} {unit}" for unit, value in limit.value.items())


# --- checks


def _faults(file: _File) -> Iterator[str]:
    for name, text in (("name", file.name), ("contact", file.contact or "-")):
        if not text.strip() or UNSAFE & set(text):
            yield f"{name}: must be plain text without markup"
    if file.table is not None and file.table not in _cutoffs():
        yield f"table: is none of {', '.join(_cutoffs())}"
    for key, limit in file.thresholds.items():
        yield from (f"thresholds.{key}: {fault}" for fault in _limit_faults(key, limit))
    for code in file.orderables:
        if code not in SUGGESTION_CODES:
            known = ", ".join(sorted(SUGGESTION_CODES))
            yield f"orderables.{code}: is no suggestion; use one of {known}"


def _limit_faults(key: str, limit: _Limit) -> Iterator[str]:
    every = load_threshold_bounds()
    bounds = every.get(key)
    if bounds is None or not bounds.site:
        known = ", ".join(name for name, one in every.items() if one.site)
        yield f"is not a limit that a site may change; these are {known}"
        return
    for text in (limit.author, limit.why):
        if not text.strip() or UNSAFE & set(text):
            yield "author and why must be plain text without markup"
    if not limit.value:
        yield "has no value"
    for unit, text in limit.value.items():
        try:
            value = Decimal(text)
        except InvalidOperation:
            yield f"{unit}: is not a number"
        else:
            yield from value_faults(unit, value, bounds, unit_table_of(key, load_units()))


# --- parameters


def _parameter(key: str, limit: _Limit) -> Parameter:
    """The site's limit; label and bound are those of the limit that it replaces."""
    return Parameter(
        id=key,
        label="",
        value=_both_masses({unit: Decimal(text) for unit, text in limit.value.items()}),
        bound=Bound.exclusive,
        source=SOURCE,
        locator=f"set by {limit.author}: {limit.why}",
        verification=Verification.unverified,
        author=limit.author,
        checker=None,
        reviewed=limit.reviewed,
        why=limit.why,
    )


def _in_place_of(old: Parameter, new: Parameter) -> Parameter:
    """A site's own limit keeps the bound of the old one; a named table brings its own."""
    own = new.source == SOURCE
    return replaced(new, label=old.label, bound=old.bound if own else new.bound)


def _both_masses(value: dict[str, Decimal]) -> dict[str, Decimal]:
    """pg/mL and ng/L are the same number, so one of them gives both."""
    other = {SAME_MASS[unit]: number for unit, number in value.items() if unit in SAME_MASS}
    return {**other, **value}


def _from_table(name: str | None) -> Mapping[str, Parameter]:
    """The two limits of a named table."""
    if name is None:
        return {}
    table = _cutoffs()[name]
    rows = (
        ("b12_total_deficient", table.deficient, Bound.exclusive),
        (
            "b12_total_unlikely",
            table.unlikely,
            Bound.inclusive if table.reaches else Bound.exclusive,
        ),
    )
    return {
        key: Parameter(
            id=key,
            label="",
            value=_both_masses({unit: Decimal(text) for unit, text in value.items()}),
            bound=bound,
            source=table.source,
            locator=table.locator,
            verification=table.verification,
            author="CB",
            checker=None,
            reviewed=date(2026, 11, 21),
            why=f"The site chose the table {name}.",
        )
        for key, value, bound in rows
    }


def _cutoffs() -> Mapping[str, _CutOffs]:
    return load_entries("cutoffs.toml", _CutOffs)
