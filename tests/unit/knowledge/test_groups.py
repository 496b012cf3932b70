"""Who counts as what: the file of groups, and the rules that read it."""

import ast
import re
import shutil
from pathlib import Path

import pytest

from cobalamin.service.knowledge import toml_files
from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.review.groups import FACTS, all_members, load_groups
from cobalamin.service.rules.evidence.groups import load_group
from cobalamin.service.rules.model.vocabulary import Feature, History
from spec_tables import all_rows

ROOT = Path(__file__).resolve().parents[3]
RULES = ROOT / "service" / "rules"
ENUMS = {"F", "H", "Feature", "History"}


def _trees() -> list[ast.AST]:
    return [
        ast.parse(path.read_text("utf-8"))
        for path in sorted(RULES.rglob("*.py"))
        if path.name != "vocabulary.py"
    ]


TREES = _trees()
NODES = [node for tree in TREES for node in ast.walk(tree)]


def _loaded_by_rules() -> set[str]:
    return {
        str(argument.value)
        for node in NODES
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "load_group"
        for argument in node.args
        if isinstance(argument, ast.Constant)
    }


def test_rules_load_the_members_that_the_file_lists() -> None:
    groups = load_groups()
    for name in groups:
        assert tuple(map(str, load_group(name).order)) == all_members(groups, name)


def test_every_group_is_read_by_a_rule_or_by_a_group_that_is() -> None:
    groups, read = load_groups(), _loaded_by_rules()
    assert read <= set(groups)
    for name in reversed(list(groups)):
        if name in read:
            read |= set(groups[name].includes)
    assert set(groups) - read == {name for name, group in groups.items() if group.named_singly}


def test_every_fact_that_a_rule_names_is_in_a_group() -> None:
    groups = load_groups()
    grouped = {code for name in groups for code in all_members(groups, name)}
    named = {
        node.attr
        for node in NODES
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in ENUMS
    } & FACTS
    assert named, "the rules name no fact at all: the test reads them wrongly"
    assert named <= grouped


def test_no_fact_is_both_a_symptom_and_a_condition() -> None:
    assert not {str(one) for one in Feature} & {str(one) for one in History}


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('members = ["metformin"]', 'members = ["metfromin"]', "metfromin"),
        ('members = ["metformin"]', 'members = ["metformin", "metformin"]', "twice"),
        ('members = ["metformin"]', "members = []", "no members"),
        ('includes = ["sensory"]', 'includes = ["sensory", "weak_signs"]', "before"),
        ('source = "bsh-2014"', 'source = "bsh-2041"', "citations.toml lacks"),
        ('title = "Metformin"', 'title = " "', "must not be empty"),
        ('title = "Metformin"', 'titel = "Metformin"', "titel"),
    ],
)
def test_what_is_wrong_with_a_group_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, problem: str
) -> None:
    shutil.copytree(
        toml_files.ROOT, tmp_path / "knowledge", ignore=shutil.ignore_patterns("*.py", "*.tsv")
    )
    file = tmp_path / "knowledge" / "groups.toml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    monkeypatch.setattr(toml_files, "ROOT", tmp_path / "knowledge")
    with pytest.raises(KnowledgeError, match=problem):
        load_groups()


def test_every_member_of_a_group_is_given_in_a_case_of_the_spec_tables() -> None:
    groups = load_groups()
    given = " ".join(
        row.cells.get(column, "") for row in all_rows() for column in ("features", "history")
    )
    present = set(re.findall(r"[a-z0-9_]+", given))
    assert {code for name in groups for code in all_members(groups, name)} <= present
