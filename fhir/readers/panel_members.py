"""Whether a panel with the code of a result has a member that holds that result."""

from collections.abc import Iterator

from cobalamin.fhir.decode.reader_state import (
    ElementPath,
    PanelOfResult,
    ReaderState,
)
from cobalamin.fhir.decode.references import names_of_resource, normalise_reference
from cobalamin.fhir.decode.resources import (
    DECODE_ERRORS,
    NONE,
    REFERENCES,
    Observation,
    Reference,
    is_filled,
)
from cobalamin.fhir.readers.panels import is_panel_of_results
from cobalamin.fhir.values.dates import parse_effective_time_or_none
from cobalamin.service.rules.model.vocabulary import Analyte

# A report may be dated by when it was issued, its result by when the sample was taken.
DAYS_OF_REPORT = 14


def has_value_elsewhere(
    state: ReaderState, path: ElementPath, observation: Observation, analyte: Analyte
) -> bool:
    """Whether an Observation is a panel, whose value is that of a member or component."""
    if not is_panel_of_results(state, observation, analyte):
        return False
    if is_filled(observation.hasMember):
        _remember_panel(state, path, observation, analyte)
    return True


def refuse_empty_panels(state: ReaderState) -> None:
    """Refuse each panel or report with the code of a result that has no result."""
    for panel in state.panels:
        if any((panel.analyte, name) in state.result_names for name in panel.members):
            continue
        if not (panel.is_report and _is_sent_beside(state, panel)):
            where = panel.path.element(panel.element)
            state.refuse(panel.analyte, panel.issue, where, on=panel.on)
    state.panels.clear()


def _is_sent_beside(state: ReaderState, report: PanelOfResult) -> bool:
    """Whether a result of about the time of a report was sent, which may be the one it is of."""
    times = (
        *(item.result.on for item in state.accepted if item.result.analyte is report.analyte),
        *(refusal.on for refusal in state.refusals if refusal.analyte is report.analyte),
    )
    return any(
        on is None or report.on is None or abs((on.first - report.on.first).days) <= DAYS_OF_REPORT
        for on in times
    )


def _remember_panel(
    state: ReaderState, path: ElementPath, observation: Observation, analyte: Analyte
) -> None:
    on = parse_effective_time_or_none(state, observation)
    state.panels.append(PanelOfResult(analyte, path, on, frozenset(_members(observation))))


def _members(panel: Observation) -> Iterator[str]:
    for reference in _decode_members(panel):
        yield _member_name(panel, reference.reference or "")


def _decode_members(panel: Observation) -> list[Reference]:
    try:
        return REFERENCES.decode(panel.hasMember)
    except DECODE_ERRORS:
        return []


def _member_name(observation: Observation, reference: str) -> str:
    """A contained result has no name of its own: it goes by what contains it."""
    if reference.startswith("#"):
        return _container_name(observation)
    return normalise_reference(reference)


def _container_name(observation: Observation) -> str:
    """What all results that one resource contains go by."""
    return f"#{id(observation.contained)}"


def remember_result(
    state: ReaderState, path: ElementPath, observation: Observation, analyte: Analyte
) -> None:
    """Remember by which names a panel may refer to a result."""
    for name in names_of_resource("Observation", observation.id, path):
        state.result_names.add((analyte, name))
    if observation.contained is not NONE:
        state.result_names.add((analyte, _container_name(observation)))
