"""What each step asks and rests on."""

import shutil
from pathlib import Path

import pytest

from cobalamin.service.knowledge import toml_files
from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.review.steps import READING, load_step_reviews
from cobalamin.service.rules.plan.pathway import STEPS_BY_ID


def test_every_step_has_its_question_inputs_basis_and_doubts() -> None:
    reviews = load_step_reviews()
    assert set(reviews) == {READING, *STEPS_BY_ID}
    assert all(review.inputs and review.basis and review.doubts for review in reviews.values())


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("[R4]", "[R40]", "R4: is missing"),
        ('asks = "Is this an adult of known age?"', 'asks = ""', "empty text"),
        ('source = "bsh-2014"', 'source = "bsh-2041"', "citations.toml lacks"),
        ('asks = "Is this', 'title = "Age"\nasks = "Is this', "title of its own"),
        ("[R20]", "[R20]\nwhy = 1", "why"),
    ],
)
def test_what_is_wrong_with_a_step_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, problem: str
) -> None:
    for name in ("citations.toml", "steps.toml"):
        shutil.copy(toml_files.ROOT / name, tmp_path / name)
    text = (tmp_path / "steps.toml").read_text("utf-8")
    assert old in text
    (tmp_path / "steps.toml").write_text(text.replace(old, new, 1), "utf-8")
    monkeypatch.setattr(toml_files, "ROOT", tmp_path)
    with pytest.raises(KnowledgeError, match=problem):
        load_step_reviews()
