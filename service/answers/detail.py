"""The body of a card as GitHub Markdown without HTML.

The order is fixed: the values used, why, the evidence and its source, what is not known and what
would change the advice, cautions, profile and knowledge version. The words are free of markup,
which is checked when they are loaded; what was sent is escaped here.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from cobalamin.service.answers.markdown import escaped
from cobalamin.service.answers.muscle_text import dark_urine_text, muscle_line
from cobalamin.service.answers.phrases import (
    bound_text,
    comparison_text,
    evidence_of,
    evidence_text,
    refusal_text,
    sentence,
    source_text,
    unknown_text,
    unread_text,
)
from cobalamin.service.answers.pressing_text import pressing_sentences
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.rules.model.assessment import (
    Assessment,
    Because,
    Cells,
    Severity,
    StatusFinding,
)
from cobalamin.service.rules.model.knowledge import Knowledge
from cobalamin.service.rules.model.parameter import Parameter, Verification
from cobalamin.service.rules.model.quantities import Quantity

SHORT_HASH = len("sha256:") + 12
PLAIN_CELLS = (Cells.normocytic, Cells.unknown)
NO_ANAEMIA = (Severity.none, Severity.unknown)


def detail(
    assessment: Assessment,
    profile: Profile,
    beside: Iterable[str] = (),
    lead: str = "Consider as well",
) -> str:
    """The Markdown of one card; `beside` are suggestions in words, after the words of `lead`."""
    wording = profile.wording
    sections = (
        ("Values used", values(assessment, wording)),
        ("Why", _why(assessment, wording, _beside(lead, beside))),
        ("Evidence", _evidence(assessment, wording)),
        ("Not known", unknown(assessment, wording)),
        ("Cautions", cautions(assessment, wording)),
    )
    parts = [section(title, lines) for title, lines in sections]
    parts.append(contact_text(profile))
    parts.append(version_text(profile.knowledge))
    return "\n\n".join(part for part in parts if part)


def contact_text(profile: Profile) -> str:
    """Whom to ask, where the site says so."""
    contact = profile.site.contact if profile.site else None
    return f"Contact: {contact}" if contact else ""


def version_text(knowledge: Knowledge) -> str:
    """Profile and version of the knowledge, with the first digits of its hash."""
    site = f"; site file {knowledge.site[:SHORT_HASH]}" if knowledge.site else ""
    return (
        f"Profile {knowledge.profile}; knowledge {knowledge.version}, "
        f"{knowledge.hash[:SHORT_HASH]}{site}. For health professionals, who decide."
    )


def section(title: str, lines: Iterable[str]) -> str:
    bullets = "\n- ".join(lines)
    return f"**{title}**\n\n- {bullets}" if bullets else ""


def values(assessment: Assessment, wording: Wording) -> Iterator[str]:
    shown = {
        id(because.evidence): because.evidence
        for because in evidence_of(assessment)
        if because.evidence is not None
    }
    if not shown:
        yield "None that could be used."
    for evidence in shown.values():
        yield escaped(sentence(evidence_text(wording, evidence)))


# --- why


def _beside(lead: str, labels: Iterable[str]) -> str:
    said = "; ".join(labels)
    return f"{lead}: {said}." if said else ""


def _why(assessment: Assessment, wording: Wording, beside: str) -> Iterator[str]:
    yield from pressing_text(assessment, wording)
    yield status(assessment.status, wording)
    for code in assessment.reasons:
        if not code.startswith("b12-"):
            yield wording.reason(code)
    yield from _blood(assessment, wording)
    tier = wording.terms.tier[assessment.neuropathy.tier]
    yield f"Nervous system (the tiers are this project's own): {tier}."
    if assessment.causes:
        yield f"Possible causes: {_named(wording, (c.code for c in assessment.causes))}."
    if assessment.confounders:
        yield f"Read with care: {_named(wording, (c.code for c in assessment.confounders))}."
    if beside:
        yield beside


def pressing_text(assessment: Assessment, wording: Wording) -> Iterator[str]:
    """What comes first, and what speaks for and against low vitamin B12 in a muscle complaint."""
    yield from map(escaped, pressing_sentences(assessment, wording))
    for said in (dark_urine_text(assessment, wording), muscle_line(assessment, wording)):
        if said is not None:
            yield escaped(said)


def status(status: StatusFinding, wording: Wording) -> str:
    compared = (comparison_text(wording, because) for because in status.because)
    found = "; ".join(dict.fromkeys(text for text in compared if text is not None))
    said = f"Vitamin B12 status: {wording.terms.status[status.value]}"
    return f"{said}. {escaped(sentence(found))}." if found else f"{said}."


def _blood(assessment: Assessment, wording: Wording) -> Iterator[str]:
    blood, terms = assessment.anaemia, wording.terms
    if blood.value in NO_ANAEMIA and blood.cells in PLAIN_CELLS:
        return
    compared = (comparison_text(wording, because) for because in blood.because)
    found = "; ".join(dict.fromkeys(text for text in compared if text is not None))
    words = (
        terms.anaemia[blood.value],
        terms.cells[blood.cells],
        terms.megaloblastic[blood.megaloblastic],
    )
    said = f"Blood: {', '.join(words)}."
    yield f"{said} {escaped(sentence(found))}." if found else said


def _named(wording: Wording, codes: Iterable[str]) -> str:
    return ", ".join(wording.finding(code) for code in codes)


# --- evidence


def _evidence(assessment: Assessment, wording: Wording) -> Iterator[str]:
    lines = (_limit(because, wording) for because in evidence_of(assessment))
    yield from dict.fromkeys(line for line in lines if line is not None)
    for suggestion in assessment.plan.suggestions:
        if suggestion.recommended:
            yield from recommended(wording, suggestion.code)


def _limit(because: Because, wording: Wording) -> str | None:
    if because.parameter is not None:
        return _by_parameter(wording, because.parameter, because.limit, because.verification)
    return None if because.citation is None else _by_source(wording, because.fact, because.citation)


@lru_cache(maxsize=1024)
def _by_parameter(
    wording: Wording,
    parameter: Parameter,
    limit: Quantity | None,
    verification: Verification | None,
) -> str:
    """The line of a limit in one unit: knowledge alone, so it is made once."""
    shown = "" if limit is None else f", {escaped(bound_text(limit, verification))}"
    source = source_text(
        wording, parameter.source, parameter.locator, verification or parameter.verification
    )
    return f"{escaped(parameter.label)}{shown}: {source}."


@lru_cache(maxsize=1024)
def _by_source(wording: Wording, fact: str, citation: str) -> str:
    return f"{sentence(wording.fact(fact))}: {source_text(wording, citation, None, None)}."


def recommended(wording: Wording, code: str) -> Iterator[str]:
    """Where the recommended suggestion comes from, and what other sources say."""
    regimen = wording.regimens.get(code)
    advice = regimen or wording.suggestions[code]
    source = source_text(wording, advice.source, advice.locator, advice.verification)
    yield f"{wording.labels[code]}: {source}."
    if regimen is not None:
        yield regimen.follow_up
        for other in regimen.alternatives:
            said = source_text(wording, other.source, None, other.verification)
            yield f"Alternative: {other.text} {said}."


# --- unknowns and cautions


def unknown(assessment: Assessment, wording: Wording) -> Iterator[str]:
    lines = [unknown_text(wording, unknown) for unknown in assessment.unknowns]
    lines += [refusal_text(wording, refusal) for refusal in assessment.facts.refusals]
    unread = unread_text(wording, assessment)
    if unread is not None:
        lines.append(unread)
    yield from dict.fromkeys(escaped(line) for line in lines)
    if not lines:
        yield "Nothing that was looked for would change the advice."


def cautions(assessment: Assessment, wording: Wording) -> Iterator[str]:
    for code in assessment.plan.cautions:
        caution = wording.cautions[code]
        if caution.verification is Verification.unverified:
            yield f"{caution.text} ({wording.terms.verification[caution.verification]})"
        else:
            yield caution.text
