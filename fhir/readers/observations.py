"""Observations: results, symptoms and signs, and answers to questions."""

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.raw_lists import decode_raw_list, issue_of_list
from cobalamin.fhir.decode.reader_state import (
    AcceptedResult,
    ElementPath,
    ReaderState,
    WithdrawnResult,
    reference_of,
)
from cobalamin.fhir.decode.resources import (
    COMPONENT,
    DECODE_ERRORS,
    NONE,
    Observation,
    ValueElements,
    is_filled,
    is_sent,
)
from cobalamin.fhir.readers.comments import warn_of_text
from cobalamin.fhir.readers.contradictions import read_contradiction
from cobalamin.fhir.readers.observed_findings import read_answer, read_observed_finding
from cobalamin.fhir.readers.panel_members import has_value_elsewhere, remember_result
from cobalamin.fhir.readers.panels import is_panel
from cobalamin.fhir.values.codings import (
    codes_of,
    note_not_known,
    read_code,
)
from cobalamin.fhir.values.dates import (
    parse_effective_time,
    parse_effective_time_or_none,
    read_effective_time,
)
from cobalamin.fhir.values.qualitative import FILMS
from cobalamin.fhir.values.results import (
    ResultValue,
    ValueContext,
    has_absence,
    read_value,
    sent_values,
)
from cobalamin.fhir.values.statuses import NEVER_WAS, REPLACING, issue_of_status
from cobalamin.fhir.values.units import RefusedValue
from cobalamin.service.knowledge.code_meanings import Meaning
from cobalamin.service.knowledge.names import NameKind
from cobalamin.service.rules.model.dates import When
from cobalamin.service.rules.model.facts import Finding, Refusal, Result
from cobalamin.service.rules.model.quantities import Quantity
from cobalamin.service.rules.model.vocabulary import Analyte

NAMES = (NameKind.result, NameKind.condition)
_YES = frozenset({Finding.present, Finding.positive})
_NO = frozenset({Finding.absent, Finding.negative})
_OF_CODE = {
    issue.value.text: issue
    for issue in (
        Issue.codes_disagree,
        Issue.system_missing,
        Issue.code_system_not_read,
        Issue.code_not_known,
    )
}


def read_observation(state: ReaderState, path: ElementPath, observation: Observation) -> None:
    """Read an Observation and its components."""
    meaning = read_code(state, path, observation.code)
    if meaning is not None:
        _read_meaning(state, path, observation, observation, meaning)
    elif not is_panel(observation):
        # A panel has no value of its own; its parts are read by themselves.
        names = (*path.names, *codes_of(observation.code))
        note_not_known(state, path.element("code"), observation.code, NAMES, names)
        warn_of_text(state, path, observation)
    if observation.component is not NONE and is_sent(observation.component):
        _read_components(state, path, observation)


def _read_components(state: ReaderState, path: ElementPath, observation: Observation) -> None:
    try:
        components = decode_raw_list(observation.component)
    except DECODE_ERRORS as error:
        state.note(issue_of_list(error), path.element("component"))
        return
    for index, raw in enumerate(components):
        part = ElementPath(path.element(f"component[{index}]"), full_url=path.full_url)
        try:
            elements = COMPONENT.decode(raw)
        except DECODE_ERRORS:
            state.note(Issue.element_not_read, str(part))
            continue
        meaning = read_code(state, part, elements.code)
        if is_filled(elements.modifierExtension):
            _refuse_component(state, part, observation, meaning)
        elif meaning is not None:
            _read_meaning(state, part, observation, elements, meaning)
        else:
            names = codes_of(elements.code)
            note_not_known(state, part.element("code"), elements.code, NAMES, names)


def _refuse_component(
    state: ReaderState, path: ElementPath, observation: Observation, meaning: Meaning | None
) -> None:
    where = path.element("modifierExtension")
    if meaning is not None and meaning.analyte is not None:
        on = parse_effective_time_or_none(state, observation)
        state.refuse(meaning.analyte, Issue.modifier_not_known, where, on=on)
    else:
        state.note(Issue.modifier_not_known, where)


