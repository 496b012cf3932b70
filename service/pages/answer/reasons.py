"""The chain of reasons: each fact, what its limit makes of it, and what is not known."""

from collections.abc import Iterable, Iterator
from enum import StrEnum

from msgspec import Struct

from cobalamin.service.answers.card_values import date_words
from cobalamin.service.answers.deciding_values import ShownValue, shown_value
from cobalamin.service.answers.phrases import sentence, unknown_text
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.pages.texts import page_texts
from cobalamin.service.rules.model.assessment import Assessment, Because, Evidence
from cobalamin.service.rules.model.facts import FeatureFact, Result


class FactState(StrEnum):
    """Whether a fact holds, does not hold, or is not known."""

    true = "true"
    false = "false"
    unknown = "unknown"


class ReasonRow(Struct, frozen=True, kw_only=True):
    """One link: the fact, what it was compared with, whether that holds, and whose limit it is.

    `parameter` is the id of the limit in the knowledge, None where there is none.
    """

    fact: str
    state: FactState
    date: str = ""
    meaning: str = ""
    parameter: str | None = None
    source: str = ""
    locator: str = ""
    verification: str = ""


class ReasonGroup(Struct, frozen=True, kw_only=True):
    """A finding in words with the facts that made it."""

    title: str
    finding: str
    rows: tuple[ReasonRow, ...]


def reason_groups(assessment: Assessment, profile: Profile) -> Iterator[ReasonGroup]:
    """The findings in the order of the answer; causes and confounders only where there are some."""
    terms, wording, words = profile.wording.terms, profile.wording, page_texts().findings
    status, blood, nerves = assessment.status, assessment.anaemia, assessment.neuropathy
    yield _group(words["b12"], terms.status[status.value], status.because, profile)
    pictures = (terms.anaemia[blood.value], terms.cells[blood.cells])
    picture = ", ".join((*pictures, terms.megaloblastic[blood.megaloblastic]))
    yield _group(words["blood"], picture, blood.because, profile)
    yield _group(words["nerves"], terms.tier[nerves.tier], nerves.because, profile)
    for cause in assessment.causes:
        yield _group(words["cause"], wording.finding(cause.code), cause.because, profile)
    for confounder in assessment.confounders:
        yield _group(
            words["misleading"], wording.finding(confounder.code), confounder.because, profile
        )
    if assessment.unknowns:
        texts = (unknown_text(wording, unknown) for unknown in assessment.unknowns)
        rows = tuple(ReasonRow(fact=text, state=FactState.unknown) for text in texts)
        yield ReasonGroup(title=words["unknown"], finding=words["would_change"], rows=rows)


def _group(title: str, finding: str, because: Iterable[Because], profile: Profile) -> ReasonGroup:
    rows = dict.fromkeys(_row(item, profile) for item in because)
    return ReasonGroup(title=title, finding=finding, rows=tuple(rows))


def _row(because: Because, profile: Profile) -> ReasonRow:
    wording, evidence = profile.wording, because.evidence
    source, locator, verification = _source(because, profile)
    whose = {"source": source, "locator": locator, "verification": verification}
    if evidence is None:
        fact = sentence(wording.fact(because.fact))
        return ReasonRow(fact=fact, state=FactState.unknown, **whose)
    shown = shown_value(because, evidence, profile)
    return ReasonRow(
        fact=sentence(shown.text),
        state=FactState.true if _holds(evidence, shown) else FactState.false,
        date="" if shown.on is None else date_words(shown.on, wording.card),
        meaning=shown.meaning or "",
        parameter=None if because.parameter is None else because.parameter.id,
        **whose,
    )


def _holds(evidence: Evidence, shown: ShownValue) -> bool:
    """A result that is on the side of its limit that counts, or something that is recorded."""
    if isinstance(evidence, Result):
        return shown.counts
    return evidence.present if isinstance(evidence, FeatureFact) else True


def _source(because: Because, profile: Profile) -> tuple[str, str, str]:
    """Title of the source, locator, and how sure the limit is."""
    wording, parameter = profile.wording, because.parameter
    if because.own_limit:
        return page_texts().findings["own_report"], "", ""
    title = "" if because.citation is None else wording.citations[because.citation]
    if parameter is None:
        return title, "", ""
    verification = because.verification or parameter.verification
    return title, parameter.locator, wording.terms.verification[verification]
