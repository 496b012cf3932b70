"""The facts and the answer as a row of `tests/spec/tables`, to be kept as a test."""

from collections.abc import Iterator

from cobalamin.service.pages.texts import page_texts
from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.model.assessment import Assessment
from cobalamin.service.rules.model.facts import FeatureFact, HistoryFact, Result

WORDS = {True: "yes", False: "no"}


def spec_table(case: Case, assessment: Assessment, profile: str) -> str:
    """A table of one row; results that were refused are named, and nothing of them is repeated."""
    given, expected = dict(_given(case)), dict(_expected(assessment))
    cells = {"profile": profile, **given, **{f"= {name}": text for name, text in expected.items()}}
    lines = (
        f"## {page_texts().spec_title}",
        "",
        f"| {' | '.join(cells)} |",
        "|---" * len(cells) + "|",
        f"| {' | '.join(cells.values())} |",
        "",
    )
    return "\n".join(lines)


def _given(case: Case) -> Iterator[tuple[str, str]]:
    facts, patient = case.facts, case.facts.patient
    yield "on", case.on.isoformat()
    yield "age", "?" if case.age is None else str(case.age)
    yield "sex", "?" if case.sex is None else case.sex.value
    if patient.pregnant is not None:
        yield "pregnant", WORDS[patient.pregnant]
    if patient.gestation_weeks is not None:
        yield "weeks", str(patient.gestation_weeks)
    if patient.breastfeeding:
        yield "breastfeeding", "yes"
    by_analyte: dict[str, list[str]] = {}
    for result in facts.results:
        by_analyte.setdefault(result.analyte.value, []).append(_result(result))
    for analyte, results in by_analyte.items():
        yield analyte, "; ".join(results)
    cells = {
        "features": "; ".join(_feature(feature) for feature in facts.features),
        "history": "; ".join(_history(entry) for entry in facts.history),
        "refused": "; ".join(dict.fromkeys(refusal.analyte for refusal in facts.refusals)),
        "unread": "; ".join(facts.unread),
    }
    yield from ((name, cell) for name, cell in cells.items() if cell)


def _result(result: Result) -> str:
    day = f"@{result.on.text[:10]}"
    if result.quantity is None:
        word = result.finding or result.flag
        return f"{'' if word is None else word.value} {day}"
    quantity, limits = result.quantity, result.limits
    text = f"{quantity.comparator or ''}{quantity.value:f} {quantity.unit}"
    if limits is not None:
        ends = ("" if end is None else f"{end:f}" for end in (limits.low, limits.high))
        text += f" [{'-'.join(ends)}]"
    return f"{text} {day}"


def _feature(feature: FeatureFact) -> str:
    words = [feature.code.value] if feature.present else ["no", feature.code.value]
    if feature.progressive is not None:
        words.append("progressive" if feature.progressive else "stable")
    words += [name for name in ("objective", "intermittent") if getattr(feature, name)]
    if feature.site is not None:
        words.append(feature.site.value)
    if feature.onset is not None:
        words += ["onset", feature.onset.text[:10]]
    return " ".join(words)


def _history(entry: HistoryFact) -> str:
    words = [entry.code.value] if entry.active else ["ended", entry.code.value]
    for name in ("since", "last"):
        when = getattr(entry, name)
        if when is not None:
            words += [name, when.text[:10]]
    if entry.form is not None:
        words += ["form", entry.form.value]
    if entry.dose is not None:
        words += [f"{entry.dose.value:f}", entry.dose.unit]
    return " ".join(words)


def _expected(assessment: Assessment) -> Iterator[tuple[str, str]]:
    plan = assessment.plan
    yield "outcome", assessment.outcome.value
    yield "status", assessment.status.value.value
    yield "tier", assessment.neuropathy.tier.value
    yield "rung", plan.rung
    yield "route", plan.route.value
    yield "urgency", plan.urgency.name
    yield "first", next((one.code for one in plan.suggestions if one.recommended), "none")
