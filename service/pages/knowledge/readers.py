"""Reads each kind of knowledge of a profile: key, name and entry."""

from collections.abc import Iterator
from typing import Any

from cobalamin.service.answers.card_values import quantity_words
from cobalamin.service.answers.phrases import sentence
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.pages.knowledge.rows import KnowledgeEntry
from cobalamin.service.pages.texts import page_texts
from cobalamin.service.rules.model.parameter import Parameter, Verification
from cobalamin.service.rules.model.quantities import Quantity


def read_limits(profile: Profile) -> Iterator[tuple[str, str, KnowledgeEntry]]:
    """Every limit in each unit that it is published in."""
    for name in profile.knowledge.thresholds.__struct_fields__:
        limit: Parameter = getattr(profile.knowledge.thresholds, name)
        yield limit.id, limit.label, _limit(limit, profile)


def _limit(limit: Parameter, profile: Profile) -> KnowledgeEntry:
    values = (
        quantity_words(Quantity(value=value, unit=unit), profile.wording.card)
        for unit, value in limit.value.items()
    )
    return KnowledgeEntry(
        text=" = ".join(values),
        bound=page_texts().bounds[limit.bound],
        reviewed=limit.reviewed.isoformat(),
        why=limit.why,
        **_source(limit.source, limit.locator, limit.verification, profile),
    )


def read_regimens(profile: Profile) -> Iterator[tuple[str, str, KnowledgeEntry]]:
    """Every treatment in full, with what other sources say."""
    otherwise = page_texts().codes["otherwise"]
    for code, regimen in profile.wording.regimens.items():
        steps = (f"{sentence(step.text)}." for step in regimen.steps)
        others = (otherwise.format(text=other.text) for other in regimen.alternatives)
        parts = (regimen.product + ".", *steps, regimen.follow_up, *others)
        yield (
            code,
            regimen.label,
            KnowledgeEntry(
                text=" ".join(part for part in parts if part),
                **_source(regimen.source, regimen.locator, regimen.verification, profile),
            ),
        )


def read_cautions(profile: Profile) -> Iterator[tuple[str, str, KnowledgeEntry]]:
    """Every caution."""
    for code, caution in profile.wording.cautions.items():
        whose = _source(caution.source, caution.locator, caution.verification, profile)
        yield code, code.replace("-", " "), KnowledgeEntry(text=caution.text, **whose)


def read_suggestions(profile: Profile) -> Iterator[tuple[str, str, KnowledgeEntry]]:
    """Every test, referral and review; treatments stand by themselves."""
    wording = profile.wording
    for code, advice in wording.suggestions.items():
        if code not in wording.regimens:
            whose = _source(advice.source, advice.locator, advice.verification, profile)
            text = advice.detail or advice.do
            yield code, wording.labels[code], KnowledgeEntry(text=text, **whose)


def read_comparisons(profile: Profile) -> Iterator[tuple[str, str, KnowledgeEntry]]:
    """Muscle complaints told apart, and other causes of large cells and nerve symptoms."""
    for cell in profile.knowledge.muscle:
        key = f"{cell.table}-{cell.row}-{cell.column}"
        name = f"{cell.table}, {cell.row}: {cell.column}".replace("_", " ")
        whose = _source(cell.source, "", cell.verification, profile)
        yield key, name, KnowledgeEntry(text=cell.text, **whose)
    for other in profile.knowledge.look_alikes:
        whose = _source(other.source, "", other.verification, profile)
        name = f"{other.of}: {other.code}".replace("_", " ")
        yield f"{other.of}-{other.code}", name, KnowledgeEntry(text=other.text, **whose)


def _source(source: str, locator: str, state: Verification, profile: Profile) -> dict[str, Any]:
    """The members of an entry that say whose it is and how well it is known."""
    title, url = profile.wording.citations[source], profile.wording.sources[source].url
    return {"source": title, "url": url, "locator": locator, "state": state}
