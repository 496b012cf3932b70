"""Values of the wire: codes of a closed vocabulary, numbers with their digits, plain truth."""

from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any

from marshmallow import ValidationError, fields

from cobalamin.service.rules.model.facts import Finding

QUALITATIVE = frozenset(Finding)


class Word(fields.Field[StrEnum]):
    """A code of a closed vocabulary."""

    def __init__(self, vocabulary: type[StrEnum], **options: Any) -> None:  # noqa: ANN401
        super().__init__(**options)
        self.vocabulary = vocabulary

    def _deserialize(self, value: object, *_: object, **__: object) -> StrEnum:
        if isinstance(value, str) and value in set(self.vocabulary):
            return self.vocabulary(value)
        raise ValidationError(f"is not a code of {self.vocabulary.__name__.lower()} that is read")


class Name(fields.Field[str]):
    """The name of a member of an enumeration whose values are not words."""

    def __init__(self, members: type[Enum], **options: Any) -> None:  # noqa: ANN401
        super().__init__(**options)
        self.members = members

    def _deserialize(self, value: object, *_: object, **__: object) -> str:
        if isinstance(value, str) and value in self.members.__members__:
            return value
        raise ValidationError(f"must be one of {', '.join(self.members.__members__)}")


class Number(fields.Field[Decimal]):
    """A JSON number with its digits; text is refused."""

    def _deserialize(self, value: object, *_: object, **__: object) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise ValidationError("must be a number")
        return Decimal(value)


class NumberOrWord(Number):
    """A number, or the word of a qualitative result."""

    def _deserialize(self, value: object, *more: object, **options: object) -> Any:  # noqa: ANN401
        if isinstance(value, str):
            if value in QUALITATIVE:
                return Finding(value)
            raise ValidationError(f"must be a number or one of {', '.join(Finding)}")
        return super()._deserialize(value, *more, **options)


class Truth(fields.Field[bool]):
    """true or false; no other spelling, and no number."""

    def _deserialize(self, value: object, *_: object, **__: object) -> bool:
        if isinstance(value, bool):
            return value
        raise ValidationError("must be true or false")
