"""The typed decoding of the plain form and its schema accept, refuse and read the same."""

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema
from marshmallow.fields import Field, List, Nested
from stories import STORIES

from cobalamin.schemas import plain, plain_form
from cobalamin.schemas.paths import SchemaError
from cobalamin.schemas.plain import load_plain
from cobalamin.schemas.plain_decoding import decode_plain_form, to_plain_form
from cobalamin.schemas.plain_form import PlainForm

Json = dict[str, Any]
WORDS = ("low", "female", "final", "<", "positive", "legs", "2026-11-02", "2026", "", "x")
NUMBERS = ("0", "-0", "1", "39", "131", "39.0", "3e1", "1.50", "-2", "1e400", "9" * 30, "1E-400")
ANYTHING = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(("null", "true", "false", "[]", "{}", "[{}]", *NUMBERS)).map(msgspec.Raw),
    st.text(max_size=4),
)
CODES = {
    "analyte": ("b12_total", "mma"),
    "features": ("paraesthesia", "ataxia"),
    "history": ("metformin", "pregnancy"),
}
DATES = ("2026-11-20", "2026-W47-5", "20261120", "2026-1-5", "2026-11-20T00:00:00Z", "today")


def members(schema: type[Schema]) -> dict[str, Field[Any]]:
    return dict(schema._declared_fields)


@st.composite
def objects(draw: st.DrawFn, schema: type[Schema], kind: str = "") -> Json:
    """An object with some of the members of a schema, each of its kind or anything at all."""
    made: Json = {}
    for name, field in members(schema).items():
        if not draw(st.integers(0, 2 if not field.required else 6)):
            continue
        good: st.SearchStrategy[Any]
        inner = field.inner if isinstance(field, List) else field
        if isinstance(inner, Nested):
            one = objects(inner.schema.__class__, name)
            good = st.lists(one, max_size=2) if isinstance(field, List) else one
        elif name == "code":
            good = st.sampled_from(CODES[kind])
        else:
            good = st.sampled_from((*CODES.get(name, WORDS), *DATES))
        made[name] = draw(good if draw(st.integers(0, 7)) else ANYTHING)
    if not draw(st.integers(0, 15)):
        made[draw(st.sampled_from(("colour", "Patient", "value")))] = draw(ANYTHING)
    return made


def by_schema(body: bytes) -> PlainForm:
    decoder = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)
    return to_plain_form(load_plain(decoder.decode(body)))


def outcome(body: bytes, *, typed: bool) -> object:
    """The form with its digits, or the fault."""
    try:
        form = decode_plain_form(body) if typed else by_schema(body)
    except SchemaError as fault:
        return fault.where, fault.message
    except msgspec.DecodeError as fault:
        return type(fault)
    return repr(form)


@given(objects(plain.PlainFormSchema))
def test_both_say_the_same_of_any_form(form: Json) -> None:
    body = msgspec.json.encode(form)
    assert outcome(body, typed=True) == outcome(body, typed=False)


@pytest.mark.parametrize("literal", ["null", "true", '"1"', '"null"', "[]", "{}", *NUMBERS])
@pytest.mark.parametrize(
    "form",
    [
        '{"asOf": %s}',
        '{"patient": %s}',
        '{"results": %s}',
        '{"patient": {"age": %s}}',
        '{"patient": {"id": %s}}',
        '{"patient": {"pregnant": %s}}',
        '{"results": [{"analyte": "mma", "value": %s}]}',
        '{"results": [{"analyte": "mma", "referenceRange": {"low": %s}}]}',
        '{"results": [{"analyte": "mma", "status": %s}]}',
        '{"history": [{"code": "metformin", "dose": {"value": %s, "unit": "g/d"}}]}',
        '{"history": [{"code": "metformin", "active": %s}]}',
        "%s",
    ],
)
def test_both_say_the_same_of_each_literal_in_each_place(form: str, literal: str) -> None:
    body = (form % literal).encode()
    assert outcome(body, typed=True) == outcome(body, typed=False)


@pytest.mark.parametrize("day", DATES)
def test_both_say_the_same_of_each_day(day: str) -> None:
    body = json.dumps({"asOf": day}).encode()
    assert outcome(body, typed=True) == outcome(body, typed=False)


@pytest.mark.parametrize("body", [b"{", b"[1]", b"", b'{"a": 1}}', b"\xff", b'{"asOf": nul'])
def test_both_say_the_same_of_what_is_no_form(body: bytes) -> None:
    assert outcome(body, typed=True) == outcome(body, typed=False)


@pytest.mark.parametrize("name", STORIES)
def test_a_good_form_needs_no_schema(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    body = json.dumps(STORIES[name]).encode()
    expected = by_schema(body)
    monkeypatch.delattr(plain, "load_plain")
    assert repr(decode_plain_form(body)) == repr(expected)


@pytest.mark.parametrize(
    ("struct", "schema"),
    [
        (plain_form.PlainForm, plain.PlainFormSchema),
        (plain_form.PlainPatient, plain.PatientSchema),
        (plain_form.PlainResult, plain.ResultSchema),
        (plain_form.PlainRange, plain.RangeSchema),
        (plain_form.PlainFeature, plain.FeatureSchema),
        (plain_form.PlainHistory, plain.HistorySchema),
        (plain_form.PlainDose, plain.DoseSchema),
    ],
)
def test_struct_and_schema_have_the_same_members(
    struct: type[msgspec.Struct], schema: type[Schema]
) -> None:
    assert set(struct.__struct_fields__) == set(members(schema))
