"""Medicines: what is prescribed, said to be taken, or was given."""

from collections.abc import Iterable, Iterator

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import ElementPath, ReaderState, reference_of
from cobalamin.fhir.decode.resources import (
    MedicationAdministration,
    MedicationRequest,
    MedicationResource,
    MedicationStatement,
)
from cobalamin.fhir.readers.medication_products import ingredients_of, medication_meaning
from cobalamin.fhir.readers.treatment_periods import build_courses
from cobalamin.fhir.values.dates import end_of, first_of, parse_date_or_note, start_of
from cobalamin.fhir.values.dosage import Dose, dose_of, read_instructions
from cobalamin.service.knowledge.code_meanings import Cobalamin, Meaning, ProductIngredient
from cobalamin.service.rules.model.dates import When
from cobalamin.service.rules.model.facts import HistoryFact
from cobalamin.service.rules.model.quantities import micrograms
from cobalamin.service.rules.model.vocabulary import Form, History, Intake

_TAKEN = frozenset({"active", "recorded", "in-progress", "on-hold"})
_ENDED = frozenset({"completed", "stopped", "ended"})
# FHIR R4, medicationrequest-status: halted before all, or before any, of it was given.
_STOPPED = frozenset({"stopped", "ended", "cancelled"})
_ON_HOLD = "on-hold"
NO_STATUS = "no status that tells whether it is in use; not counted, and its list is not known"
HELD = "vitamin B12 on hold is not given; not counted as a treatment that goes on"
# Of all versions of FHIR; `unknown` is none that tells.
_NOT_USED = frozenset(
    {
        "cancelled",
        "declined",
        "draft",
        "entered-in-error",
        "intended",
        "not-done",
        "not-taken",
        "planned",
        "preparation",
        "proposed",
    }
)
_REPLACEMENT = frozenset({History.b12_replacement_parenteral, History.b12_replacement_oral})
_FORMS = {
    Cobalamin.cyanocobalamin: Form.cyanocobalamin,
    Cobalamin.hydroxocobalamin: Form.hydroxocobalamin,
}
_SWALLOWED = frozenset({History.b12_replacement_oral, History.b12_supplement})
_BY_DOSE = _SWALLOWED | {History.folic_acid}
_MICROGRAMS_PER_MG = 1000
_ORDERED = frozenset(
    {None, "order", "original-order", "reflex-order", "filler-order", "instance-order"}
)


class MedicationUse(Struct, frozen=True):
    """Whether and when a medicine is or was used; not begun is an order of which none was."""

    active: bool
    since: str | None
    last: str | None = None
    begun: bool = True


_INJECTED = frozenset({Intake.injection, Intake.intravenous})


def read_request(state: ReaderState, path: ElementPath, request: MedicationRequest) -> None:
    """A prescription: in use while it is active, from the day on which it was written.

    One that was stopped is no evidence that a dose was given, and one of vitamin B12 that is on
    hold is not in use either.
    """
    intent = None if request.intent is None else request.intent.strip().lower()
    if intent not in _ORDERED or request.doNotPerform:
        element = "doNotPerform" if request.doNotPerform else "intent"
        _note_not_in_use(state, path, request, element)
        return
    status = _status(request)
    if status in _STOPPED:
        use = MedicationUse(active=False, since=request.authoredOn, begun=False)
    elif status in _TAKEN:
        use = MedicationUse(active=True, since=request.authoredOn)
    elif status in _ENDED:
        use = MedicationUse(active=False, since=request.authoredOn, last=request.authoredOn)
    else:
        _note_not_in_use(state, path, request, "status")
        return
    facts = _add_medication(state, path, request, use, request.dosageInstruction)
    in_use = [fact.code for fact in facts if fact.active]
    if in_use:
        state.courses.extend(build_courses(request, in_use))


def read_statement(state: ReaderState, path: ElementPath, statement: MedicationStatement) -> None:
    """What is said to be taken."""
    status = _status(statement)
    if status not in _TAKEN and status not in _ENDED:
        _note_not_in_use(state, path, statement, "status")
        return
    active = status in _TAKEN
    since = first_of(start_of(statement.effectivePeriod), statement.effectiveDateTime)
    last = end_of(statement.effectivePeriod)
    if not active:
        # Halted before all of it was taken, so no day is known on which it was.
        last = None if status in _STOPPED else first_of(last, since)
    use = MedicationUse(active, since, last)
    _add_medication(state, path, statement, use, statement.dosage)


def read_administration(
    state: ReaderState, path: ElementPath, administration: MedicationAdministration
) -> None:
    """One giving; that it goes on is not said, so rules look at its day."""
    status = _status(administration)
    if status not in _TAKEN and status not in _ENDED:
        _note_not_in_use(state, path, administration, "status")
        return
    period = administration.effectivePeriod or administration.occurencePeriod
    day = first_of(administration.effectiveDateTime, administration.occurenceDateTime)
    use = MedicationUse(
        active=True,
        since=first_of(day, start_of(period)),
        last=first_of(day, end_of(period), start_of(period)),
    )
    _add_medication(state, path, administration, use, administration.dosage)


def _status(medication: MedicationResource) -> str:
    return (medication.status or "").strip().lower()


