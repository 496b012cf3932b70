"""What of MSH a reply needs."""

from msgspec import Struct

OWN_CHARACTER_SET = "UNICODE UTF-8"
CHARACTER_SETS = {
    "": "utf-8",
    "ASCII": "utf-8",
    "UTF-8": "utf-8",
    "UNICODE": "utf-8",
    "UNICODE UTF-8": "utf-8",
    **{f"8859/{part}": f"iso-8859-{part}" for part in (*range(1, 12), 13, 14, 15)},
}


class MessageHeader(Struct, frozen=True, kw_only=True):
    """The MSH fields that a reply needs; MSH-15 and MSH-16 say which ones the sender wants.

    `mirrors` says that version and character set of a reply are those of the sender.
    """

    sender: tuple[str, str] = ("", "")
    receiver: tuple[str, str] = ("", "")
    control_id: str = ""
    processing: str = ""
    version: str = ""
    accept_when: str = ""
    answer_when: str = ""
    character_set: str = ""
    mirrors: bool = False

    @property
    def encoding(self) -> str:
        """The codec of a reply: that of the sender if it mirrors one that is read, else UTF-8."""
        return CHARACTER_SETS[self.written_in.upper()]

    @property
    def written_in(self) -> str:
        """MSH-18 of a reply."""
        is_read = self.character_set.upper() in CHARACTER_SETS
        return self.character_set if self.mirrors and is_read else OWN_CHARACTER_SET
