"""The published codes as they stand in their files, with source and state, for people to read."""

from collections.abc import Iterator

import msgspec

from cobalamin.service.knowledge.code_checks import SOURCES
from cobalamin.service.knowledge.codes import FILES
from cobalamin.service.knowledge.toml_files import load_table
from cobalamin.service.rules.model.parameter import Verification


class ListedCode(msgspec.Struct, frozen=True, kw_only=True):
    """One code: what it is called, what it becomes, and where it was read.

    `unread` says why it becomes no fact, `refused` why a result with it is not believed.
    """

    display: str
    source: tuple[str, ...]
    verification: Verification
    why: str = ""
    analyte: str | None = None
    feature: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    diagnosis: str | None = None
    topic: str | None = None
    cobalamin: str | None = None
    refused: str | None = None
    unread: str | None = None

    @property
    def becomes(self) -> tuple[str, ...]:
        """The facts that the code becomes, by their own codes."""
        single = (self.analyte, self.diagnosis, self.topic, self.cobalamin)
        return (*(code for code in single if code is not None), *self.feature, *self.history)


def list_codes() -> Iterator[tuple[str, str, ListedCode]]:
    """System, code and entry of every published code, in the order of the files.

    Raises:
        KnowledgeError: a file is wrong; the message names file and key.
    """
    for file, systems, _ in FILES:
        for code, entry in load_table(file, dict[str, ListedCode]).items():
            for system in systems:
                yield system, code, entry


def code_sources() -> dict[str, str]:
    """Where codes were read, by the name that an entry gives.

    Raises:
        KnowledgeError: the file is wrong.
    """
    return load_table(SOURCES, dict[str, str])
