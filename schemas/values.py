"""marshmallow fields: codes of a closed vocabulary, exact numbers, strict booleans."""

from collections.abc import Mapping
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any

from marshmallow import ValidationError, fields

from cobalamin.service.rules.model.facts import Finding

FINDING_WORDS = frozenset(Finding)


class EnumCode(fields.Field[StrEnum]):
    """A code of a closed vocabulary."""

    def __init__(self, vocabulary: type[StrEnum], **options: Any) -> None:  # noqa: ANN401
        super().__init__(**options)
        self.vocabulary = vocabulary
        self._members: Mapping[str, StrEnum] = {member.value: member for member in vocabulary}

    def _deserialize(self, value: object, *_: object, **__: object) -> StrEnum:
        member = self._members.get(value) if isinstance(value, str) else None
        if member is None:
            name, known = self.vocabulary.__name__.lower(), ", ".join(self._members)
            raise ValidationError(f"is not a code of {name} that is read; use one of {known}")
        return member


class EnumName(fields.Field[str]):
    """The name of an enumeration member, for enumerations whose values are not strings."""

    def __init__(self, members: type[Enum], **options: Any) -> None:  # noqa: ANN401
        super().__init__(**options)
        self.members = members

    def _deserialize(self, value: object, *_: object, **__: object) -> str:
        if isinstance(value, str) and value in self.members.__members__:
            return value
        raise ValidationError(f"must be one of {', '.join(self.members.__members__)}")


LARGE = 10**9
"""Beyond any whole number of a form; an integer is made of no larger one."""


class DecimalNumber(fields.Field[Decimal]):
    """A JSON number as an exact Decimal; strings are refused."""

    def _deserialize(self, value: object, *_: object, **__: object) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise ValidationError("must be a number")
        return Decimal(value)


class NumberOrFinding(DecimalNumber):
    """A number, or the finding of a qualitative result."""

    def _deserialize(self, value: object, *more: object, **options: object) -> Any:  # noqa: ANN401
        if isinstance(value, str):
            if value in FINDING_WORDS:
                return Finding(value)
            raise ValidationError(f"must be a number or one of {', '.join(Finding)}")
        return super()._deserialize(value, *more, **options)


class WholeNumber(fields.Integer):
    """A JSON number without a fraction, `38.0` too; strings are refused."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401
        super().__init__(strict=True, **options)

    def _deserialize(self, value: object, *more: Any, **options: Any) -> int:  # noqa: ANN401
        if isinstance(value, Decimal) and abs(value) < LARGE and value == int(value):
            value = int(value)
        found: int = super()._deserialize(value, *more, **options)
        return found


class Boolean(fields.Field[bool]):
    """`true` or `false` only; no other spelling and no number."""

    def _deserialize(self, value: object, *_: object, **__: object) -> bool:
        if isinstance(value, bool):
            return value
        raise ValidationError("must be true or false")


class BoundedList(fields.List[Any]):
    """A list of bounded length, checked up to its first fault."""

    def __init__(self, inner: fields.Field[Any], max_length: int, **options: Any) -> None:  # noqa: ANN401
        super().__init__(inner, **options)
        self.max_length = max_length

    def _deserialize(self, value: Any, *_: Any, **options: Any) -> list[Any]:  # noqa: ANN401
        if not isinstance(value, list):
            raise self.make_error("invalid")
        if len(value) > self.max_length:
            raise ValidationError(f"has more than {self.max_length} elements; send fewer")
        loaded = []
        for index, element in enumerate(value):
            try:
                loaded.append(self.inner.deserialize(element, **options))
            except ValidationError as error:
                raise ValidationError({index: error.messages}) from None
        return loaded
