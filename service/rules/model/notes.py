"""Collects the notes about one request, and not more of them than somebody would read."""

from collections.abc import Iterator

from cobalamin.service.rules.model.facts import Note

MAX_NOTES = 200
OMITTED = "notes-omitted"


class NoteList:
    """The first `MAX_NOTES` notes; of further ones only their number is kept.

    Iterating yields the notes in order, and last one that says how many are not listed.
    """

    __slots__ = ("_notes", "_omitted")

    def __init__(self) -> None:
        self._notes: list[Note] = []
        self._omitted = 0

    def add(self, note: Note) -> None:
        """Add a note, or count it."""
        if self.is_full:
            self._omitted += 1
        else:
            self._notes.append(note)

    @property
    def is_full(self) -> bool:
        """Whether further notes are counted only."""
        return len(self._notes) >= MAX_NOTES

    def count(self) -> None:
        """Count a note that is not listed."""
        self._omitted += 1

    def __len__(self) -> int:
        return len(self._notes) + self._omitted

    def truncate(self, length: int) -> None:
        """Forget all notes but the first ones."""
        kept = min(length, len(self._notes))
        del self._notes[kept:]
        self._omitted = length - kept

    def __iter__(self) -> Iterator[Note]:
        yield from self._notes
        if self._omitted:
            text = f"{self._omitted} further notes are not listed"
            yield Note(code=OMITTED, where="body", text=text, severity="warning")
