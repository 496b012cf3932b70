"""The words of report comments, refused where any combination of them would break a limit.

A comment is one sentence that interprets, one with the next step, and perhaps one addition: at
most three sentences and sixty words, the laboratory's contact line included.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from string import Formatter
from typing import Literal

import msgspec

from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.toml_files import (
    Sourced,
    check_complete,
    check_sources,
    check_texts,
    load_table,
)
from cobalamin.service.rules.findings.causes import CAUSES
from cobalamin.service.rules.model.assessment import Urgency
from cobalamin.service.rules.model.codes import SUGGESTION_CODES
from cobalamin.service.rules.model.codes import CautionCode as C
from cobalamin.service.rules.model.codes import SuggestionCode as S
from cobalamin.service.rules.model.parameter import Citation
from cobalamin.service.rules.model.vocabulary import Analyte
from cobalamin.service.rules.plan.pathway import STEPS_BY_ID

MOST_WORDS = 60
MOST_SENTENCES = 3
MOST_TESTS = 2
ROOM_FOR_CONTACT = 8
MEANINGS = frozenset(
    """
    deficient deficient-by-mma functional-deficiency functional-nitrous-oxide indeterminate
    indeterminate-mma-normal mma-kidney mma-level-sufficient mma-alone pregnancy discordant
    antibody-positive lasting-cause-level-sufficient nerves-level-sufficient
    megaloblastic-level-sufficient
    blood-level-sufficient high-b12 on-treatment not-measured level-too-old folate-before-b12
    corrected-result nitrous-oxide-level-sufficient
    blood-level-not-cause iron-first large-cells-level-sufficient folate-level-sufficient
    """.split()  # noqa: SIM905 - a list of codes to compare by eye
)
IRON_FIRST = "R9-iron"
COMMENTED_STEPS = frozenset(
    code for step in STEPS_BY_ID.values() for code in step.comment_codes()
) | {IRON_FIRST}
ADDITIONS = (
    C.pseudo_tma,
    S.folic_acid_after_b12,
    C.no_folic_acid_alone,
    C.stop_nitrous_oxide,
    C.mma_unreliable_kidney,
    C.total_b12_unreliable_pregnancy,
    C.discordant_markers,
    C.iron_may_mask_macrocytosis,
    C.high_b12_is_not_reassurance,
    C.assay_profile_mismatch,
    "normal-cells",
    "normal-haemoglobin",
    C.homocysteine_unspecific,
)
IMAGING = frozenset({S.test_nerve_conduction, S.test_mri_spine, S.test_muscle_panel})
TESTS = frozenset(code for code in SUGGESTION_CODES if code.startswith("test-")) - IMAGING
SAME_DAY = (S.test_fbc, S.test_film_retics)
"""The tests that a comment may ask for on the same day."""
Authorisation = Literal["required", "automatic"]


class CommentMeaning(Sourced, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the results mean; `through` replaces it where a recorded cause may explain it.

    One that stands `alone` is said without a next step.
    """

    through: str | None = None
    alone: bool = False


