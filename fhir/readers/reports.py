"""Reports and panels: what they withdraw, and results that they tell of and do not hold."""

import msgspec

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import ElementPath, PanelOfResult, ReaderState
from cobalamin.fhir.decode.references import names_of_resource, normalise_reference
from cobalamin.fhir.decode.resources import (
    DECODE_ERRORS,
    NONE,
    REFERENCES,
    DiagnosticReport,
    Observation,
    ReadResource,
    Reference,
    is_filled,
    is_withdrawn,
)
from cobalamin.fhir.values.codings import name_of, read_code
from cobalamin.fhir.values.dates import parse_effective_time_or_none
from cobalamin.fhir.values.statuses import issue_of_status
from cobalamin.service.knowledge.names import NameKind
from cobalamin.service.rules.model.vocabulary import Analyte

# Names by which a text alone tells what was measured, not what a report may be about.
_NAMED = frozenset({Analyte.b12_total, Analyte.b12_active, Analyte.mma, Analyte.homocysteine})


def read_report(state: ReaderState, path: ElementPath, report: DiagnosticReport) -> None:
    """Remember which results a report withdraws, or which one it tells of."""
    references = _references(state, path, report.result, "result")
    if is_withdrawn(report.status) or is_withdrawn_by_report(state, path, report):
        state.note_once(Issue.report_withdrawn, str(path), "")
        _withdraw(state, references)
    else:
        _remember_result(state, path, report, references)


def read_members(state: ReaderState, path: ElementPath, panel: Observation) -> None:
    """Remember that there are panels, and which members one withdraws."""
    state.has_members = True
    references = _references(state, path, panel.hasMember, "hasMember")
    if is_withdrawn(panel.status):
        _withdraw(state, references)


def is_withdrawn_by_report(state: ReaderState, path: ElementPath, resource: ReadResource) -> bool:
    """Whether a report, panel or document that never was points at a resource."""
    withdrawn = state.withdrawn_by_report
    if not withdrawn:
        return False
    kind = str(resource.__struct_config__.tag)
    return not withdrawn.isdisjoint(names_of_resource(kind, resource.id, path))


def _references(
    state: ReaderState, path: ElementPath, raw: msgspec.Raw, element: str
) -> list[Reference]:
    try:
        return REFERENCES.decode(raw) if is_filled(raw) else []
    except DECODE_ERRORS:
        state.note(Issue.element_not_read, path.element(element))
        return []


def _withdraw(state: ReaderState, references: list[Reference]) -> None:
    names = (normalise_reference(one.reference) for one in references if one.reference)
    state.withdrawn_by_report.update(names)


def _remember_result(
    state: ReaderState, path: ElementPath, report: DiagnosticReport, references: list[Reference]
) -> None:
    """Remember a report that is called as one result is, whose value must be somewhere."""
    meaning = read_code(state, path, report.code)
    analyte = None if meaning is None else meaning.analyte
    if meaning is None:
        named = name_of(report.code, (NameKind.result,))
        is_alone = named is not None and named.analyte in _NAMED and not references
        analyte = named.analyte if named is not None and is_alone else None
    if analyte is None or (not references and report.contained is not NONE):
        return
    state.has_members = True
    dated = Observation(
        effectiveDateTime=report.effectiveDateTime,
        effectivePeriod=report.effectivePeriod,
        issued=report.issued,
    )
    names = (normalise_reference(one.reference) for one in references if one.reference)
    state.panels.append(
        PanelOfResult(
            analyte=analyte,
            path=path,
            on=parse_effective_time_or_none(state, dated),
            members=frozenset(names),
            issue=issue_of_status(state, path, report.status) or Issue.value_missing,
            is_report=True,
        )
    )
