"""The words of report comments: a file that could break a limit refuses to load."""

from pathlib import Path

import pytest

from assessments import get_profile
from cobalamin.service.knowledge import toml_files
from cobalamin.service.knowledge.comments import (
    ROOM_FOR_CONTACT,
    load_comments,
    room_for_contact,
)
from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.loader import load_citations
from cobalamin.service.knowledge.profile import load_profile
from cobalamin.service.knowledge.site import load_site

FILE = "words/en/comments.toml"
KNOWLEDGE = Path(str(toml_files.ROOT))
LONG = " ".join(["word"] * 20)
# Words of forms and journals, for which plain English has shorter ones.
NOT_PLAIN = frozenset(
    """
    administer aetiology commence concomitant endeavour etiology facilitate hence herein indicated
    modality obtain parenteral parenterally pathognomonic per prior pursuant refractory sequelae
    therein thereof utilise via viz warranted whilst
    """.split()  # noqa: SIM905 - a list of words
)
NAMES = frozenset({"ADAMTS13", "B12", "H2", "HbA1c", "MMA", "TTP"})
MOST_WORDS_A_SENTENCE = 25


def load_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str) -> None:
    """Loads the words after one change of the file."""
    text = (KNOWLEDGE / FILE).read_text("utf-8")
    assert old in text
    target = tmp_path / FILE
    target.parent.mkdir(parents=True)
    target.write_text(text.replace(old, new, 1), "utf-8")
    facts, citations = get_profile().wording.facts, load_citations()
    monkeypatch.setattr(toml_files, "ROOT", tmp_path)
    load_comments(FILE, citations, facts)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("makes a deficiency likely.", "makes a deficiency likely. Yes.", "exactly one sentence"),
        ("makes a deficiency likely.", "makes a deficiency likely", "exactly one sentence"),
        ("makes a deficiency likely.", "must be treated.", "more than results can say"),
        ("makes a deficiency likely.", "means deficiency is excluded.", "more than results can"),
        ("makes a deficiency likely.", "shows that you lack it.", "more than results can say"),
        ("makes a deficiency likely.", "*makes* a deficiency likely.", "markup"),
        ("makes a deficiency likely.", "is {cause} likely.", "exactly these slots"),
        ("perhaps through {cause}.", "perhaps.", "exactly these slots"),
        ("with {tests}.", "with tests.", "exactly these slots"),
        ("A repeat in 3", "Repeat in 3", "is a command"),
        ("A repeat in 3", f"{LONG} in 3", "leaves no room"),
        ("[meanings.deficient]", "[meanings.lacking]", "deficient: is missing"),
        ("[steps.R13]", "[steps.R99]", "R13: is missing"),
        ("[additions.pseudo-tma]", "[additions.ttp]", "pseudo-tma: is missing"),
        ('test-b12 = "', 'test-b13 = "', "test-b12: is missing"),
        ('test-b12 = "', 'test-b12 = "No. ', "full stop"),
        ('ppi = "', 'statin = "', "causes.statin: is not a known code"),
        ('h_pylori_infection = "Helicobacter pylori infection"', "", "name without a full stop"),
        ('ppi = "a', 'ppi = "Dr. A', "full stop"),
        ('urgent = "today"', "", "urgent: is missing"),
        ('source = "nice-ng239"', 'source = "rumour"', 'cites "rumour"'),
        ('source = "nice-ng239"', 'authorisation = "none"\nsource = "nice-ng239"', "authorisation"),
    ],
)
def test_a_wrong_file_refuses_to_load_and_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, problem: str
) -> None:
    with pytest.raises(KnowledgeError) as caught:
        load_changed(tmp_path, monkeypatch, old, new)
    assert problem in str(caught.value)
    assert str(caught.value).startswith(FILE)


def texts() -> dict[str, str]:
    """Every sentence of a comment, its slots filled by the longest that may stand there."""
    wording = get_profile().wording
    words = wording.comments
    tests = sorted((*words.tests.values(), *words.same_day.values()), key=len)[-2:]
    slots = {
        "tests": " and ".join(tests),
        "when": max(words.when.values(), key=len),
        "cause": max(words.causes.values(), key=len),
    }
    found = {f"meanings.{code}": one.text for code, one in words.meanings.items()}
    found |= {f"meanings.{code}.through": one.through or "" for code, one in words.meanings.items()}
    for code, step in words.steps.items():
        for at, text in enumerate((step.text, step.tests, step.one_month)):
            found[f"steps.{code}.{at}"] = text or ""
    found |= {f"additions.{code}": one.text for code, one in words.additions.items()}
    return {key: text.format(**slots) for key, text in found.items() if text}


@pytest.mark.parametrize(("key", "text"), texts().items())
def test_what_to_do_is_said_in_short_sentences_of_plain_words(key: str, text: str) -> None:
    """A next step is one sentence, and one addition at most stands beside it: two sentences."""
    words = [word.strip(".,:;()") for word in text.split()]
    assert text.count(". ") == 0, key
    assert len(words) <= MOST_WORDS_A_SENTENCE
    assert NOT_PLAIN.isdisjoint(word.lower() for word in words)
    assert {word for word in words[1:] if word[1:] != word[1:].lower()} <= NAMES


def test_the_longest_comment_leaves_room_for_a_contact_line() -> None:
    wording = get_profile().wording
    assert room_for_contact(wording.comments, wording.facts) >= ROOM_FOR_CONTACT


@pytest.mark.parametrize(
    ("contact", "fits"),
    [
        ("Duty biochemist, 020 7946 0000", True),
        ("one two three four five six seven", True),
        ("one two three four five six seven eight nine ten", False),
        ("Ring Dr. Example", False),
        ("Ring us! Any time", False),
    ],
)
def test_a_contact_line_that_does_not_fit_is_refused(
    tmp_path: Path, contact: str, *, fits: bool
) -> None:
    file = tmp_path / "site.toml"
    file.write_text(f'name = "Example"\ncontact = "{contact}"\n', "utf-8")
    site = load_site(file)
    if fits:
        assert load_profile("uk-nice", site).site == site
    else:
        with pytest.raises(KnowledgeError, match="contact: must be at most"):
            load_profile("uk-nice", site)
