"""Read conditions, procedures and family history."""

import msgspec
from msgspec.structs import replace

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import ElementPath, ReaderState, reference_of
from cobalamin.fhir.decode.resources import (
    AllergyIntolerance,
    Condition,
    FamilyMemberHistory,
    Procedure,
    is_filled,
)
from cobalamin.fhir.values.certainty import (
    CERTAINTIES,
    RULED_OUT,
    STATE_AFTER,
    SUSPECTED,
    find_certainties,
)
from cobalamin.fhir.values.codings import (
    codes_of,
    first_code,
    note_denial,
    read_listed_code,
)
from cobalamin.fhir.values.dates import end_of, first_of, parse_date_or_note, start_of
from cobalamin.fhir.values.findings import (
    HistoryPeriod,
    add_features,
    add_history,
    read_attributes,
)
from cobalamin.service.knowledge.code_meanings import Codes, Meaning
from cobalamin.service.knowledge.names import NameKind
from cobalamin.service.rules.model.facts import HistoryFact
from cobalamin.service.rules.model.vocabulary import History

OVER = frozenset({"inactive", "remission", "resolved"})
NEVER_WAS = frozenset({"refuted", "entered-in-error"})
# FHIR R4, condition-clinical and condition-ver-status, and those of allergies, which share them.
CURRENT = frozenset({"active", "recurrence", "relapse", "unknown"})
HELD = frozenset({"unconfirmed", "presumed", "provisional", "confirmed", "unknown"})
# FHIR R4: not enough evidence to treat it as confirmed, or still a candidate.
TENTATIVE = frozenset({"unconfirmed", "provisional"})
_CONSIDERED = frozenset({"differential"})
_DONE = frozenset({"completed"})
# FHIR event-status, and those of DSTU2 and STU3.
_NOT_DONE = frozenset(
    {
        "aborted",
        "cancelled",
        "entered-in-error",
        "in-progress",
        "not-done",
        "on-hold",
        "preparation",
        "scheduled",
        "stopped",
        "suspended",
    }
)
# HL7 v3, RoleCode: relations by marriage, adoption or in care, and no relations.
_NOT_BY_BLOOD = frozenset(
    {
        *("DOMPART", "FMRSPS", "FRND", "HUSB", "NBOR", "ROOM", "SIGOTHR", "SPS", "WIFE"),
        *("ADOPTF", "ADOPTM", "ADOPTP", "CHLDADOPT", "DAUADOPT", "SONADOPT"),
        *("CHLDFOST", "DAUFOST", "FTHFOST", "MTHFOST", "PRNFOST", "SONFOST"),
        *("BROINLAW", "CHLDINLAW", "DAUINLAW", "FTHINLAW", "INLAW", "MTHINLAW"),
        *("PRNINLAW", "SIBINLAW", "SISINLAW", "SONINLAW"),
        *(
            "STPBRO",
            "STPCHLD",
            "STPDAU",
            "STPFTH",
            "STPMTH",
            "STPPRN",
            "STPSIB",
            "STPSIS",
            "STPSON",
        ),
    }
)
_TOLD = frozenset({"completed", "partial"})


def read_condition(state: ReaderState, path: ElementPath, condition: Condition) -> None:
    """Read a Condition; a refuted, mistaken or only considered one never counts."""
    meaning = _meaning(state, path, condition)
    if meaning is None:
        return
    if first_code(condition.verificationStatus) in TENTATIVE:
        where = path.element("verificationStatus")
        state.note_once(Issue.not_confirmed, where, meaning.display)
    reference = reference_of("Condition", condition.id, path)
    over = _is_over(state.codes, condition)
    since = parse_date_or_note(
        state, path, "onset", first_of(condition.onsetDateTime, start_of(condition.onsetPeriod))
    )
    if meaning.features and not over:
        attributes = read_attributes(state, path, condition.extension, condition.bodySite)
        recorded = parse_date_or_note(state, path, "recordedDate", condition.recordedDate)
        dated = replace(attributes, onset=attributes.onset or since, recorded=recorded)
        add_features(state, meaning, dated, present=True, reference=reference)
    _note_what_is_open(state, path, meaning)
    if meaning.history:
        last = first_of(condition.abatementDateTime, end_of(condition.abatementPeriod))
        ended = parse_date_or_note(state, path, "abatement", last)
        span = HistoryPeriod(active=not over, since=since, last=ended)
        add_history(state, meaning, _lasting(state, path, meaning, span), reference)


def is_current(codes: Codes, condition: Condition) -> bool:
    """Whether a Condition is current: not resolved, refuted or only considered."""
    return not _is_denied(codes, condition) and not _is_over(codes, condition)


def note_unknown_statuses(
    state: ReaderState, path: ElementPath, resource: Condition | AllergyIntolerance
) -> None:
    """Say so where a status is not one that FHIR has; what it is of counts as current."""
    for element, known in (
        ("clinicalStatus", CURRENT | OVER),
        ("verificationStatus", HELD | NEVER_WAS | _CONSIDERED),
    ):
        said = first_code(getattr(resource, element))
        if said is not None and said not in known:
            state.note_once(Issue.status_unknown, path.element(element), element)


def _has_abated(condition: Condition) -> bool:
    """Whether an end is recorded where no clinical status is."""
    ends = (
        condition.abatementDateTime,
        condition.abatementPeriod,
        *(_is_said(raw) for raw in _other_ends(condition)),
    )
    return first_code(condition.clinicalStatus) is None and any(ends)


def _is_said(raw: msgspec.Raw) -> bool:
    return is_filled(raw) and bytes(raw) != b"false"


