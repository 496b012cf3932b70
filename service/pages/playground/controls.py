"""The controls of the form, with what was sent filled in.

They are most of the page and nearly always the same. What shows nothing that was typed is written
once and kept: a select by its choice, a row without its values. What was typed is not kept.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from flask import current_app
from markupsafe import Markup
from msgspec import Struct

from cobalamin.service.answers.phrases import sentence
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.pages.playground.form import FURTHER_ROWS, MAX_ROWS, Fields
from cobalamin.service.pages.playground.vocabulary import (
    DATED_GROUPS,
    FEATURE_STATES,
    FEATURES,
    HISTORY,
    QUALITATIVE,
    USUAL_RESULTS,
    USUAL_UNITS,
)
from cobalamin.service.pages.texts import page_texts
from cobalamin.service.rules.model.vocabulary import Analyte

Options = tuple[tuple[str, str], ...]
COMPARATORS: Options = (("", "="), ("<", "<"), ("<=", "≤"), (">=", "≥"), (">", ">"))
TEMPLATE = "controls.html"


class ControlGroup(Struct, frozen=True, kw_only=True):
    """Controls with their title and how many are filled in."""

    title: str
    controls: Markup
    filled: int


class Labels(Struct, frozen=True, kw_only=True):
    """What each control is called, by the profile's words."""

    facts: dict[str, str]
    analytes: Options
    units: dict[str, Options]
    all_units: Markup


def _macros() -> Any:  # noqa: ANN401 - a template's module
    return current_app.jinja_env.get_template(TEMPLATE).module


@lru_cache(maxsize=64)
def named_choices(first: str, *codes: str) -> Options:
    """Choices by their codes; the first is sent as nothing."""
    words = page_texts().choices
    return (("", words[first]), *((code, words[code]) for code in codes))


@lru_cache(maxsize=4096)
def options(choices: Options, chosen: str) -> Markup:
    """The options of a select; the end tag and a value that is the text are left out."""
    option = _macros().option
    return _joined(option(value, label, value == chosen) for value, label in choices)


def chosen_of(choices: Options, sent: str | None) -> Markup:
    """The options with the one that was sent; one that is none of them chooses nothing."""
    is_known = any(value == sent for value, _ in choices)
    return options(choices, sent if is_known and sent is not None else "")


_labels: dict[str, Labels] = {}


def labels_of(profile: Profile) -> Labels:
    """The labels of a profile, collected once for each state of the knowledge."""
    key = f"{profile.knowledge.profile}/{profile.knowledge.hash}"
    if key not in _labels:
        _labels[key] = _collect(profile)
    return _labels[key]


def _collect(profile: Profile) -> Labels:
    codes = [code for group in (*FEATURES.values(), *HISTORY.values()) for code in group]
    facts = {code.value: sentence(profile.wording.fact(code)) for code in (*Analyte, *codes)}
    named = sorted((facts[analyte.value], analyte.value) for analyte in Analyte)
    units = sorted({unit for table in profile.knowledge.units.values() for unit in table.factors})
    choose = page_texts().choices["result"]
    return Labels(
        facts=facts,
        analytes=(("", choose), *((code, name) for name, code in named)),
        units={analyte.value: _units(analyte, profile) for analyte in USUAL_RESULTS},
        all_units=options(tuple((unit, unit) for unit in units), ""),
    )


def _units(analyte: Analyte, profile: Profile) -> Options:
    """The units that are read, the usual one first, and none."""
    table = profile.knowledge.units[analyte]
    first = USUAL_UNITS.get(analyte, table.canonical)
    units = dict.fromkeys((first, *table.factors, *table.separate))
    return (*((unit, unit) for unit in units), ("", page_texts().choices["no-unit"]))


def result_rows(fields: Fields, profile: Profile) -> Markup:
    """A row for each usual result, for each further one that was sent, and some empty ones."""
    labels, first = labels_of(profile), len(USUAL_RESULTS)
    filled = [row for row in range(first, MAX_ROWS) if fields.get(f"v{row}")]
    last = min(max(filled, default=first - 1) + FURTHER_ROWS, MAX_ROWS - 1)
    rows = [_usual_row(at, analyte, fields, labels) for at, analyte in enumerate(USUAL_RESULTS)]
    rows += [_further_row(at, at - first + 1, fields, labels) for at in range(first, last + 1)]
    return _joined(rows)


def _usual_row(at: int, analyte: Analyte, fields: Fields, labels: Labels) -> Markup:
    name, value, day = labels.facts[analyte.value], fields.get(f"v{at}"), fields.get(f"d{at}")
    if analyte in QUALITATIVE:
        return _qualitative_row(at, analyte, name, value or "", day or "")
    units = labels.units[analyte.value]
    unit = fields.get(f"u{at}", units[0][0])
    is_empty = not (value or day or fields.get(f"c{at}")) and unit == units[0][0]
    if is_empty:
        return _empty_row(at, analyte, name, units)
    header = _header(at, analyte, name)
    return _number_row(at, fields, name, header, _unit_select(at, name, units, unit))


