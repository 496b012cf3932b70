"""The body of a card: Because, Do, Take care, Would change this, and one line of evidence.

A card is read in ten seconds: each part is one short paragraph, absent where it is empty. What is
not needed to act stands in the extension, in the JSON answer and on the page that the card names.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice

from msgspec import Struct

from cobalamin.service.answers.card_actions import do_text, products
from cobalamin.service.answers.card_values import quantity_words
from cobalamin.service.answers.deciding_values import because_text, result_name
from cobalamin.service.answers.markdown import escaped
from cobalamin.service.answers.phrases import missing_lists, sentence
from cobalamin.service.answers.pressing_text import (
    count_missing_text,
    muscle_sentences,
    pressing_sentences,
)
from cobalamin.service.answers.recorded_text import recorded_text
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.knowledge.wording import CautionWords, Wording
from cobalamin.service.rules.model.assessment import Assessment, Unknown
from cobalamin.service.rules.model.codes import CautionCode, SuggestionCode
from cobalamin.service.rules.model.facts import Refusal

MAX_WORDS = 160
MAX_SOURCES = 3
MUCH, LITTLE = (40, 3), (20, 1)
"""Words of cautions that can wait, and unknown facts: usually, and where a card is too long."""
MUSCLE_WORDS = 25
STATUS_REASON = "b12-"
DECIDING_ORDER = ("route", "urgency", "b12Status", None)


class CardDetail(Struct, frozen=True, kw_only=True):
    """The parts of a detail with their titles, its sources by short name, and its last words."""

    parts: tuple[tuple[str, str], ...]
    sources: tuple[str, ...] = ()
    last: str

    def as_markdown(self, links: Mapping[str, str]) -> str:
        """GitHub Markdown without HTML; `links` are the addresses of sources by their name."""
        paragraphs = [f"**{title}** {escaped(text)}" for title, text in self.parts if text]
        sources = [_linked(name, links.get(name)) for name in self.sources]
        return "\n\n".join([*paragraphs, self._last_line(sources, escaped(self.last))])

    def as_text(self) -> str:
        """The same without markup, for strings of FHIR."""
        paragraphs = [f"{title}: {text}" for title, text in self.parts if text]
        return "\n".join([*paragraphs, self._last_line(self.sources, self.last)])

    def count_words(self) -> int:
        """The words that a reader sees."""
        return len(self.as_markdown({}).split())

    @staticmethod
    def _last_line(sources: Sequence[str], last: str) -> str:
        return f"{sentence('; '.join(sources))} · {last}" if sources else sentence(last)


def _linked(name: str, url: str | None) -> str:
    return escaped(name) if url is None else f"[{escaped(name)}]({url})"


def advice_detail(assessment: Assessment, profile: Profile) -> CardDetail:
    """The detail of a card about the whole patient; of what can wait less where it is long."""
    usual = _detail(assessment, profile, *MUCH)
    return usual if usual.count_words() <= MAX_WORDS else _detail(assessment, profile, *LITTLE)


def _detail(
    assessment: Assessment, profile: Profile, care_words: int, most_unknowns: int
) -> CardDetail:
    wording = profile.wording
    titles = wording.card.titles
    return CardDetail(
        parts=(
            (titles.because, _because(assessment, profile)),
            (titles.do, do_text(assessment, wording)),
            (titles.care, " ".join(_cautions_shown(assessment, wording, care_words))),
            (titles.change, _change_text(assessment, profile, most_unknowns)),
        ),
        sources=_evidence(assessment, wording),
        last=last_words_of_step(assessment, profile),
    )


def _because(assessment: Assessment, profile: Profile) -> str:
    """What comes first, the values that decide, and what a muscle complaint adds."""
    wording = profile.wording
    sentences = (
        *pressing_sentences(assessment, wording),
        because_text(assessment, profile),
        recorded_text(assessment, profile),
        count_missing_text(assessment, wording),
        *muscle_sentences(assessment, wording, MUSCLE_WORDS),
    )
    return " ".join(text for text in sentences if text)


# --- cautions


def _cautions_shown(assessment: Assessment, wording: Wording, limit: int) -> Iterator[str]:
    """Those that can hurt, then the others of a card as far as its words allow."""
    codes = [code for code in assessment.plan.cautions if code not in _said_in_do(assessment)]
    ranked = sorted(codes, key=lambda code: _rank(wording.cautions[code]))
    present = _codes_present(assessment)
    used = 0
    for code in ranked:
        caution = wording.cautions[code]
        text = caution.on_card(present)
        if text is None:
            continue
        used += len(text.split())
        if caution.interlock or (caution.always and limit >= MUCH[0]) or used <= limit:
            yield text


def _rank(caution: CautionWords) -> tuple[bool, bool]:
    return (not caution.interlock, not caution.always)


def _codes_present(assessment: Assessment) -> frozenset[str]:
    """The codes of history, confounders and suggestions, which make a caution more exact."""
    return frozenset(
        (
            *(fact.code for fact in assessment.facts.history if fact.active),
            *(str(finding.code) for finding in assessment.confounders),
            *(suggestion.code for suggestion in assessment.plan.suggestions),
        )
    )


def _said_in_do(assessment: Assessment) -> frozenset[CautionCode]:
    """Samples before the first dose are said with the product, folic acid with its start.

    What is said of a high level holds for a normal one.
    """
    cautions = set()
    if CautionCode.high_b12_is_not_reassurance in assessment.plan.cautions:
        cautions.add(CautionCode.normal_b12_does_not_exclude)
    if starts_product(assessment):
        cautions.add(CautionCode.sample_before_first_dose)
    if any(
        suggestion.code is SuggestionCode.folic_acid_after_b12
        for suggestion in assessment.plan.suggestions
    ):
        cautions.add(CautionCode.no_folic_acid_alone)
    return frozenset(cautions)


def starts_product(assessment: Assessment) -> bool:
    """Whether the plan names a product."""
    return bool(products(suggestion.code for suggestion in assessment.plan.suggestions))


# --- what would change it


def _change_text(assessment: Assessment, profile: Profile, limit: int) -> str:
    """The unknown facts that matter most, and what was not sent, not read or not used."""
    return " ".join((*_unknown_facts(assessment, profile, limit), *_missing(assessment, profile)))


def _unknown_facts(assessment: Assessment, profile: Profile, limit: int) -> Iterator[str]:
    facts = islice(_unknowns_by_weight(assessment, profile.wording), limit)
    names = [_fact_name(unknown, profile) for unknown in facts]
    if names:
        yield sentence(profile.wording.card.change.facts.format(facts=", ".join(names)))


def _unknowns_by_weight(assessment: Assessment, wording: Wording) -> Iterator[Unknown]:
    """Those that could change most first; a result that is named as not used is on record."""
    unused = {str(refusal.analyte) for refusal in _unused(assessment, wording)}
    ranked = sorted(assessment.unknowns, key=lambda one: DECIDING_ORDER.index(one.would_decide))
    yield from (unknown for unknown in ranked if unknown.fact not in unused)


def _fact_name(unknown: Unknown, profile: Profile) -> str:
    names = {str(analyte): name for analyte, name in profile.wording.card.names.items()}
    return names.get(unknown.fact) or profile.wording.fact(unknown.fact)


def _missing(assessment: Assessment, profile: Profile) -> Iterator[str]:
    """A list that nobody sent differs from one that could not be read; a result has its reason."""
    words = profile.wording.card
    unsent, unread = missing_lists(assessment)
    for lists, template in ((unsent, words.change.not_sent), (unread, words.change.not_read)):
        if lists:
            named = dict.fromkeys(words.lists[name] for name in lists)
            yield template.format(lists=", ".join(named))
    yield from unused_results(assessment, profile)


def unused_results(assessment: Assessment, profile: Profile) -> Iterator[str]:
    """Results that are not final, and one that could not be used with its reason."""
    wording, words = profile.wording, profile.wording.card
    for refusal in _unused(assessment, wording):
        if refusal in assessment.pending:
            yield _pending(refusal, profile)
        else:
            name, reason = result_name(refusal.analyte, profile), wording.terms.refusal
            yield words.change.not_used.format(result=name, reason=reason[refusal.code])


def _unused(assessment: Assessment, wording: Wording) -> Iterator[Refusal]:
    """The results that are named although they do not count."""
    yield from assessment.pending
    others = (one for one in assessment.facts.refusals if one not in assessment.pending)
    yield from (one for one in islice(others, 1) if one.code in wording.terms.refusal)


def _pending(refusal: Refusal, profile: Profile) -> str:
    """A result that is not final, with its value where one was sent."""
    words = profile.wording.card
    name = result_name(refusal.analyte, profile)
    if refusal.quantity is None:
        return words.change.pending.format(result=name)
    value = quantity_words(refusal.quantity, words)
    return sentence(words.change.pending_value.format(result=name, value=value))


# --- nothing could be assessed


def unavailable_detail(assessment: Assessment, profile: Profile, reason: str) -> CardDetail:
    """What was not sent or used, and what may still be done for the patient.

    The reason stands in the summary of the card; other reasons are said here. A reason that is not
    the patient's own is about an order, a problem or a discharge: what else is known of the patient
    is left out then.
    """
    wording = profile.wording
    titles = wording.card.titles
    if reason not in assessment.reasons:
        missing = " ".join(_missing(assessment, profile))
        last = last_words_of_step(assessment, profile)
        return CardDetail(parts=((titles.change, missing),), last=last)
    reasons = [code for code in assessment.reasons if not code.startswith(STATUS_REASON)]
    others = [code for code in reasons if code != reason]
    because = " ".join(wording.reason(code) for code in others)
    return CardDetail(
        parts=(
            (titles.because, because),
            (titles.do, do_text(assessment, wording)),
            (titles.change, _change_text(assessment, profile, MUCH[1])),
        ),
        last=last_words_of_step(assessment, profile),
    )


def emergency_detail(assessment: Assessment, profile: Profile) -> CardDetail:
    """What is for today, and why nothing is said of vitamin B12."""
    wording = profile.wording
    titles = wording.card.titles
    reasons = " ".join(wording.reason(code) for code in assessment.reasons)
    return CardDetail(
        parts=(
            (titles.because, " ".join((*pressing_sentences(assessment, wording), reasons))),
            (titles.do, do_text(assessment, wording)),
        ),
        last=last_words_of_step(assessment, profile),
    )


# --- evidence


def _evidence(assessment: Assessment, wording: Wording) -> tuple[str, ...]:
    return short_names(source_keys(assessment, wording), wording)[:MAX_SOURCES]


def source_keys(assessment: Assessment, wording: Wording) -> Iterator[str]:
    """The citations of the status and of the recommended suggestion, the first of each first."""
    cited = [because.citation for because in assessment.status.because if because.citation]
    yield from cited[:1]
    for suggestion in assessment.plan.suggestions:
        if suggestion.recommended:
            yield wording.advice(suggestion.code).source
    yield from cited[1:]


def short_names(keys: Iterable[str], wording: Wording) -> tuple[str, ...]:
    """The short names of sources, each once."""
    return tuple(dict.fromkeys(wording.sources[key].short for key in keys))


def source_links(wording: Wording) -> dict[str, str]:
    """The address of every source that has one, by its short name."""
    return {
        source.short: source.url for source in wording.sources.values() if source.url is not None
    }


def last_words(profile: Profile, item: str, on: date) -> str:
    """The profile, who signed the item, and whom to ask where the site says so."""
    words = profile.wording.card.last
    line = words.profile.format(profile=profile.knowledge.profile)
    signature = profile.signed.signature(item, on)
    if signature is None:
        line = words.not_signed.format(line=line)
    else:
        day = signature.day.isoformat()
        line = words.signed.format(line=line, name=signature.name, date=day)
    contact = profile.site.contact if profile.site else None
    return line if contact is None else words.contact.format(line=line, contact=contact)


def last_words_of_step(assessment: Assessment, profile: Profile) -> str:
    """The last line about the pathway step that was reached."""
    return last_words(profile, f"step:{assessment.plan.rung}", assessment.on)
