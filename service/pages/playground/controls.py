"""The controls of the form, with what was sent filled in.

They are most of the page and nearly always the same. What shows nothing that was typed is written
once and kept: a select by its choice, a row without its values. What was typed is not kept.
"""

from collections.abc import Iterator
from functools import lru_cache

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
from cobalamin.service.rules.model.vocabulary import Analyte

Options = tuple[tuple[str, str], ...]
COMPARATORS: Options = (("", "="), ("<", "<"), ("<=", "≤"), (">=", "≥"), (">", ">"))
FINDINGS: Options = (
    ("", "not known"),
    ("positive", "positive"),
    ("negative", "negative"),
    ("equivocal", "equivocal"),
)
STATES: Options = (
    ("", "not recorded"),
    *((key, label) for key, (label, _) in FEATURE_STATES.items()),
)
YES_OR_NO: Options = (("", "not known"), ("yes", "yes"), ("no", "no"))
SEXES: Options = (("", "not known"), ("female", "female"), ("male", "male"))
_SELECT = Markup('<select name="%s" aria-label="%s">%s</select>')
_INPUT = Markup('<input name="%s" size="8" value="%s" aria-label="%s"%s>')
_FEATURE = Markup(
    '<p class="field"><label for="%s">%s</label> <select id="%s" name="%s">%s</select></p>\n'
)
_HISTORY = Markup(
    '<p class="check"><input type="checkbox" id="h_%s" name="h_%s" value="1"%s> '
    '<label for="h_%s">%s</label>%s</p>\n'
)
_SINCE = Markup(
    ' <input name="s_%s" size="8" placeholder="since" aria-label="%s since" value="%s">'
)
_ROW = Markup(
    '<tr><th scope="row">%s</th><td>%s</td><td>%s</td><td>%s</td><td>'
    '<input type="date" name="d%s" value="%s" aria-label="%s: date"></td></tr>\n'
)


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


@lru_cache(maxsize=4096)
def options(choices: Options, chosen: str) -> Markup:
    """The options of a select; the end tag and a value that is the text are left out."""
    return Markup("").join(_option(value, label, chosen) for value, label in choices)


def _option(value: str, label: str, chosen: str) -> Markup:
    selected = Markup(" selected") if value == chosen else ""
    if value == label:
        return Markup("<option%s>%s") % (selected, label)
    return Markup('<option value="%s"%s>%s') % (value, selected, label)


def chosen_of(choices: Options, sent: str | None) -> Markup:
    """The options with the one that was sent; one that is none of them chooses nothing."""
    known = sent is not None and any(value == sent for value, _ in choices)
    return options(choices, sent if known and sent is not None else "")


_labels: dict[str, Labels] = {}


def labels_of(profile: Profile) -> Labels:
    """The labels of a profile, collected once for each state of the knowledge."""
    key = f"{profile.knowledge.profile} {profile.knowledge.hash}"
    if key not in _labels:
        _labels[key] = _collect(profile)
    return _labels[key]


def _collect(profile: Profile) -> Labels:
    codes = [code for group in (*FEATURES.values(), *HISTORY.values()) for code in group]
    facts = {code.value: sentence(profile.wording.fact(code)) for code in (*Analyte, *codes)}
    named = sorted((facts[analyte.value], analyte.value) for analyte in Analyte)
    units = sorted({unit for table in profile.knowledge.units.values() for unit in table.factors})
    return Labels(
        facts=facts,
        analytes=(("", "choose a result"), *((code, name) for name, code in named)),
        units={analyte.value: _units(analyte, profile) for analyte in USUAL_RESULTS},
        all_units=options(tuple((unit, unit) for unit in units), ""),
    )


def _units(analyte: Analyte, profile: Profile) -> Options:
    """The units that are read, the usual one first, and none."""
    table = profile.knowledge.units[analyte]
    first = USUAL_UNITS.get(analyte, table.canonical)
    units = dict.fromkeys((first, *table.factors, *table.separate))
    return (*((unit, unit) for unit in units), ("", "no unit"))


def result_rows(fields: Fields, profile: Profile) -> Markup:
    """A row for each usual result, for each further one that was sent, and some empty ones."""
    labels, first = labels_of(profile), len(USUAL_RESULTS)
    filled = [row for row in range(first, MAX_ROWS) if fields.get(f"v{row}")]
    last = min(max(filled, default=first - 1) + FURTHER_ROWS, MAX_ROWS - 1)
    rows = [_usual_row(at, analyte, fields, labels) for at, analyte in enumerate(USUAL_RESULTS)]
    rows += [_further_row(at, at - first + 1, fields, labels) for at in range(first, last + 1)]
    return Markup("").join(rows)


