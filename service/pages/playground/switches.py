"""What is not known as switches: each supposes one fact, to see what the answer becomes."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from cobalamin.schemas.plain_decoding import to_plain_form
from cobalamin.service.answers.phrases import sentence, unknown_text
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.lab.plain_form import read_plain
from cobalamin.service.pages.texts import page_texts
from cobalamin.service.rules.model.assessment import Assessment, Unknown
from cobalamin.service.rules.model.facts import Facts
from cobalamin.service.rules.model.parameter import Parameter

Json = dict[str, Any]
SEPARATOR = ":"


class Position(Struct, frozen=True, kw_only=True):
    """One position of a switch.

    Of a number, `parameter` is the limit and `factor` how far beside it the supposed value lies.
    """

    parameter: str | None = None
    factor: Decimal = Decimal(1)
    value: str | None = None
    entry: Mapping[str, Any] | None = None


class Switch(Struct, frozen=True, kw_only=True):
    """The positions of one fact by their keys; `analyte` is the result that is supposed."""

    positions: Mapping[str, Position]
    analyte: str | None = None


class SwitchPosition(Struct, frozen=True, kw_only=True):
    """A button: what it sends, what it says, and whether it is pressed."""

    token: str
    label: str
    pressed: bool


class SwitchView(Struct, frozen=True, kw_only=True):
    """A fact that is not known, or is supposed, with its buttons; without any where none fits."""

    fact: str
    text: str
    positions: tuple[SwitchPosition, ...]


def _numeric(analyte: str, **positions: tuple[str, str]) -> Switch:
    return Switch(
        analyte=analyte,
        positions={
            key: Position(parameter=parameter, factor=Decimal(factor))
            for key, (parameter, factor) in positions.items()
        },
    )


def _recorded(list_name: str, **positions: Json) -> Switch:
    return Switch(
        positions={key: Position(entry={list_name: [entry]}) for key, entry in positions.items()}
    )


SWITCHES: Mapping[str, Switch] = {
    "b12_total": _numeric(
        "b12_total",
        low=("b12_total_deficient", "0.8"),
        high=("b12_total_unlikely", "1.5"),
    ),
    "b12_active": _numeric(
        "b12_active",
        low=("b12_active_deficient", "0.8"),
        high=("b12_active_unlikely", "1.2"),
    ),
    "mma": _numeric(
        "mma",
        normal=("mma_raised", "0.5"),
        raised=("mma_kidney_gate", "1.5"),
    ),
    "creatinine": _numeric(
        "egfr",
        reduced=("egfr_severe", "0.8"),
        normal=("egfr_reduced", "1.4"),
    ),
    "haemoglobin": _numeric(
        "haemoglobin",
        severe=("haemoglobin_severe", "0.9"),
        normal=("haemoglobin_men", "1.1"),
    ),
    "homocysteine": _numeric(
        "homocysteine",
        normal=("homocysteine_raised", "0.6"),
        raised=("homocysteine_raised", "2"),
    ),
    "intrinsic_factor_antibody": Switch(
        analyte="intrinsic_factor_antibody",
        positions={
            "positive": Position(value="positive"),
            "negative": Position(value="negative"),
        },
    ),
    "vibration_loss": _recorded(
        "features",
        yes={"code": "vibration_loss", "objective": True},
        no={"code": "normal_vibration"},
    ),
    "pregnancy": Switch(
        positions={
            "yes": Position(entry={"patient": {"pregnant": True}}),
            "no": Position(entry={"patient": {"pregnant": False}}),
        }
    ),
    "nitrous_oxide_recreational": _recorded("history", yes={"code": "nitrous_oxide_recreational"}),
    "gastrectomy_total": _recorded("history", yes={"code": "gastrectomy_total"}),
    "b12_replacement_parenteral": _recorded("history", yes={"code": "b12_replacement_parenteral"}),
}


def known_tokens(tokens: Iterable[str]) -> tuple[str, ...]:
    """The tokens that are positions of switches, the last one of each fact."""
    chosen: dict[str, str] = {}
    for token in tokens:
        fact, _, key = token.partition(SEPARATOR)
        if fact in SWITCHES and key in SWITCHES[fact].positions:
            chosen[fact] = token
        elif fact in SWITCHES and not key:
            chosen.pop(fact, None)
    return tuple(chosen.values())


def supposed_form(tokens: Iterable[str], profile: Profile, day: date) -> Json:
    """What the switches suppose, as a plain form; a list without an entry is not in it."""
    form: Json = {}
    for token in tokens:
        fact, _, key = token.partition(SEPARATOR)
        switch = SWITCHES[fact]
        position = switch.positions[key]
        if position.entry is not None:
            for name, entries in position.entry.items():
                _add(form, name, entries)
        else:
            _add(form, "results", [_result(switch, position, profile, day)])
    return form


def _add(form: Json, name: str, entries: Any) -> None:  # noqa: ANN401 - of a list or the patient
    if isinstance(entries, list):
        form[name] = [*form.get(name, ()), *entries]
    else:
        form[name] = {**form.get(name, {}), **entries}


def _result(switch: Switch, position: Position, profile: Profile, day: date) -> Json:
    result: Json = {"analyte": switch.analyte, "date": day.isoformat()}
    if position.parameter is None:
        return {**result, "value": position.value}
    value, unit = _number(position, profile)
    return {**result, "value": value, "unit": unit}


def _number(position: Position, profile: Profile) -> tuple[Decimal, str]:
    limit: Parameter = getattr(profile.knowledge.thresholds, str(position.parameter))
    unit, number = next(iter(limit.value.items()))
    return (number * position.factor).normalize() + 0, unit


def with_supposed(form: Json, supposed: Json) -> Json:
    """A plain form with what is supposed."""
    merged = dict(form)
    for name, entries in supposed.items():
        _add(merged, name, entries)
    return merged


def suppose(facts: Facts, supposed: Json, profile: Profile, day: date) -> Facts:
    """Facts that were read with what is supposed; the lists that were not sent stay so."""
    if not supposed:
        return facts
    form = to_plain_form({name: entries for name, entries in supposed.items() if entries})
    more = read_plain(form, profile.knowledge.units, day)
    pregnant = more.patient.pregnant
    patient = facts.patient if pregnant is None else replace(facts.patient, pregnant=pregnant)
    return replace(
        facts,
        patient=patient,
        results=(*facts.results, *more.results),
        features=(*facts.features, *more.features),
        history=(*facts.history, *more.history),
    )


def switch_views(
    assessment: Assessment, tokens: Iterable[str], profile: Profile
) -> Iterator[SwitchView]:
    """A switch for each fact that is supposed, then for each that is not known."""
    pressed = {token.partition(SEPARATOR)[0]: token for token in tokens}
    for fact, token in pressed.items():
        yield _view(fact, sentence(profile.wording.fact(fact)), token, profile)
    for unknown in assessment.unknowns:
        if unknown.fact not in pressed:
            yield _view(str(unknown.fact), _text(unknown, profile), None, profile)


def _text(unknown: Unknown, profile: Profile) -> str:
    return unknown_text(profile.wording, unknown)


def _view(fact: str, text: str, token: str | None, profile: Profile) -> SwitchView:
    switch = SWITCHES.get(fact)
    if switch is None:
        return SwitchView(fact=fact, text=text, positions=())
    tokens = [f"{fact}{SEPARATOR}{key}" for key in switch.positions]
    positions = [
        SwitchPosition(token=own, label=_label(own, position, profile), pressed=own == token)
        for own, position in zip(tokens, switch.positions.values(), strict=True)
    ]
    open_label = page_texts().choices["not-known"]
    unknown = SwitchPosition(token=f"{fact}{SEPARATOR}", label=open_label, pressed=token is None)
    return SwitchView(fact=fact, text=text, positions=(*positions, unknown))


def _label(token: str, position: Position, profile: Profile) -> str:
    label = page_texts().switches[token]
    if position.parameter is None:
        return label
    value, unit = _number(position, profile)
    return f"{label}: {value:f} {profile.wording.card.units.get(unit, unit)}"
