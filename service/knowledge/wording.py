"""The words of answers, by code, with their sources."""

from collections.abc import Container, Mapping
from typing import Literal, Protocol

import msgspec

from cobalamin.service.knowledge.alert_words import AlertWords
from cobalamin.service.knowledge.card_words import CardWords
from cobalamin.service.knowledge.comments import CommentWords
from cobalamin.service.knowledge.muscle_words import MuscleWords
from cobalamin.service.knowledge.page_words import PageWords
from cobalamin.service.knowledge.text_words import TextWords
from cobalamin.service.knowledge.toml_files import Sourced
from cobalamin.service.knowledge.treatments import OrderCode, Regimen
from cobalamin.service.rules.model.assessment import (
    Band,
    Cells,
    Likelihood,
    Route,
    Severity,
    Status,
    Tier,
)
from cobalamin.service.rules.model.codes import SuggestionKind
from cobalamin.service.rules.model.facts import Finding, Flag
from cobalamin.service.rules.model.parameter import Citation, Verification
from cobalamin.service.rules.model.vocabulary import BodySite, Diagnosis

UNMEASURED = (Status.not_measured, Status.not_assessable)


class Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The words for every value of the closed sets; `refusal` and `lists` are open."""

    other_facts: dict[str, str]
    status: dict[Status, str]
    band: dict[Band, str]
    anaemia: dict[Severity, str]
    cells: dict[Cells, str]
    megaloblastic: dict[Likelihood, str]
    tier: dict[Tier, str]
    unrecorded_nerves: dict[Literal["injections_first", "either_route"], str]
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
    """The words of a caution; an interlock is about an order that could do harm.

    `card` is what a card says of it, `when` instead where that history, confounder or suggestion is
    there. Interlocks and those of `always` are on every card, the others as far as its words allow;
    one that `waits` has no words for a card.
    """

    card: str | None = None
    when: dict[str, str] = msgspec.field(default_factory=dict)
    always: bool = False
    waits: bool = False
    interlock: bool = False

    def on_card(self, codes: Container[str]) -> str | None:
        """What a card says where these codes are there; None where the caution can wait."""
        return _first(self.when, codes) or self.card


class OrderTemplate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The template of a draft order for a test, referral or review.

    One that `waits` is routine however urgent the plan is; `blood` says that a test is made from
    the blood that is taken first.
    """

    category: str
    code: OrderCode | None = None
    waits: bool = False
    blood: bool = False
    due_weeks: int = 0
    due_months: int = 0


class SuggestionWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Label and source of one suggestion; without `order` it has no draft.

    `do` is what a card says of it: the product or test, the specialty, when to review, or a
    sentence.
    """

    kind: SuggestionKind
    label: str
    do: str
    source: str
    locator: str
    verification: Verification
    detail: str | None = None
    order: OrderTemplate | None = None


class PathwayStepWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The texts of one pathway step, by route and for a missing result where that differs.

    `do` begins the *Do* of a card on that route where no product is suggested.
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
    test_first: str | None = None
    none: str | None = None
    unmeasured: str | None = None
    do: dict[Route, str] = {}
    when: dict[str, str] = {}
    otherwise: dict[str, str] = {}

    def action(self, route: Route, status: Status, codes: Container[str] = ()) -> str:
        """The second half of a headline; `codes` are the plan's suggestions and cautions."""
        text = _first(self.when, codes)
        if text is not None:
            return text
        if self.unmeasured is not None and status in UNMEASURED:
            return self.unmeasured
        by_route = {
            Route.parenteral: self.parenteral,
            Route.oral: self.oral,
            Route.diet: self.diet,
            Route.refer: self.refer,
            Route.test_first: self.test_first,
            Route.none: self.none,
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
    unclear_haemoglobin: dict[Literal["text"], str]
    count_missing: dict[Literal["text"], str]
    recorded: dict[Literal["text"], str]
    potassium: dict[Literal["text"], str]
    haemolysis: dict[Literal["text"], str]


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

    `citations` gives each source as it is printed, `sources` as it is; `labels` gives each
    suggestion as the profile calls it.
    """

    profile: str
    citations: Mapping[str, str]
    sources: Mapping[str, Citation]
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
    muscle: MuscleWords
    text: TextWords
    card: CardWords
    pages: PageWords
    orderables: Mapping[str, CatalogueOrder]

    def advice(self, code: str) -> Regimen | SuggestionWords:
        """The regimen of the profile for a suggestion, else its words."""
        return self.regimens.get(code) or self.suggestions[code]

    def do(self, code: str) -> str:
        """What a card says of a suggestion, as the profile gives it."""
        return self.advice(code).do

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
