from pathlib import Path

import pytest

from links import broken_links, markdown_files

OTHER = "# One more: `thing`\n\n## Same\n\n## Same\n"


def broken_in(root: Path, text: str) -> list[str]:
    (root / "other.md").write_text(OTHER, encoding="utf-8")
    page = root / "page.md"
    page.write_text(text, encoding="utf-8")
    return list(broken_links(page, root))


@pytest.mark.parametrize(
    "text",
    [
        "[a](other.md)",
        "[a](/other.md)",
        "[a](other.md#one-more-thing)",
        "[a](other.md#same-1)",
        "# Here\n[a](#here)",
        "[a](https://example.org/none) <mailto:x@example.org>",
        "`[a](none.md)`",
        "```\n[a](none.md)\n```",
    ],
)
def test_link_that_leads_somewhere_is_kept(tmp_path: Path, text: str) -> None:
    assert broken_in(tmp_path, text) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n[a](none.md)", "page.md:2: none.md: there is no such file"),
        ("[a](other.md#two)", "page.md:1: other.md#two: there is no such heading"),
        ("[a]: none.md", "page.md:1: none.md: there is no such file"),
        ("![a](none.png)", "page.md:1: none.png: there is no such file"),
    ],
)
def test_link_that_leads_nowhere_is_named_with_its_line(
    tmp_path: Path, text: str, message: str
) -> None:
    assert broken_in(tmp_path, text) == [message]


def test_hidden_and_generated_folders_are_left_out(tmp_path: Path) -> None:
    for folder in (".venv", "build", "docs"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "page.md").write_text("", encoding="utf-8")
    assert markdown_files(tmp_path) == [tmp_path / "docs" / "page.md"]
