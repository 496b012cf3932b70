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


def read_request(state: ReaderState, path: ElementPath, sent: MedicationRequest) -> None:
    """A prescription: in use while it is active, from the day on which it was written.

    One that was stopped is no evidence that a dose was given, and one of vitamin B12 that is on
    hold is not in use either.
    """
    intent = None if sent.intent is None else sent.intent.strip().lower()
    if intent not in _ORDERED or sent.doNotPerform:
        _note_not_in_use(state, path, sent, "intent")
        return
    status = _status(sent)
    if status in _STOPPED:
        use = MedicationUse(active=False, since=sent.authoredOn, begun=False)
    elif status in _TAKEN:
        use = MedicationUse(active=True, since=sent.authoredOn)
    elif status in _ENDED:
        use = MedicationUse(active=False, since=sent.authoredOn, last=sent.authoredOn)
    else:
        _note_not_in_use(state, path, sent, "status")
        return
    found = _add_medication(state, path, sent, use, sent.dosageInstruction)
    in_use = [fact.code for fact in found if fact.active]
    if in_use:
        state.courses.extend(build_courses(sent, in_use))


def read_statement(state: ReaderState, path: ElementPath, sent: MedicationStatement) -> None:
    """What is said to be taken."""
    status = _status(sent)
    if status not in _TAKEN and status not in _ENDED:
        _note_not_in_use(state, path, sent, "status")
        return
    active = status in _TAKEN
    since = first_of(start_of(sent.effectivePeriod), sent.effectiveDateTime)
    last = end_of(sent.effectivePeriod)
    if not active:
        # Halted before all of it was taken, so no day is known on which it was.
        last = None if status in _STOPPED else first_of(last, since)
    use = MedicationUse(active, since, last)
    _add_medication(state, path, sent, use, sent.dosage)


def read_administration(
    state: ReaderState, path: ElementPath, sent: MedicationAdministration
) -> None:
    """One giving; that it goes on is not said, so rules look at its day."""
    status = _status(sent)
    if status not in _TAKEN and status not in _ENDED:
        _note_not_in_use(state, path, sent, "status")
        return
    period = sent.effectivePeriod or sent.occurencePeriod
    day = first_of(sent.effectiveDateTime, sent.occurenceDateTime)
    use = MedicationUse(
        active=True,
        since=first_of(day, start_of(period)),
        last=first_of(day, end_of(period), start_of(period)),
    )
    _add_medication(state, path, sent, use, sent.dosage)


def _status(sent: MedicationResource) -> str:
    return (sent.status or "").strip().lower()


def _note_not_in_use(
    state: ReaderState, path: ElementPath, sent: MedicationResource, element: str
) -> None:
    """Say so only of medicines that some rule asks about."""
    meaning = medication_meaning(state, path, sent)
    if meaning is not None and ingredients_of(meaning):
        state.note_once(Issue.not_in_use, path.element(element), meaning.display)


# --- what it is a fact of


def _add_medication(
    state: ReaderState,
    path: ElementPath,
    sent: MedicationResource,
    use: MedicationUse,
    dosage: msgspec.Raw,
) -> tuple[HistoryFact, ...]:
    found = tuple(
        replace(
            fact,
            active=use.active,
            since=_day(state, path, use.since),
            last=_day(state, path, use.last),
            begun=use.begun,
            reference=reference_of(type(sent).__name__, sent.id, path),
        )
        for fact in read_medication(state, path, sent, dosage)
    )
    if isinstance(sent, MedicationRequest) and _status(sent) == _ON_HOLD:
        found = tuple(_held(fact) for fact in found)
    _note_what_was_not_given(state, path, found)
    state.history.extend(found)
    return found


def _held(fact: HistoryFact) -> HistoryFact:
    """Vitamin B12 on hold is not given; another medicine stays the risk factor that it is."""
    return replace(fact, active=False, begun=False) if fact.code in _REPLACEMENT else fact


def _note_what_was_not_given(
    state: ReaderState, path: ElementPath, found: Iterable[HistoryFact]
) -> None:
    for fact in found:
        if not fact.begun:
            state.note_once(Issue.order_stopped, path.element("status"), fact.code)


def read_medication(
    state: ReaderState, path: ElementPath, sent: MedicationResource, dosage: msgspec.Raw
) -> tuple[HistoryFact, ...]:
    """What a medicine is to the rules, a fact for each ingredient that one asks about."""
    meaning = medication_meaning(state, path, sent)
    held = () if meaning is None else ingredients_of(meaning)
    if meaning is None or not held:
        return ()
    instructions = read_instructions(state.codes, dosage)
    if instructions.is_modified:
        state.note(Issue.modifier_not_known, path.element("dosage.modifierExtension"))
    intake = instructions.intake or meaning.taken
    found: list[HistoryFact] = []
    for ingredient in held:
        dose = dose_of(
            instructions.steps,
            ingredient.strength,
            is_injected=intake in _INJECTED,
            is_alone=len(held) == 1 and not meaning.has_others,
        )
        found += _facts_of(state, ingredient, dose, intake)
    _note_what_is_not_told(state, path, meaning, found, has_dosage=instructions.is_told)
    return tuple(found)


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
    found: Iterable[HistoryFact],
    *,
    has_dosage: bool,
) -> None:
    """Say where a fact rests on the product alone, or its dose is sent and not read."""
    for fact in found:
        if fact.intake is Intake.intravenous and fact.form is Form.cyanocobalamin:
            state.note_once(Issue.not_for_a_vein, path.element("dosage"), meaning.display)
        if fact.code in _SWALLOWED and fact.intake is Intake.not_stated:
            state.note_once(Issue.route_not_known, path.element("dosage"), meaning.display)
        if fact.code in _BY_DOSE and fact.dose is None and fact.single is not None:
            state.note_once(Issue.dose_not_stated, path.element("dosage"), meaning.display)
        elif fact.code in _BY_DOSE and fact.dose is None and has_dosage:
            state.note_once(Issue.dose_not_read, path.element("dosage"), meaning.display)