class CommentStep(Sourced, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The next step and how soon.

    `tests` replaces it where the plan names a test, `one_month` where it asks for a review in one.
    `haematology` says that both name haematology, so that it is not added.
    """

    tests: str | None = None
    one_month: str | None = None
    haematology: bool = False


class CommentFrame(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a correction begins, what is said instead of a step that may not wait, how a step ends
    where haematology is suggested beside it, and a comment where the site has a contact line.

    `replaces` and `withdrawn` say what becomes of the comment on an earlier `report`, `review` why
    a person should look at it.

    `forbidden` words say more than results can say; no sentence begins with one of `commands`.
    """

    correction: str
    today: str
    haematology: str
    contact: str
    replaces: str
    withdrawn: str
    report: str
    review: str
    forbidden: tuple[str, ...]
    commands: frozenset[str]


class CommentWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Every sentence that a comment is made of."""

    meanings: dict[str, CommentMeaning]
    steps: dict[str, CommentStep]
    additions: dict[str, Sourced]
    frame: CommentFrame
    when: dict[str, str]
    tests: dict[str, str]
    same_day: dict[str, str]
    causes: dict[str, str]


def load_comments(
    file: str, citations: Mapping[str, Citation], facts: Mapping[str, str]
) -> CommentWords:
    """The checked words; `facts` are the names of causes and analytes that a comment may say.

    Raises:
        KnowledgeError: the file is wrong, or a combination of its sentences is too long.
    """
    comments = load_table(file, CommentWords)
    check_texts(file, comments)
    check_sources(file, comments, citations)
    check_complete(file, comments.meanings, MEANINGS)
    check_complete(file, comments.steps, COMMENTED_STEPS)
    check_complete(file, comments.additions, ADDITIONS)
    check_complete(file, comments.tests, TESTS)
    check_complete(file, comments.same_day, SAME_DAY)
    check_complete(file, comments.when, (urgency.name for urgency in Urgency))
    for key, text, slots in _sentences(comments):
        _check_sentence(file, comments.frame, key, text, slots)
    named = (comments.causes, comments.tests, comments.same_day)
    for key, name in chain.from_iterable(table.items() for table in named):
        if ". " in name:
            raise KnowledgeError(file, key, "holds a full stop, which would end a sentence")
    comments = msgspec.structs.replace(comments, causes=_named(file, comments.causes, facts))
    if room_for_contact(comments, facts) < ROOM_FOR_CONTACT:
        problem = f"the longest combination leaves no room within {MOST_WORDS} words"
        raise KnowledgeError(file, "", problem)
    return comments


def check_contact(
    file: str, contact: str, comments: CommentWords, facts: Mapping[str, str]
) -> None:
    """The site's contact line fits into every comment.

    Raises:
        KnowledgeError: it is too long, or it would begin a sentence of its own.
    """
    room = room_for_contact(comments, facts)
    line = comments.frame.contact.format(rest="", contact=contact)
    if _length(line) > room or _ends(line) > 1:
        problem = f"must be at most {room} words in one sentence, for report comments"
        raise KnowledgeError(file, "contact", problem)


# --- one sentence


def _sentences(comments: CommentWords) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Every sentence with its key and the slots that it may and must have."""
    for code, meaning in comments.meanings.items():
        yield f"meanings.{code}", meaning.text, frozenset()
        if meaning.through is not None:
            yield f"meanings.{code}.through", meaning.through, frozenset({"cause"})
    for code, step in comments.steps.items():
        when = frozenset({"when"}) & _slots(step.text)
        yield f"steps.{code}", step.text, when
        if step.tests is not None:
            when = frozenset({"when"}) & _slots(step.tests)
            yield f"steps.{code}.tests", step.tests, when | {"tests"}
        if step.one_month is not None:
            yield f"steps.{code}.one_month", step.one_month, frozenset({"when"})
    for code, addition in comments.additions.items():
        yield f"additions.{code}", addition.text, frozenset()


def _check_sentence(
    file: str, frame: CommentFrame, key: str, text: str, slots: frozenset[str]
) -> None:
    lower = text.lower()
    words = [word.strip(".,:;()") for word in lower.split()]
    if _slots(text) != slots:
        raise KnowledgeError(file, key, f"needs exactly these slots: {sorted(slots)}")
    if not text.endswith(".") or _ends(text) != 1:
        raise KnowledgeError(file, key, "is not exactly one sentence")
    if any(f" {word} " in f" {' '.join(words)} " for word in frame.forbidden):
        raise KnowledgeError(file, key, "says more than results can say")
    if words[0] in frame.commands:
        raise KnowledgeError(file, key, "is a command")


def _slots(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def _ends(text: str) -> int:
    """How many sentences end in a text."""
    return sum(f"{text} ".count(mark) for mark in (". ", "! ", "? "))


# --- the longest combination


def room_for_contact(comments: CommentWords, facts: Mapping[str, str]) -> int:
    """How many words the longest comment leaves for the contact line."""
    cause = _longest(comments.causes.values())
    analyte = _longest(facts[code] for code in Analyte)
    names = (*comments.tests.values(), *comments.same_day.values())
    tests = sorted(map(_length, names), reverse=True)
    named = (tests[0], sum(tests[:MOST_TESTS]) + 1)
    correction = _length(comments.frame.correction, {"analyte": analyte, "date": 1, "rest": 0})
    lengths = {
        words: max(correction + _length(words.text), _length(words.through or "", {"cause": cause}))
        for words in comments.meanings.values()
    }
    alone = max((length for words, length in lengths.items() if words.alone), default=0)
    meaning = max(length for words, length in lengths.items() if not words.alone)
    step = max(
        length
        for code, words in comments.steps.items()
        for text in (words.text, words.tests or "")
        for length in _step_lengths(comments, code, text, named)
    )
    addition = _longest(words.text for words in comments.additions.values())
    return MOST_WORDS - max(meaning + step + addition, alone)


def _step_lengths(
    comments: CommentWords, code: str, text: str, tests: tuple[int, int]
) -> Iterator[int]:
    """The words of a step with two tests, and with one test and haematology beside it.

    Haematology is for this week at least.
    """
    least = STEPS_BY_ID[code.partition("-")[0]].urgency
    yield _length(text, {"tests": tests[1], "when": _longest(_times(comments, least))})
    if not comments.steps[code].haematology:
        sooner = _longest(_times(comments, max(least, Urgency.soon)))
        beside = _length(comments.frame.haematology, {"rest": 1}) - 1
        yield _length(text, {"tests": tests[0], "when": sooner}) + beside


def _times(comments: CommentWords, least: Urgency) -> Iterator[str]:
    """How soon a step may be, in words: no step is less urgent than its row says."""
    return (words for name, words in comments.when.items() if Urgency[name] >= least)


def _longest(texts: Iterable[str]) -> int:
    return max(map(_length, texts))


def _length(text: str, slots: Mapping[str, int] | None = None) -> int:
    """The words of a text, each slot counted by the longest that may fill it."""
    filled = {name: " ".join("w" * count) for name, count in (slots or {}).items()}
    return len((text.format(**filled) if filled else text).split())


def _named(file: str, shorter: Mapping[str, str], facts: Mapping[str, str]) -> dict[str, str]:
    """What each cause is called in a comment.

    Raises:
        KnowledgeError: a name is for no cause, or holds a full stop.
    """
    codes = {str(code) for code in CAUSES.members} | {Analyte.intrinsic_factor_antibody.value}
    for code in shorter:
        if code not in codes:
            raise KnowledgeError(file, f"causes.{code}", "is not a known code")
    names = {code: shorter.get(code, facts[code]) for code in sorted(codes)}
    for code, name in names.items():
        if ". " in name:
            problem = "needs a name without a full stop, which would end a sentence"
            raise KnowledgeError(file, f"causes.{code}", problem)
    return names
