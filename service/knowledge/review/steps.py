"""What each step of the pathway asks and rests on, for reading and signing."""

from collections.abc import Iterator, Mapping
from string import Formatter

import msgspec

from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.loader import load_citations
from cobalamin.service.knowledge.toml_files import check_complete, check_source, load_entries
from cobalamin.service.rules.model.parameter import Verification
from cobalamin.service.rules.model.thresholds import Thresholds
from cobalamin.service.rules.plan.pathway import STEPS_BY_ID

FILE = "steps.toml"
READING = "reading"
LIMITS = frozenset(Thresholds.__struct_fields__)


class StepInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One input of a step: when it counts, and what happens where it is not known."""

    input: str
    counts_when: str
    not_known: str


class StepBasis(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one source says that a step rests on."""

    source: str
    locator: str
    says: str
    verification: Verification


class StepReview(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a reviewer judges about one step, or about the reading of results before any.

    `ours` are readings where the sources are silent, `differs` departures from a source, `doubts`
    questions that are open, `no_card` the patients of a step with a card who get none. `title`,
    `for_today`, what calls for action the same day, and `definitions` below that list belong to
    the reading of results alone; a name in braces is that of a limit.
    """

    asks: str
    inputs: tuple[StepInput, ...]
    basis: tuple[StepBasis, ...]
    title: str | None = None
    for_today: tuple[str, ...] = ()
    definitions: str | None = None
    no_card: str | None = None
    ours: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def load_step_reviews() -> Mapping[str, StepReview]:
    """What is to be judged about each step by its id, and under `reading` what stands before them.

    Raises:
        KnowledgeError: a step is missing, empty or cites a source that is not listed.
    """
    reviews, citations = load_entries(FILE, StepReview), load_citations()
    check_complete(FILE, reviews, (READING, *STEPS_BY_ID))
    for code, review in reviews.items():
        for basis in review.basis:
            check_source(FILE, code, basis.source, citations)
        for problem in _problems(code, review):
            raise KnowledgeError(FILE, code, problem)
    return reviews


def _problems(code: str, review: StepReview) -> Iterator[str]:
    if not (review.inputs and review.basis and review.doubts):
        yield "needs inputs, a basis and doubts"
    if (review.title is None) == (code == READING):
        yield f"only {READING} has a title of its own"
    if {bool(review.for_today), bool(review.definitions)} != {code == READING}:
        yield f"only {READING} lists and defines what is for today"
    for text in (*review.for_today, review.definitions or ""):
        limits = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
        yield from (f'"{name}" is no limit' for name in sorted(limits - LIMITS))
    texts = (review.asks, *review.for_today, *review.ours, *review.differs, *review.doubts)
    if review.no_card is not None and code in STEPS_BY_ID and STEPS_BY_ID[code].silent:
        yield "has no card at all: no_card is for steps with one"
    inputs = [text for one in review.inputs for text in (one.input, one.counts_when)]
    said = [text for one in review.basis for text in (one.locator, one.says)]
    if not all(text.strip() for text in (*texts, *inputs, *said)):
        yield "holds an empty text"
