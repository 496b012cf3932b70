"""The page of a report."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from cobalamin.service.cohort.report.table import Cell, Section
from cobalamin.service.knowledge.profile import Profile

TEMPLATE = "cohort.html"
BAR_WIDTH = 160


def render_page(manifest: dict[str, Any], profile: Profile, sections: tuple[Section, ...]) -> str:
    """The whole page as HTML; every text is escaped."""
    environment = Environment(
        loader=PackageLoader("cobalamin.service.cohort.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cell"] = cell_text
    return environment.get_template(TEMPLATE).render(
        manifest=manifest,
        sections=sections,
        outcomes=manifest["outcomes"],
        refused=sum(manifest["refused"].values()),
        is_other_knowledge=manifest["knowledge"]["hash"] != profile.knowledge.hash
        or manifest["knowledge"]["site"] != profile.knowledge.site,
        bar_width=BAR_WIDTH,
    )


def cell_text(cell: Cell) -> str:
    """A cell as it is read; thousands are set apart."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:,.2f}".removesuffix(".00") if cell >= 100 else f"{cell:.2f}"  # noqa: PLR2004
    return f"{cell:,}" if isinstance(cell, int) else cell