def _read_meaning(
    state: ReaderState,
    path: ElementPath,
    observation: Observation,
    elements: ValueElements,
    meaning: Meaning,
) -> None:
    analyte = meaning.analyte
    if meaning.refused is not None and analyte is not None:
        issue = _OF_CODE.get(meaning.refused, Issue.code_refused)
        on = parse_effective_time_or_none(state, observation)
        state.refuse(analyte, issue, path.element("code"), meaning.refused, on)
    elif meaning.unread is not None:
        state.note_code_without_fact(path, meaning)
    elif analyte is not None:
        _read_result(ValueContext(state, path, elements, meaning, analyte), observation)
    elif not _is_refused_by_status(state, path, observation):
        if meaning.topic is not None:
            read_answer(state, path, observation, elements, meaning.topic)
        else:
            read_observed_finding(state, path, observation, elements, meaning)


# --- results


def _read_result(ctx: ValueContext, observation: Observation) -> None:
    state, path, analyte = ctx.state, ctx.path, ctx.analyte
    if ctx.elements is observation and has_value_elsewhere(state, path, observation, analyte):
        return
    if state.has_members:
        remember_result(state, path, observation, analyte)
    issue = issue_of_status(state, path, observation.status)
    if issue is not None:
        if issue in NEVER_WAS:
            state.withdrawn.append(_withdrawn(observation, analyte))
        on = parse_effective_time_or_none(state, observation)
        preliminary = _preliminary(ctx) if issue is Issue.not_final else None
        refusal = Refusal(
            analyte=analyte,
            code=issue.code,
            where=path.element("status"),
            on=on,
            quantity=preliminary,
        )
        state.add_refusal(refusal, issue)
        return
    on = _require_effective_date(ctx, observation)
    if on is None:
        return
    value = read_contradiction(ctx, observation) or _seen_on_film(ctx) or read_value(ctx)
    if isinstance(value, RefusedValue):
        where = path.element(value.element)
        refusal = Refusal(
            analyte=analyte, code=value.issue.code, where=where, on=on, readings=value.readings
        )
        state.add_refusal(refusal, value.issue, value.text)
        if _is_correction(observation):
            gone = _withdrawn(observation, analyte)
            gone.issue, gone.on = Issue.correction_refused, on
            state.withdrawn.append(gone)
        return
    state.accepted.append(_accepted(ctx, observation, on, value))


def _preliminary(ctx: ValueContext) -> Quantity | None:
    """The value of a result that is not final, which is shown and never used."""
    value = read_value(ctx)
    return None if isinstance(value, RefusedValue) else value.quantity


def _seen_on_film(ctx: ValueContext) -> ResultValue | None:
    """A film finding coded without a value is present."""
    if ctx.analyte not in FILMS or is_sent(ctx.elements.interpretation):
        return None
    if sent_values(ctx.elements) or has_absence(ctx.elements):
        return None
    return ResultValue(finding=Finding.present)


def _require_effective_date(ctx: ValueContext, observation: Observation) -> When | None:
    try:
        on = parse_effective_time(ctx.state, observation)
    except ValueError:
        element = read_effective_time(observation)[1]
        ctx.state.refuse(ctx.analyte, Issue.date_not_read, ctx.path.element(element))
        return None
    if on is None:
        ctx.state.refuse(ctx.analyte, Issue.date_missing, str(ctx.path))
    return on


def _accepted(
    ctx: ValueContext, observation: Observation, on: When, value: ResultValue
) -> AcceptedResult:
    result = Result(
        analyte=ctx.analyte,
        on=on,
        quantity=value.quantity,
        finding=value.finding,
        flag=value.flag,
        limits=value.limits,
        corrected=_is_correction(observation),
        reference=reference_of("Observation", observation.id, ctx.path),
    )
    return AcceptedResult(
        result, ctx.path, observation.issued, observation.meta, observation.identifier
    )


def _is_correction(observation: Observation) -> bool:
    return (observation.status or "").strip().lower() in REPLACING


def _withdrawn(observation: Observation, analyte: Analyte) -> WithdrawnResult:
    reference = None if observation.id is None else f"Observation/{observation.id}"
    return WithdrawnResult(
        analyte, reference, observation.identifier, observation.issued, observation.meta
    )


# --- symptoms, signs, history and answers to questions


def _is_refused_by_status(state: ReaderState, path: ElementPath, observation: Observation) -> bool:
    issue = issue_of_status(state, path, observation.status)
    if issue is not None:
        state.note(issue, path.element("status"))
    return issue is not None
