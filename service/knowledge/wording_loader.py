"""Loads the words of one language and checks that none is missing, empty or uncited."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from cobalamin.service.knowledge.alert_words import is_topic, load_alert_words
from cobalamin.service.knowledge.card_words import load_card_words
from cobalamin.service.knowledge.comments import load_comments
from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.muscle_words import load_muscle_words
from cobalamin.service.knowledge.page_words import load_page_words
from cobalamin.service.knowledge.text_words import load_text_words
from cobalamin.service.knowledge.toml_files import (
    Sourced,
    check_complete,
    check_sources,
    check_texts,
    load_entries,
    load_table,
)
from cobalamin.service.knowledge.treatments import Regimen, load_regimens
from cobalamin.service.knowledge.wording import (
    CatalogueOrder,
    CautionWords,
    Food,
    HeadlineWords,
    PathwayStepWords,
    SuggestionWords,
    Terms,
    Wording,
)
from cobalamin.service.rules.model.assessment import (
    Band,
    Cells,
    Likelihood,
    Route,
    Severity,
    Status,
    Tier,
    Urgency,
)
from cobalamin.service.rules.model.codes import CAUTION_CODES, SUGGESTION_CODES, ReasonCode
from cobalamin.service.rules.model.facts import Finding, Flag
from cobalamin.service.rules.model.parameter import Citation, Verification
from cobalamin.service.rules.model.vocabulary import Analyte, BodySite, Diagnosis, Feature, History
from cobalamin.service.rules.plan.pathway import STEPS_BY_ID

REASON_LENGTH = 100
FOUND = (Tier.n1, Tier.n2, Tier.n3)

Shape = TypeVar("Shape")


def load_wording(
    profile: str,
    citations: Mapping[str, Citation],
    orderables: Mapping[str, CatalogueOrder] | None = None,
    *,
    language: str = "en",
) -> Wording:
    """The checked wording of a profile; `orderables` are a site's own names for orders.

    Raises:
        KnowledgeError: any file is wrong; the message names file and key.
    """
    words = _WordFiles(language)
    terms = _load_terms(words)
    suggestions = words.load("suggestions", SuggestionWords, citations, SUGGESTION_CODES)
    kinds = {code: advice.kind for code, advice in suggestions.items()}
    regimens = load_regimens(profile, kinds, citations)
    facts = _load_facts(words, terms)
    rungs = _load_rungs(words)
    topics = {rung.topic for rung in rungs.values()}
    return Wording(
        profile=profile,
        citations={key: _printed(key, citation) for key, citation in citations.items()},
        sources=citations,
        facts=facts,
        terms=terms,
        reasons=_load_reasons(words),
        confounders=words.load("confounders", str),
        cautions=_load_cautions(words, citations),
        suggestions=suggestions,
        regimens=regimens,
        labels=_labels(suggestions, regimens),
        headlines=_load_headlines(words),
        rungs=rungs,
        alerts=load_alert_words(words.file("alerts"), citations, topics),
        foods=tuple(words.load("foods", Food, citations).values()),
        diet=words.load("diet", Sourced, citations),
        recovery=words.load("recovery", Sourced, citations),
        card=load_card_words(words.file("card"), terms.lists),
        pages=load_page_words(words.file("pages")),
        comments=load_comments(words.file("comments"), citations, facts),
        muscle=load_muscle_words(words.file("muscle")),
        text=load_text_words(words.file("text")),
        orderables=orderables or {},
    )


def _labels(
    suggestions: Mapping[str, SuggestionWords], regimens: Mapping[str, Regimen]
) -> Mapping[str, str]:
    """The label of every suggestion; a regimen of the profile replaces that of a medicine."""
    labels = {code: advice.label for code, advice in suggestions.items()}
    return labels | {code: regimen.label for code, regimen in regimens.items()}


class _WordFiles:
    """The files of one language, each loaded and checked."""

    def __init__(self, language: str) -> None:
        self._language = language

    def file(self, name: str) -> str:
        """The path of a file within the knowledge."""
        return f"words/{self._language}/{name}.toml"

    def load(
        self,
        name: str,
        shape: type[Shape],
        citations: Mapping[str, Citation] | None = None,
        codes: Iterable[str] | None = None,
    ) -> dict[str, Shape]:
        """The entries of a file; `codes` are those that it must hold, and no other."""
        file = self.file(name)
        table = load_entries(file, shape)
        check_texts(file, table)
        if citations is not None:
            check_sources(file, table, citations)
        if codes is not None:
            check_complete(file, table, codes)
        return table


def _load_facts(words: _WordFiles, terms: Terms) -> Mapping[str, str]:
    return {
        **words.load("analytes", str, codes=Analyte),
        **words.load("features", str, codes=Feature),
        **words.load("history", str, codes=History),
        **terms.other_facts,
    }


def _load_terms(words: _WordFiles) -> Terms:
    file = words.file("terms")
    terms = load_table(file, Terms)
    check_texts(file, terms)
    for texts, wanted in (
        (terms.status, Status),
        (terms.band, Band),
        (terms.anaemia, Severity),
        (terms.cells, Cells),
        (terms.megaloblastic, Likelihood),
        (terms.tier, Tier),
        (terms.route, Route),
        (terms.finding, Finding),
        (terms.flag, Flag),
        (terms.diagnosis, Diagnosis),
        (terms.body_site, BodySite),
        (terms.verification, Verification),
    ):
        check_complete(file, texts, wanted)
    check_complete(file, terms.urgency, (urgency.name for urgency in Urgency))
    return terms


def _load_cautions(
    words: _WordFiles, citations: Mapping[str, Citation]
) -> Mapping[str, CautionWords]:
    cautions = words.load("cautions", CautionWords, citations, CAUTION_CODES)
    for code, caution in cautions.items():
        if (caution.card is None) is not caution.waits:
            key = f"{code}.card"
            raise KnowledgeError(words.file("cautions"), key, "needs a text, or `waits = true`")
        if caution.waits and (caution.interlock or caution.always):
            raise KnowledgeError(words.file("cautions"), f"{code}.waits", "is shown on every card")
    return cautions


def _load_reasons(words: _WordFiles) -> Mapping[str, str]:
    reasons = words.load("reasons", str)
    for code, text in reasons.items():
        if len(text) > REASON_LENGTH:
            raise KnowledgeError(words.file("reasons"), code, "is longer than a card allows")
    return reasons


def _load_headlines(words: _WordFiles) -> HeadlineWords:
    file = words.file("headlines")
    headlines = load_table(file, HeadlineWords)
    check_texts(file, headlines)
    check_complete(file, headlines.tier, FOUND)
    check_complete(file, headlines.without_value, Status)
    return headlines


def _load_rungs(words: _WordFiles) -> Mapping[str, PathwayStepWords]:
    rungs = words.load("rungs", PathwayStepWords, codes=frozenset(STEPS_BY_ID))
    topics = [rung.topic for rung in rungs.values()]
    for code, rung in rungs.items():
        if topics.count(rung.topic) > 1 or not is_topic(rung.topic):
            raise KnowledgeError(words.file("rungs"), code, "needs a topic of its own")
        for named in (*rung.when, *rung.otherwise):
            if named not in SUGGESTION_CODES | CAUTION_CODES | frozenset(ReasonCode):
                raise KnowledgeError(words.file("rungs"), code, f"{named} is no code of a plan")
    return rungs


def _printed(key: str, citation: Citation) -> str:
    text = citation.title if citation.year is None else f"{citation.title} ({citation.year})"
    check_texts("citations.toml", {key: text, f"{key}.short": citation.short})
    return text
