"""What each kind of client was answered, word for word."""

from pathlib import Path

from kinds import KINDS, answers


def test_every_kind_is_answered_as_was_kept() -> None:
    made = dict(answers())
    assert {file.name for file in KINDS.iterdir()} == made.keys()
    for name, text in made.items():
        assert text == (KINDS / name).read_text("utf-8"), f"{name}: run tests/golden/kinds.py"


def test_the_kinds_that_need_nothing_of_their_own_are_answered_alike() -> None:
    for hook in ("patient-view", "order-sign"):
        generic, sandbox = (
            Path(KINDS / f"{kind}-{hook}.json").read_bytes() for kind in ("generic", "sandbox")
        )
        assert generic == sandbox
