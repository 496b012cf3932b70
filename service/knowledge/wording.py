"""The words of answers, by code, with their sources."""

from collections.abc import Container, Iterable, Mapping
from typing import Literal, Protocol, TypeVar

import msgspec

from cobalamin.service.knowledge.alert_words import AlertWords, is_topic, load_alert_words
from cobalamin.service.knowledge.comments import CommentWords, load_comments
from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.toml_files import (
    Sourced,
    check_complete,
    check_sources,
    check_texts,
    load_entries,
    load_table,
)
from cobalamin.service.knowledge.treatments import OrderCode, Regimen, load_regimens
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
from cobalamin.service.rules.model.codes import CAUTION_CODES, SUGGESTION_CODES, SuggestionKind
from cobalamin.service.rules.model.facts import Finding, Flag
from cobalamin.service.rules.model.parameter import Citation, Verification
from cobalamin.service.rules.model.vocabulary import Analyte, BodySite, Diagnosis, Feature, History
from cobalamin.service.rules.plan.pathway import STEPS_BY_ID

REASON_LENGTH = 100
UNMEASURED = (Status.not_measured, Status.not_assessable)
FOUND = (Tier.n1, Tier.n2, Tier.n3)
Priority = Literal["routine", "urgent"]
Shape = TypeVar("Shape")


class Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The words for every value of the closed sets; `refusal` and `lists` are open."""

    other_facts: dict[str, str]
    status: dict[Status, str]
    band: dict[Band, str]
    anaemia: dict[Severity, str]
    cells: dict[Cells, str]
    megaloblastic: dict[Likelihood, str]
    tier: dict[Tier, str]
    route: dict[Route, str]
    urgency: dict[str, str]
    finding: dict[Finding, str]
    flag: dict[Flag, str]
    diagnosis: dict[Diagnosis, str]
    body_site: dict[BodySite, str]
    verification: dict[Verification, str]
    decides: dict[str, str]
    lists: dict[str, str]
    refusal: dict[str, str]


class CautionWords(Sourced, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The words of a caution; an interlock is about an order that could do harm."""

    interlock: bool = False


class OrderTemplate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The template of a draft order for a test, referral or review."""

    category: str
    code: OrderCode | None = None
    priority: Priority = "routine"
    due_weeks: int = 0
    due_months: int = 0


class SuggestionWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Label and source of one suggestion; without `order` it has no draft."""

    kind: SuggestionKind
    label: str
    source: str
    locator: str
    verification: Verification
    detail: str | None = None
    order: OrderTemplate | None = None


class PathwayStepWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The texts of one pathway step, by route and for a missing result where that differs.

    `when` says something else where a suggestion or a caution of this code is there; the first one
    counts. `otherwise` does so only in place of `default`.
    """

    topic: str
    title: str
    default: str
    parenteral: str | None = None
    oral: str | None = None
    diet: str | None = None
    refer: str | None = None
    unmeasured: str | None = None
    when: dict[str, str] = {}
    otherwise: dict[str, str] = {}

    def action(self, route: Route, status: Status, codes: Container[str] = ()) -> str:
        """The second half of a headline; `codes` are the plan's suggestions and cautions."""
        said = _first(self.when, codes)
        if said is not None:
            return said
        if self.unmeasured is not None and status in UNMEASURED:
            return self.unmeasured
        by_route = {
            Route.parenteral: self.parenteral,
            Route.oral: self.oral,
            Route.diet: self.diet,
            Route.refer: self.refer,
        }
        return by_route.get(route) or _first(self.otherwise, codes) or self.default


def _first(texts: Mapping[str, str], codes: Container[str]) -> str | None:
    return next((text for code, text in texts.items() if code in codes), None)