def _number_row(at: int, fields: Fields, name: str, header: Markup, unit: Markup) -> Markup:
    comparators = chosen_of(COMPARATORS, fields.get(f"c{at}"))
    value, day = fields.get(f"v{at}", ""), fields.get(f"d{at}", "")
    row: Markup = _macros().number_row(at, name, header, comparators, value, unit, day)
    return row


def _unit_select(at: int, name: str, units: Options, unit: str | None) -> Markup:
    select: Markup = _macros().unit_select(at, name, chosen_of(units, unit))
    return select


@lru_cache(maxsize=128)
def _empty_row(at: int, analyte: Analyte, name: str, units: Options) -> Markup:
    select = _unit_select(at, name, units, units[0][0])
    return _number_row(at, {}, name, _header(at, analyte, name), select)


@lru_cache(maxsize=128)
def _header(at: int, analyte: Analyte, name: str) -> Markup:
    header: Markup = _macros().header(at, analyte.value, name)
    return header


def _qualitative_row(at: int, analyte: Analyte, name: str, value: str, day: str) -> Markup:
    choices = named_choices("not-known", "positive", "negative", "equivocal")
    header, findings = _header(at, analyte, name), chosen_of(choices, value)
    row: Markup = _macros().qualitative_row(at, name, header, findings, day)
    return row


def _further_row(at: int, number: int, fields: Fields, labels: Labels) -> Markup:
    name, macros = page_texts().choices["further"].format(number=number), _macros()
    analytes = chosen_of(labels.analytes, fields.get(f"a{at}"))
    header = macros.select(f"a{at}", name, analytes)
    unit = macros.unit_field(at, name, fields.get(f"u{at}", ""))
    return _number_row(at, fields, name, header, unit)


def feature_groups(fields: Fields, profile: Profile) -> Iterator[ControlGroup]:
    """Symptoms and signs by group."""
    labels, titles = labels_of(profile).facts, page_texts().groups
    for group, codes in FEATURES.items():
        names = tuple(labels[code.value] for code in codes)
        states = [fields.get(f"f_{code.value}", "") for code in codes]
        filled = sum(map(bool, states))
        controls = _features(group, names, states) if filled else _no_features(group, names)
        yield ControlGroup(title=titles[group], controls=controls, filled=filled)


@lru_cache(maxsize=64)
def _no_features(group: str, names: tuple[str, ...]) -> Markup:
    return _features(group, names, [""] * len(names))


def _features(group: str, names: tuple[str, ...], states: list[str]) -> Markup:
    known = [state if state in FEATURE_STATES else "" for state in states]
    rows = zip(FEATURES[group], names, known, strict=True)
    return _joined(_feature(code.value, name, state) for code, name, state in rows)


@lru_cache(maxsize=1024)
def _feature(code: str, label: str, state: str) -> Markup:
    choices = options(named_choices("not-recorded", *FEATURE_STATES), state)
    control: Markup = _macros().feature(f"f_{code}", label, choices)
    return control


def history_groups(fields: Fields, profile: Profile) -> Iterator[ControlGroup]:
    """Diet, medicines and conditions by group."""
    labels, titles = labels_of(profile).facts, page_texts().groups
    for group, codes in HISTORY.items():
        names = tuple(labels[code.value] for code in codes)
        chosen = [bool(fields.get(f"h_{code.value}")) for code in codes]
        is_empty = not any(chosen) and not any(fields.get(f"s_{code.value}") for code in codes)
        controls = _no_history(group, names) if is_empty else _entries(group, names, chosen, fields)
        yield ControlGroup(title=titles[group], controls=controls, filled=sum(chosen))


@lru_cache(maxsize=64)
def _no_history(group: str, names: tuple[str, ...]) -> Markup:
    return _entries(group, names, [False] * len(names), {})


def _entries(group: str, names: tuple[str, ...], chosen: list[bool], fields: Fields) -> Markup:
    is_dated, controls = group in DATED_GROUPS, []
    for code, name, is_chosen in zip(HISTORY[group], names, chosen, strict=True):
        since = fields.get(f"s_{code.value}", "") if is_dated else None
        write = _macros().history if since else _untyped_history
        controls.append(write(code.value, name, is_chosen, since))
    return _joined(controls)


def _joined(parts: Iterable[Markup]) -> Markup:
    """Parts that are HTML already; `Markup.join` would look at each of them once more."""
    return Markup("".join(parts))  # noqa: S704 - every part is Markup


@lru_cache(maxsize=512)
def _untyped_history(code: str, label: str, chosen: bool, since: str | None) -> Markup:  # noqa: FBT001
    control: Markup = _macros().history(code, label, chosen, since)
    return control