def _note_not_in_use(
    state: ReaderState, path: ElementPath, medication: MedicationResource, element: str
) -> None:
    """Say so only of medicines that some rule asks about; one of no clear status is not known."""
    meaning = medication_meaning(state, path, medication)
    if meaning is None or not ingredients_of(meaning):
        return
    status = _status(medication)
    if element == "status" and status not in _NOT_USED:
        state.incomplete.add(state.list_name)
        issue = Issue.status_unknown if status else Issue.status_missing
        state.note_once(issue, path.element(element), meaning.display, NO_STATUS)
    else:
        state.note_once(Issue.not_in_use, path.element(element), meaning.display)


# --- what it is a fact of


def _add_medication(
    state: ReaderState,
    path: ElementPath,
    medication: MedicationResource,
    use: MedicationUse,
    dosage: msgspec.Raw,
) -> tuple[HistoryFact, ...]:
    facts = tuple(
        replace(
            fact,
            active=use.active,
            since=_day(state, path, use.since),
            last=_day(state, path, use.last),
            begun=use.begun,
            reference=reference_of(type(medication).__name__, medication.id, path),
        )
        for fact in read_medication(state, path, medication, dosage)
    )
    if _status(medication) == _ON_HOLD:
        facts = tuple(_held(state, path, medication, fact) for fact in facts)
    _note_what_was_not_given(state, path, facts)
    state.history.extend(facts)
    return facts


def _held(
    state: ReaderState, path: ElementPath, medication: MedicationResource, fact: HistoryFact
) -> HistoryFact:
    """Vitamin B12 on hold is not given; another medicine stays the risk factor that it is."""
    if fact.code not in _REPLACEMENT:
        return fact
    if isinstance(medication, MedicationRequest):
        return replace(fact, active=False, begun=False)
    state.note_once(Issue.not_in_use, path.element("status"), fact.code, HELD)
    return replace(fact, active=False, last=None)


def _note_what_was_not_given(
    state: ReaderState, path: ElementPath, facts: Iterable[HistoryFact]
) -> None:
    for fact in facts:
        if not fact.begun:
            state.note_once(Issue.order_stopped, path.element("status"), fact.code)


def read_medication(
    state: ReaderState, path: ElementPath, medication: MedicationResource, dosage: msgspec.Raw
) -> tuple[HistoryFact, ...]:
    """What a medicine is to the rules, a fact for each ingredient that one asks about."""
    meaning = medication_meaning(state, path, medication)
    held = () if meaning is None else ingredients_of(meaning)
    if meaning is None or not held:
        return ()
    instructions = read_instructions(state.codes, dosage)
    if instructions.is_modified:
        state.note(Issue.modifier_not_known, path.element("dosage.modifierExtension"))
    intake = instructions.intake or meaning.taken
    facts: list[HistoryFact] = []
    for ingredient in held:
        dose = dose_of(
            instructions.steps,
            ingredient.strength,
            is_injected=intake in _INJECTED,
            is_alone=len(held) == 1 and not meaning.has_others,
        )
        facts += _facts_of(state, ingredient, dose, intake)
    _note_what_is_not_told(state, path, meaning, facts, has_dosage=instructions.is_told)
    return tuple(facts)


def _day(state: ReaderState, path: ElementPath, text: str | None) -> When | None:
    return parse_date_or_note(state, path, "", text)


def _facts_of(
    state: ReaderState, ingredient: ProductIngredient, dose: Dose, intake: Intake | None
) -> Iterator[HistoryFact]:
    for code in ingredient.history:
        yield HistoryFact(code=code, dose=dose.daily, single=dose.single)
    if ingredient.cobalamin is not None and not ingredient.history:
        yield HistoryFact(
            code=_cobalamin(state, ingredient.cobalamin, dose, intake),
            dose=dose.daily,
            single=dose.single,
            form=_FORMS.get(ingredient.cobalamin),
            intake=intake or Intake.not_stated,
        )


def _cobalamin(
    state: ReaderState, cobalamin: Cobalamin, dose: Dose, intake: Intake | None
) -> History:
    """Injection, oral replacement, supplement or antidote: by form, route and dose."""
    if cobalamin is Cobalamin.hydroxocobalamin:
        antidote = state.codes.antidote_from * _MICROGRAMS_PER_MG
        if dose.single is not None and (micrograms(dose.single) or 0) >= antidote:
            return History.hydroxocobalamin_antidote
        intake = intake or Intake.injection
    if intake in _INJECTED:
        return History.b12_replacement_parenteral
    amount = dose.daily or dose.single
    mass = None if amount is None else micrograms(amount)
    if mass is not None and mass < state.codes.supplement_below:
        return History.b12_supplement
    return History.b12_replacement_oral


def _note_what_is_not_told(
    state: ReaderState,
    path: ElementPath,
    meaning: Meaning,
    facts: Iterable[HistoryFact],
    *,
    has_dosage: bool,
) -> None:
    """Say where a fact rests on the product alone, or its dose is sent and not read."""
    for fact in facts:
        if fact.intake is Intake.intravenous and fact.form is Form.cyanocobalamin:
            state.note_once(Issue.not_for_a_vein, path.element("dosage"), meaning.display)
        if fact.code in _SWALLOWED and fact.intake is Intake.not_stated:
            state.note_once(Issue.route_not_known, path.element("dosage"), meaning.display)
        if fact.code in _BY_DOSE and fact.dose is None and fact.single is not None:
            state.note_once(Issue.dose_not_stated, path.element("dosage"), meaning.display)
        elif fact.code in _BY_DOSE and fact.dose is None and has_dosage:
            state.note_once(Issue.dose_not_read, path.element("dosage"), meaning.display)
