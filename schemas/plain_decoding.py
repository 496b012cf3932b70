"""Decodes the plain form: at once where nothing is wrong with it, else by its schema.

The schema explains every fault and takes ten times as long. What the structs accept it accepts too,
and what they refuse is left to it.
"""

from contextlib import suppress
from decimal import Decimal
from typing import Any

import msgspec

from cobalamin.schemas.plain_form import PlainForm

NULL = b"null"
_typed = msgspec.json.Decoder(PlainForm, float_hook=Decimal)
_untyped = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


def decode_plain_form(body: bytes) -> PlainForm:
    """The checked form.

    Raises:
        SchemaError: an unknown member, an unknown code or a wrong type; `where` is its path.
        msgspec.ValidationError: the body is not a JSON object.
        msgspec.DecodeError: it is no JSON.
    """
    # The structs take null for not sent, which the schema refuses.
    if NULL not in body:
        with suppress(msgspec.ValidationError):
            return _typed.decode(body)
    from cobalamin.schemas.plain import load_plain  # noqa: PLC0415 - slow to import, seldom needed

    return to_plain_form(load_plain(_untyped.decode(body)))


def to_plain_form(loaded: dict[str, Any]) -> PlainForm:
    """A form that the schema has loaded, as structs."""
    return msgspec.convert(loaded, PlainForm)