class HeadlinePair(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The same finding said with and without the measured value."""

    with_value: str
    without_value: str


class HeadlineWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The first half of a headline."""

    with_value: dict[Status, str]
    without_value: dict[Status, str]
    by_mma: HeadlinePair
    tier: dict[Tier, str]
    unavailable: dict[Literal["text"], str]
    potassium: dict[Literal["text"], str]


class Food(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One food with its vitamin B12 per serving, and what rules it out."""

    name: str
    serving: str
    micrograms: str
    contains: frozenset[str]
    source: str
    verification: Verification


class CatalogueOrder(Protocol):
    """An entry of a site's order catalogue."""

    @property
    def system(self) -> str:
        """The address of the catalogue."""

    @property
    def code(self) -> str:
        """The code within it."""

    @property
    def display(self) -> str:
        """The display name."""


class Wording(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Everything that an answer may say in one profile. Texts hold no markup.

    `citations` gives each source as it is printed; `labels` gives each suggestion as the profile
    calls it.
    """

    profile: str
    citations: Mapping[str, str]
    facts: Mapping[str, str]
    terms: Terms
    reasons: Mapping[str, str]
    confounders: Mapping[str, str]
    cautions: Mapping[str, CautionWords]
    suggestions: Mapping[str, SuggestionWords]
    regimens: Mapping[str, Regimen]
    labels: Mapping[str, str]
    headlines: HeadlineWords
    rungs: Mapping[str, PathwayStepWords]
    alerts: Mapping[str, AlertWords]
    foods: tuple[Food, ...]
    diet: Mapping[str, Sourced]
    recovery: Mapping[str, Sourced]
    comments: CommentWords
    orderables: Mapping[str, CatalogueOrder]

    def reason(self, code: str) -> str:
        """The text of a reason; a code without one still says something."""
        return self.reasons.get(code) or in_words(code)

    def finding(self, code: str) -> str:
        """What a cause or a confounder is called."""
        return self.confounders.get(code) or self.facts.get(code) or in_words(code)

    def fact(self, code: str) -> str:
        """What a fact is called."""
        return self.facts.get(code) or in_words(code)


def in_words(code: str) -> str:
    """A code as words, for one that has no text of its own."""
    return "".join(c if c.isalnum() else " " for c in code).strip() or "not named"


def load_wording(
    profile: str,
    citations: Mapping[str, Citation],
    orderables: Mapping[str, CatalogueOrder] | None = None,
) -> Wording:
    """The checked wording of a profile; `orderables` are a site's own names for orders.

    Raises:
        KnowledgeError: any file is wrong; the message names file and key.
    """
    terms = _load_terms()
    suggestions = _load("suggestions", SuggestionWords, citations, SUGGESTION_CODES)
    kinds = {code: advice.kind for code, advice in suggestions.items()}
    regimens = load_regimens(profile, kinds, citations)
    labels = {code: advice.label for code, advice in suggestions.items()}
    facts = _load_facts(terms)
    rungs = _load_rungs()
    return Wording(
        profile=profile,
        citations={key: _printed(key, citation) for key, citation in citations.items()},
        facts=facts,
        terms=terms,
        reasons=_load_reasons(),
        confounders=_load("confounders", str),
        cautions=_load("cautions", CautionWords, citations, CAUTION_CODES),
        suggestions=suggestions,
        regimens=regimens,
        labels=labels | {code: regimen.label for code, regimen in regimens.items()},
        headlines=_load_headlines(),
        rungs=rungs,
        alerts=load_alert_words(citations, {rung.topic for rung in rungs.values()}),
        foods=tuple(_load("foods", Food, citations).values()),
        diet=_load("diet", Sourced, citations),
        recovery=_load("recovery", Sourced, citations),
        comments=load_comments(citations, facts),
        orderables=orderables or {},
    )


def _load(
    name: str,
    shape: type[Shape],
    citations: Mapping[str, Citation] | None = None,
    codes: Iterable[str] | None = None,
) -> dict[str, Shape]:
    file = f"words/{name}.toml"
    table = load_entries(file, shape)
    check_texts(file, table)
    if citations is not None:
        check_sources(file, table, citations)
    if codes is not None:
        check_complete(file, table, codes)
    return table


def _load_facts(terms: Terms) -> Mapping[str, str]:
    return {
        **_load("analytes", str, codes=Analyte),
        **_load("features", str, codes=Feature),
        **_load("history", str, codes=History),
        **terms.other_facts,
    }


def _load_terms() -> Terms:
    file = "words/terms.toml"
    terms = load_table(file, Terms)
    check_texts(file, terms)
    for found, wanted in (
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
        check_complete(file, found, wanted)
    check_complete(file, terms.urgency, (urgency.name for urgency in Urgency))
    return terms


def _load_reasons() -> Mapping[str, str]:
    reasons = _load("reasons", str)
    for code, text in reasons.items():
        if len(text) > REASON_LENGTH:
            raise KnowledgeError("words/reasons.toml", code, "is longer than a card allows")
    return reasons


def _load_headlines() -> HeadlineWords:
    file = "words/headlines.toml"
    headlines = load_table(file, HeadlineWords)
    check_texts(file, headlines)
    check_complete(file, headlines.tier, FOUND)
    check_complete(file, headlines.without_value, Status)
    return headlines


def _load_rungs() -> Mapping[str, PathwayStepWords]:
    rungs = _load("rungs", PathwayStepWords, codes=frozenset(STEPS_BY_ID))
    topics = [rung.topic for rung in rungs.values()]
    for code, rung in rungs.items():
        if topics.count(rung.topic) > 1 or not is_topic(rung.topic):
            raise KnowledgeError("words/rungs.toml", code, "needs a topic of its own")
        for named in (*rung.when, *rung.otherwise):
            if named not in SUGGESTION_CODES and named not in CAUTION_CODES:
                raise KnowledgeError("words/rungs.toml", code, f"{named} is no code of a plan")
    return rungs


def _printed(key: str, citation: Citation) -> str:
    text = citation.title if citation.year is None else f"{citation.title} ({citation.year})"
    check_texts("citations.toml", {key: text})
    return text
