"""Every name of the file is found, alone and among other words; what it is part of is not."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cobalamin.service.knowledge.names import FILE, NameKind, find_name, normalise_name
from cobalamin.service.knowledge.toml_files import ROOT

ENTRIES = tomllib.loads((ROOT / FILE).read_text("utf-8"))


@pytest.mark.parametrize("kind", ENTRIES)
@pytest.mark.parametrize("filling", ["", "xy", "1"])
def test_each_name_is_found(kind: str, filling: str) -> None:
    for word in (word for entry in ENTRIES[kind] for word in entry["words"]):
        name = word.replace("*", filling)
        for text in (name, name.upper(), f"serum {name} (test)", f"{name}, test"):
            assert find_name(NameKind(kind), text) is not None, text


@given(st.text(max_size=60))
def test_a_text_without_a_part_of_a_name_has_none(text: str) -> None:
    words = normalise_name(text)
    for kind in NameKind:
        if find_name(kind, text) is not None:
            tokens = [
                part
                for entry in ENTRIES[kind]
                for word in entry["words"]
                for part in normalise_name(word.replace("*", " ")).split()
            ]
            assert any(token in words for token in tokens)


@pytest.mark.parametrize("text", ["", "x" * 201, "b 1 2", "metform", "cobalt", "Hbs", "leberwert"])
def test_other_words_are_not_taken_for_names(text: str) -> None:
    kinds = (NameKind.result, NameKind.medicine)
    assert [find_name(kind, text) for kind in kinds] == [None, None]


@pytest.mark.parametrize(
    ("text", "is_named"),
    [
        ("Leber's hereditary optic neuropathy", True),
        ("Lebersche Optikusatrophie", True),
        ("LHON", True),
        ("Leberzirrhose", False),
        ("Leber", False),
    ],
)
def test_the_german_liver_is_not_a_disease_of_the_eye(text: str, is_named: object) -> None:
    assert (find_name(NameKind.condition, text) is not None) is is_named