def _other_ends(condition: Condition) -> tuple[msgspec.Raw, ...]:
    return (
        condition.abatementBoolean,
        condition.abatementString,
        condition.abatementAge,
        condition.abatementRange,
    )


def _is_over(codes: Codes, condition: Condition) -> bool:
    if _has_abated(condition) or first_code(condition.clinicalStatus) in OVER:
        return True
    return STATE_AFTER in find_certainties(codes, condition)


def _is_denied(codes: Codes, condition: Condition) -> bool:
    """Whether it is refuted, entered in error or only considered."""
    verified = first_code(condition.verificationStatus)
    if verified in NEVER_WAS or verified in _CONSIDERED:
        return True
    return not {RULED_OUT, SUSPECTED}.isdisjoint(find_certainties(codes, condition))


def _meaning(state: ReaderState, path: ElementPath, condition: Condition) -> Meaning | None:
    meaning = read_listed_code(state, path, condition.code, (NameKind.condition,))
    if meaning is None:
        return None
    if meaning.diagnosis is not None and not meaning.ended and is_current(state.codes, condition):
        state.diagnoses.append(meaning.diagnosis)
    if meaning.unread is not None:
        state.note_code_without_fact(path, meaning)
        return None
    note_unknown_statuses(state, path, condition)
    note_denial(state, path.element("code"), condition.code)
    if find_certainties(state.codes, condition) - CERTAINTIES:
        state.note_once(Issue.status_unknown, path.element("code.extension"), meaning.display)
    if _is_denied(state.codes, condition):
        state.note_once(Issue.not_established, path.element("verificationStatus"), meaning.display)
        return None
    return meaning


def _lasting(
    state: ReaderState, path: ElementPath, meaning: Meaning, span: HistoryPeriod
) -> HistoryPeriod:
    """A removed stomach stays removed, whatever the clinicalStatus says."""
    lifelong = state.codes.lifelong
    if span.active or lifelong.isdisjoint(meaning.history):
        return span
    state.note_once(Issue.lifelong, path.element("clinicalStatus"), meaning.display)
    return HistoryPeriod(active=True, since=span.since)


def read_procedure(state: ReaderState, path: ElementPath, procedure: Procedure) -> None:
    """Read a completed Procedure with its date."""
    names = (NameKind.condition, NameKind.medicine)
    meaning = read_listed_code(state, path, procedure.code, names)
    if meaning is None:
        return
    if meaning.unread is not None:
        state.note_code_without_fact(path, meaning)
        return
    note_denial(state, path.element("code"), procedure.code)
    if not _is_done(procedure):
        _note_not_done(state, path, procedure, meaning)
        return
    text = first_of(
        procedure.performedDateTime,
        end_of(procedure.performedPeriod),
        start_of(procedure.performedPeriod),
        procedure.occurrenceDateTime,
        end_of(procedure.occurrencePeriod),
    )
    span = HistoryPeriod(since=parse_date_or_note(state, path, "performed", text))
    _note_what_is_open(state, path, meaning)
    add_history(state, meaning, span, reference_of("Procedure", procedure.id, path))


def _is_done(procedure: Procedure) -> bool:
    is_completed = (procedure.status or "").strip().lower() in _DONE
    return is_completed and not procedure.notDone and not procedure.notPerformed


def _note_not_done(
    state: ReaderState, path: ElementPath, procedure: Procedure, meaning: Meaning
) -> None:
    """Say so; a status that does not tell whether it was done leaves the list not known."""
    status = (procedure.status or "").strip().lower()
    issue = Issue.not_in_use
    if status not in _NOT_DONE and not (procedure.notDone or procedure.notPerformed):
        state.incomplete.add(state.list_name)
        issue = Issue.status_unknown if status else Issue.status_missing
    state.note_once(issue, path.element("status"), meaning.display)


def _note_what_is_open(state: ReaderState, path: ElementPath, meaning: Meaning) -> None:
    """Say so where a code leaves the kind of an exposure, or the extent of an operation, open."""
    if meaning.ambiguous:
        extent = History.gastrectomy_partial in meaning.history
        issue = Issue.gastrectomy_extent_not_named if extent else Issue.exposure_kind_not_known
        state.note_once(issue, path.element("code"), meaning.display)


def read_family(state: ReaderState, path: ElementPath, relative: FamilyMemberHistory) -> None:
    """Read conditions of a relative that matter for the patient."""
    issue, element = _issue_of_family((relative.status or "").strip().lower()), "status"
    if issue is None and not _NOT_BY_BLOOD.isdisjoint(codes_of(relative.relationship)):
        issue, element = Issue.not_by_blood, "relationship"
    for condition in relative.condition or ():
        if is_filled(condition.modifierExtension):
            state.note(Issue.modifier_not_known, path.element("condition.modifierExtension"))
            continue
        meaning = read_listed_code(
            state, path, condition.code, (NameKind.condition,), "condition.code"
        )
        if meaning is None or meaning.family is None:
            continue
        if issue is not None:
            state.note_once(issue, path.element(element), meaning.display)
        else:
            note_denial(state, path.element("condition.code"), condition.code)
            state.history.append(
                HistoryFact(
                    code=meaning.family,
                    reference=reference_of("FamilyMemberHistory", relative.id, path),
                )
            )


def _issue_of_family(status: str) -> Issue | None:
    """Why the history of a relative does not count."""
    if status in _TOLD:
        return None
    if status in NEVER_WAS:
        return Issue.in_error
    return Issue.not_established if status else Issue.status_missing
