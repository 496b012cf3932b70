"""How results are distributed, with the limits of the profile."""

import math
from collections.abc import Iterator

from cobalamin.service.cohort.report.source import Source
from cobalamin.service.cohort.report.table import ReportTable, Section, per_1000
from cobalamin.service.rules.model.parameter import Parameter

BINS = 14
# The limits that are shown for each analyte; others apply in some patients only.
LIMITS = {
    "b12_total": ("b12_total_deficient", "b12_total_unlikely"),
    "b12_active": ("b12_active_deficient", "b12_active_unlikely"),
    "mma": ("mma_raised", "mma_raised_older"),
    "homocysteine": ("homocysteine_raised",),
    "haemoglobin": ("haemoglobin_pregnant", "haemoglobin_women", "haemoglobin_men"),
    "mcv": ("mcv_microcytic", "mcv_macrocytic"),
}
BANDS = ("deficient", "indeterminate", "unlikely", "none")


def distribution_section(source: Source) -> Section:
    """The bands of vitamin B12, then every measured analyte in each unit."""
    tables = [_bands(source)]
    for analyte in LIMITS:
        units = source.rows(
            f"SELECT {analyte}_unit FROM person WHERE {analyte} IS NOT NULL "  # noqa: S608
            "GROUP BY 1 ORDER BY count(*) DESC, 1"
        )
        tables += [_distribution(source, analyte, str(unit)) for (unit,) in units]
    return Section(
        name="distributions",
        title="How results are distributed",
        tables=tuple(tables),
        note=(
            "The result that counted of each person, in the unit that was reported; the first and "
            "the last line hold everything beyond them. A limit stands where it falls."
        ),
    )


def _bands(source: Source) -> ReportTable:
    counts = dict(source.rows("SELECT band, count(*) FROM person GROUP BY band"))
    words = {band.value: text for band, text in source.profile.wording.terms.band.items()}
    return ReportTable(
        name="bands",
        title="Vitamin B12 by band",
        columns=("band", "what it is", "people", "per 1000"),
        rows=tuple(
            (band, words[band], counts.get(band, 0), per_1000(counts.get(band, 0), source.people))
            for band in BANDS
        ),
        bar="per 1000",
        note="By the level alone; other markers may decide otherwise. " + _band_limits(source),
    )


def _band_limits(source: Source) -> str:
    """The limits between the bands, in each unit that was reported."""
    units = source.rows(
        "SELECT b12_total_unit FROM person WHERE b12_total IS NOT NULL GROUP BY 1 ORDER BY 1"
    )
    everything = (-math.inf, math.inf)
    return " ".join(
        f"In {unit}: {_limits(source, 'b12_total', str(unit), everything)}." for (unit,) in units
    )


def _distribution(source: Source, analyte: str, unit: str) -> ReportTable:
    step, low, high = _bins(source, analyte, unit)
    bins = source.database.execute(
        f"SELECT CAST(least(greatest(floor({analyte} / $step), $low), $high) AS BIGINT) AS bin, "  # noqa: S608
        "count(*), count(*) FILTER (outcome = 'advice') FROM person "
        f"WHERE {analyte}_unit = $unit GROUP BY bin ORDER BY bin",
        {"step": step, "low": low, "high": high, "unit": unit},
    ).fetchall()
    people = {int(row[0]): (int(row[1]), int(row[2])) for row in bins}
    name = source.profile.wording.facts[analyte]
    rows = [
        (_range(at, low, high, step), *people.get(at, (0, 0)), _limits(source, analyte, unit, edge))
        for at in range(low, high + 1)
        for edge in ((_lower(at, low, step), _upper(at, high, step)),)
    ]
    return ReportTable(
        name=f"distribution-{analyte}-{unit.replace('/', '-')}".replace("*", ""),
        title=f"{name} in {unit}",
        columns=(unit, "people", "with a card", "limits"),
        rows=tuple(rows),
        bar="people",
    )


def _bins(source: Source, analyte: str, unit: str) -> tuple[float, int, int]:
    """The width of the bins, and the first and last of them: 98 of 100 results lie between."""
    (low, high), *_ = source.database.execute(
        f"SELECT quantile_cont({analyte}, 0.01), quantile_cont({analyte}, 0.99) "  # noqa: S608
        f"FROM person WHERE {analyte}_unit = $unit",
        {"unit": unit},
    ).fetchall()
    wide = max((high - low) / BINS, abs(high) / 1000, 1e-9)
    size = 10.0 ** math.floor(math.log10(wide))
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= wide)
    return step, math.floor(low / step), math.floor(high / step)


def _lower(at: int, low: int, step: float) -> float:
    return -math.inf if at == low else at * step


def _upper(at: int, high: int, step: float) -> float:
    return math.inf if at == high else (at + 1) * step


def _range(at: int, low: int, high: int, step: float) -> str:
    if low == high:
        return "all"
    start, end = f"{at * step:.6g}", f"{(at + 1) * step:.6g}"
    if at == low:
        return f"below {end}"
    return f"{start} and above" if at == high else f"{start} to below {end}"


def _limits(source: Source, analyte: str, unit: str, edges: tuple[float, float]) -> str:
    """The limits that fall between the edges."""
    limits = []
    for limit in _parameters(source, analyte):
        value = limit.value.get(unit)
        if value is not None and edges[0] <= float(value) < edges[1]:
            limits.append(f"{value.normalize():f}: {limit.label}")
    return "; ".join(limits)


def _parameters(source: Source, analyte: str) -> Iterator[Parameter]:
    for name in LIMITS[analyte]:
        yield getattr(source.profile.knowledge.thresholds, name)
