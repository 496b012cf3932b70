from email.message import Message
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path

import pytest

from licences import is_allowed, licence_of, refusals
from locked import Pin


def a_package(folder: Path, **fields: str) -> Distribution:
    message = Message()
    message["Name"] = "thing"
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    (folder / "METADATA").write_text(message.as_string(), encoding="utf-8")
    return PathDistribution(folder)


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("MIT AND PSF-2.0", True),
        ("GPL-3.0-only OR MIT", True),
        ("(Apache-2.0 OR GPL-2.0-only)", True),
        ("MIT AND GPL-3.0-only", False),
        ("not stated", False),
    ],
)
def test_expression_is_allowed_when_one_choice_is(*, expression: str, allowed: bool) -> None:
    assert is_allowed(expression) is allowed


def test_expression_is_trusted_before_classifiers(tmp_path: Path) -> None:
    classifier = "License :: OSI Approved :: BSD License"
    assert licence_of(a_package(tmp_path, License_Expression="MIT", Classifier=classifier)) == "MIT"
    assert licence_of(a_package(tmp_path, Classifier=classifier)) == "BSD-3-Clause"
    assert licence_of(a_package(tmp_path, License="Apache 2.0")) == "Apache-2.0"
    assert licence_of(a_package(tmp_path)) == "not stated"


def test_package_of_another_platform_may_be_absent() -> None:
    here = Pin(name="no-such-thing", version="1", marker=None, lines=(), wanted_by=())
    elsewhere = Pin(name="no-such-thing", version="1", marker="x", lines=(), wanted_by=())
    assert refusals((elsewhere,)) == []
    assert refusals((here,)) == ["no-such-thing: not installed; run `make test` once"]