def _usual_row(at: int, analyte: Analyte, fields: Fields, labels: Labels) -> Markup:
    name, value = labels.facts[analyte.value], fields.get(f"v{at}", "")
    day = fields.get(f"d{at}", "")
    if analyte in QUALITATIVE:
        return _qualitative_row(at, analyte, name, chosen_of(FINDINGS, value), day)
    given, units = fields.get(f"u{at}"), labels.units[analyte.value]
    unit = units[0][0] if given is None and not value else given
    if not (value or day or fields.get(f"c{at}")) and unit == units[0][0]:
        return _empty_row(at, analyte, name, units)
    return _number_row(at, fields, name, _header(at, analyte, name), chosen_of(units, unit))


def _number_row(at: int, fields: Fields, name: str, header: Markup, units: Markup) -> Markup:
    return _ROW % (
        header,
        _SELECT % (f"c{at}", f"{name}: is", chosen_of(COMPARATORS, fields.get(f"c{at}"))),
        _INPUT % (f"v{at}", fields.get(f"v{at}", ""), f"{name}: value", ""),
        _SELECT % (f"u{at}", f"{name}: unit", units),
        *(at, fields.get(f"d{at}", ""), name),
    )


@lru_cache(maxsize=128)
def _empty_row(at: int, analyte: Analyte, name: str, units: Options) -> Markup:
    return _number_row(at, {}, name, _header(at, analyte, name), options(units, units[0][0]))


@lru_cache(maxsize=128)
def _header(at: int, analyte: Analyte, name: str) -> Markup:
    return Markup('%s<input type="hidden" name="a%s" value="%s">') % (name, at, analyte.value)


def _qualitative_row(at: int, analyte: Analyte, name: str, findings: Markup, day: str) -> Markup:
    select = _SELECT % (f"v{at}", name, findings)
    return _ROW % (_header(at, analyte, name), "", select, "", at, day, name)


def _further_row(at: int, number: int, fields: Fields, labels: Labels) -> Markup:
    name, code = f"Further result {number}", fields.get(f"a{at}", "")
    unit = fields.get(f"u{at}", "")
    return _ROW % (
        _SELECT % (f"a{at}", name, chosen_of(labels.analytes, code)),
        _SELECT % (f"c{at}", f"{name}: is", chosen_of(COMPARATORS, fields.get(f"c{at}"))),
        _INPUT % (f"v{at}", fields.get(f"v{at}", ""), f"{name}: value", ""),
        _INPUT % (f"u{at}", unit, f"{name}: unit", Markup(' list="units"')),
        *(at, fields.get(f"d{at}", ""), name),
    )


def feature_groups(fields: Fields, profile: Profile) -> Iterator[ControlGroup]:
    """Symptoms and signs by group."""
    labels = labels_of(profile).facts
    for title, codes in FEATURES.items():
        states = [fields.get(f"f_{code.value}", "") for code in codes]
        controls = Markup("").join(
            _feature(code.value, labels[code.value], state if state in FEATURE_STATES else "")
            for code, state in zip(codes, states, strict=True)
        )
        yield ControlGroup(title=title, controls=controls, filled=sum(map(bool, states)))


@lru_cache(maxsize=1024)
def _feature(code: str, label: str, state: str) -> Markup:
    name = f"f_{code}"
    return _FEATURE % (name, label, name, name, options(STATES, state))


def history_groups(fields: Fields, profile: Profile) -> Iterator[ControlGroup]:
    """Diet, medicines and conditions by group."""
    labels = labels_of(profile).facts
    for title, codes in HISTORY.items():
        is_dated, filled, controls = title in DATED_GROUPS, 0, []
        for code in codes:
            chosen = bool(fields.get(f"h_{code.value}"))
            since = fields.get(f"s_{code.value}", "") if is_dated else None
            filled += chosen
            write = _typed_history if since else _history
            controls.append(write(code.value, labels[code.value], chosen, since))
        yield ControlGroup(title=title, controls=Markup("").join(controls), filled=filled)


def _typed_history(code: str, label: str, chosen: bool, since: str | None) -> Markup:  # noqa: FBT001
    dated = "" if since is None else _SINCE % (code, label, since)
    checked = Markup(" checked") if chosen else ""
    return _HISTORY % (code, code, checked, code, label, dated)


_history = lru_cache(maxsize=512)(_typed_history)
