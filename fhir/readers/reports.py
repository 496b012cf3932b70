"""Reports and panels: what they withdraw, and results that they tell of and do not hold."""

from collections.abc import Iterator, Sequence

import msgspec

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import (
    ElementPath,
    LocatedResource,
    Mention,
    PanelOfResult,
    ReaderState,
)
from cobalamin.fhir.decode.references import names_of_resource, normalise_reference
from cobalamin.fhir.decode.resources import (
    DECODE_ERRORS,
    IDENTIFIER,
    IDENTIFIERS,
    NAMED_REFERENCES,
    NONE,
    DiagnosticReport,
    Identifier,
    NamedReference,
    Observation,
    ReadResource,
    is_filled,
    is_withdrawn,
)
from cobalamin.fhir.values.codings import name_of, read_code, why_not_known
from cobalamin.fhir.values.dates import parse_effective_time_or_none
from cobalamin.fhir.values.statuses import issue_of_status
from cobalamin.service.knowledge.names import NameKind
from cobalamin.service.knowledge.system_names import normalise_system
from cobalamin.service.rules.model.dates import When
from cobalamin.service.rules.model.vocabulary import Analyte

# Names by which a text alone tells what was measured, not what a report may be about.
_NAMED = frozenset({Analyte.b12_total, Analyte.b12_active, Analyte.mma, Analyte.homocysteine})

# FHIR R4, diagnostic-report-status; "unknown" among them.
STATUSES = frozenset(
    {
        "amended",
        "appended",
        "corrected",
        "final",
        "modified",
        "partial",
        "preliminary",
        "registered",
        "unknown",
    }
)


def read_report(state: ReaderState, path: ElementPath, report: DiagnosticReport) -> None:
    """Remember which results a report withdraws, or which one it tells of."""
    references = _references(state, path, report.result, "result")
    if is_withdrawn(report.status) or is_withdrawn_by_report(state, path, report):
        state.note_once(Issue.report_withdrawn, str(path), "")
        _withdraw(state, references)
    else:
        _note_status(state, path, report)
        _remember_result(state, path, report, references)
        mention_results(state, path, report, references)


def read_members(state: ReaderState, path: ElementPath, panel: Observation) -> None:
    """Remember that there are panels, and which members one withdraws."""
    state.has_members = True
    references = _references(state, path, panel.hasMember, "hasMember")
    if is_withdrawn(panel.status):
        _withdraw(state, references)
    else:
        mention_results(state, path, panel, references)


def withdraw_what_is_held(state: ReaderState, resources: Sequence[LocatedResource]) -> None:
    """Withdraw what is held by something that is withdrawn itself, however deep."""
    known = -1
    while known < len(state.withdrawn_by_report) and state.withdrawn_by_report:
        known = len(state.withdrawn_by_report)
        for path, resource in resources:
            held = _held(resource)
            if is_filled(held) and is_withdrawn_by_report(state, path, resource):
                _withdraw(state, _decode_references(held) or [])


def _held(resource: ReadResource) -> msgspec.Raw:
    if isinstance(resource, DiagnosticReport):
        return resource.result
    return resource.hasMember if isinstance(resource, Observation) else NONE


def is_withdrawn_by_report(state: ReaderState, path: ElementPath, resource: ReadResource) -> bool:
    """Whether a report, panel or document that never was points at a resource."""
    withdrawn = state.withdrawn_by_report
    if not withdrawn:
        return False
    kind = str(resource.__struct_config__.tag)
    names = names_of_resource(kind, resource.id, path)
    return not withdrawn.isdisjoint(names) or not withdrawn.isdisjoint(_identified(resource))


def _identified(resource: ReadResource) -> Iterator[str]:
    """By which identifiers a report may refer to a resource."""
    raw = getattr(resource, "identifier", NONE)
    try:
        identifiers = IDENTIFIERS.decode(raw) if is_filled(raw) else []
    except DECODE_ERRORS:
        return
    yield from (_token(one) for one in identifiers if one.value)


def _token(identifier: Identifier) -> str:
    system = normalise_system(identifier.system or "")
    return f"{system}|{(identifier.value or '').strip()}"


def _references(
    state: ReaderState, path: ElementPath, raw: msgspec.Raw, element: str
) -> list[NamedReference]:
    references = _decode_references(raw)
    if references is None:
        state.note(Issue.element_not_read, path.element(element))
    return references or []


def _decode_references(raw: msgspec.Raw) -> list[NamedReference] | None:
    try:
        return NAMED_REFERENCES.decode(raw) if is_filled(raw) else []
    except DECODE_ERRORS:
        return None


def _withdraw(state: ReaderState, references: list[NamedReference]) -> None:
    names = (normalise_reference(one.reference) for one in references if one.reference)
    state.withdrawn_by_report.update(names)
    for reference in references:
        try:
            raw = reference.identifier
            identifier = IDENTIFIER.decode(raw) if is_filled(raw) else Identifier()
        except DECODE_ERRORS:
            continue
        if identifier.value:
            state.withdrawn_by_report.add(_token(identifier))


def _note_status(state: ReaderState, path: ElementPath, report: DiagnosticReport) -> None:
    """Say so where a status is not one of FHIR: it may be one that withdraws."""
    status = (report.status or "").strip().lower()
    if status and status not in STATUSES:
        state.note_once(Issue.status_unknown, path.element("status"), "DiagnosticReport")


def _remember_result(
    state: ReaderState,
    path: ElementPath,
    report: DiagnosticReport,
    references: list[NamedReference],
) -> None:
    """Remember a report that is called as one result is, whose value must be somewhere."""
    meaning = read_code(state, path, report.code)
    analyte = None if meaning is None else meaning.analyte
    if meaning is None:
        named = name_of(report.code, (NameKind.result,))
        is_alone = named is not None and named.analyte in _NAMED and not references
        analyte = named.analyte if named is not None and is_alone else None
    if meaning is None and analyte is None and not references and report.contained is NONE:
        _count_unknown(state, path, report)
    if analyte is None or (not references and report.contained is not NONE):
        return
    state.has_members = True
    names = (normalise_reference(one.reference) for one in references if one.reference)
    state.panels.append(
        PanelOfResult(
            analyte=analyte,
            path=path,
            on=_day_of(state, report),
            members=frozenset(names),
            issue=issue_of_status(state, path, report.status) or Issue.value_missing,
            is_report=True,
            element="result",
        )
    )


def _day_of(state: ReaderState, holder: DiagnosticReport | Observation) -> When | None:
    if isinstance(holder, Observation):
        return parse_effective_time_or_none(state, holder)
    dated = Observation(
        effectiveDateTime=holder.effectiveDateTime,
        effectivePeriod=holder.effectivePeriod,
        issued=holder.issued,
    )
    return parse_effective_time_or_none(state, dated)


def mention_results(
    state: ReaderState,
    path: ElementPath,
    holder: DiagnosticReport | Observation,
    references: list[NamedReference],
) -> None:
    """Remember which results a report or panel refers to: one that was not sent is said."""
    element = "result" if isinstance(holder, DiagnosticReport) else "hasMember"
    where, panel = path.element(element), None
    for one in references:
        if one.reference and not one.reference.startswith("#"):
            panel = panel or (path, element, _day_of(state, holder))
            state.mentions.append(Mention(where, one.reference, one.display, panel))


def _count_unknown(state: ReaderState, path: ElementPath, report: DiagnosticReport) -> None:
    """Count a report that holds no result and whose code is not known."""
    issue, system = why_not_known(state, report.code)
    state.count_unknown(issue, system, str(path))
