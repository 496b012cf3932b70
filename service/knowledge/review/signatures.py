"""The signatures of clinicians: which count, which have lapsed, and which objections are open."""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum, auto
from typing import Literal

import msgspec

from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.profile_list import profile_ids
from cobalamin.service.knowledge.review.items import get_items
from cobalamin.service.knowledge.review.lines import ReviewItem
from cobalamin.service.knowledge.toml_files import load_table
from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.rules.model.knowledge import Knowledge

FILE = "signatures.toml"


class SignatureState(StrEnum):
    """Whether a signature counts for an item as it is now."""

    valid = auto()
    lapsed = auto()
    expired = auto()
    objected = auto()


class Answered(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"day": "date"}
):
    """How an objection was answered."""

    day: date
    name: str
    text: str


class Signature(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"day": "date"}
):
    """One clinician's verdict on one item of one profile, for the content of this digest.

    It counts up to and including `look_again`. An objection stands until it is `answered`.
    """

    item: str
    profile: str
    digest: str
    name: str
    registration: str
    role: str
    day: date
    look_again: date
    verdict: Literal["agree", "object"]
    comment: str = ""
    answered: Answered | None = None

    @property
    def is_open_objection(self) -> bool:
        """Whether this is an objection that nobody has answered."""
        return self.verdict == "object" and self.answered is None

    def state(self, items: Mapping[str, ReviewItem], on: date) -> SignatureState:
        """Whether it counts for these items on a day."""
        if self.verdict == "object":
            return SignatureState.objected
        item = items.get(self.item)
        if item is None or item.digest != self.digest:
            return SignatureState.lapsed
        return SignatureState.expired if on > self.look_again else SignatureState.valid


class _SignatureFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    signature: tuple[Signature, ...] = ()


def load_signatures() -> tuple[Signature, ...]:
    """Every signature, as the file lists them.

    Raises:
        KnowledgeError: an entry has another shape, names no listed profile, or is not filled in.
    """
    signatures = load_table(FILE, _SignatureFile).signature
    for number, one in enumerate(signatures):
        for problem in _problems(one):
            raise KnowledgeError(FILE, f"signature[{number}]", problem)
    return signatures


class SignedKnowledge(msgspec.Struct, frozen=True, kw_only=True):
    """The newest signature of each item that covers its content, and the open objections."""

    signatures: Mapping[str, Signature] = {}
    objections: tuple[Signature, ...] = ()

    def signature(self, item: str, on: date) -> Signature | None:
        """The signature of an item that counts on a day."""
        one = self.signatures.get(item)
        return one if one is not None and on <= one.look_again else None

    def objections_to(self, item: str) -> tuple[Signature, ...]:
        """The objections to an item that nobody has answered."""
        return tuple(one for one in self.objections if one.item == item)


def get_signed(knowledge: Knowledge, wording: Wording) -> SignedKnowledge:
    """What is signed of a profile as it is now.

    Raises:
        KnowledgeError: the file of signatures is wrong.
    """
    mine = [one for one in load_signatures() if one.profile == knowledge.profile]
    if not mine:
        return SignedKnowledge()
    return SignedKnowledge(
        signatures=select_valid(mine, get_items(knowledge, wording), date.min),
        objections=tuple(one for one in mine if one.is_open_objection),
    )


def select_valid(
    signatures: Iterable[Signature], items: Mapping[str, ReviewItem], on: date
) -> Mapping[str, Signature]:
    """Of the signatures of one profile, the newest that counts for each item."""
    in_order = sorted(signatures, key=lambda one: one.day)
    valid = {one.item: one for one in in_order if one.state(items, on) is SignatureState.valid}
    objected = {one.item for one in in_order if one.is_open_objection}
    return {item: one for item, one in valid.items() if item not in objected}


def _problems(one: Signature) -> Iterable[str]:
    if one.profile not in profile_ids():
        yield f'"{one.profile}" is no profile of profiles.toml'
    if not all(text.strip() for text in (one.item, one.digest, one.name, one.registration)):
        yield "item, digest, name and registration must not be empty"
    if one.verdict == "object" and not one.comment.strip():
        yield "an objection needs a comment that says why"
    if one.look_again <= one.day:
        yield "look_again must be later than date"
