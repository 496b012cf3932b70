"""Medicines: what is prescribed, said to be taken, or was given."""

import msgspec
from msgspec import Struct

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import ElementPath, ReaderState, reference_of
from cobalamin.fhir.decode.resources import (
    DECODE_ERRORS,
    MEDICINE,
    NONE,
    RAW_LIST,
    RESOURCE,
    CodeableConcept,
    Medication,
    MedicationAdministration,
    MedicationRequest,
    MedicationResource,
    MedicationStatement,
    Reference,
    is_sent,
)
from cobalamin.fhir.readers.treatment_periods import build_courses
from cobalamin.fhir.values.codings import read_code
from cobalamin.fhir.values.dates import end_of, first_of, parse_date_or_note, start_of
from cobalamin.fhir.values.dosage import MICROGRAMS, Dose, micrograms, read_dose
from cobalamin.fhir.values.subjects import normalise_reference
from cobalamin.service.knowledge.code_meanings import Cobalamin, Meaning, Taken
from cobalamin.service.rules.model.dates import When
from cobalamin.service.rules.model.facts import HistoryFact
from cobalamin.service.rules.model.quantities import Quantity
from cobalamin.service.rules.model.vocabulary import History

_TAKEN = frozenset({"active", "recorded", "in-progress", "on-hold"})
_ENDED = frozenset({"completed", "stopped", "ended"})
_ORDERED = frozenset(
    {None, "order", "original-order", "reflex-order", "filler-order", "instance-order"}
)


class MedicationUse(Struct, frozen=True):
    """Whether and when a medicine is or was used."""

    active: bool
    since: str | None
    last: str | None


class MedicationFacts(Struct, frozen=True):
    """The facts that a medicine stands for, its amount a day, and its form of vitamin B12."""

    codes: tuple[History, ...]
    daily: Quantity | None
    cobalamin: Cobalamin | None


def read_request(state: ReaderState, path: ElementPath, sent: MedicationRequest) -> None:
    """A prescription: in use while it is active, from the day on which it was written."""
    intent = None if sent.intent is None else sent.intent.strip().lower()
    if intent not in _ORDERED or sent.doNotPerform:
        _note_not_in_use(state, path, sent, "intent")
        return
    status = _status(sent)
    if status in _TAKEN:
        use = MedicationUse(active=True, since=sent.authoredOn, last=None)
    elif status in _ENDED:
        use = MedicationUse(active=False, since=sent.authoredOn, last=sent.authoredOn)
    else:
        _note_not_in_use(state, path, sent, "status")
        return
    medicine = _add_medication(state, path, sent, use, sent.dosageInstruction)
    if medicine is not None and use.active:
        state.courses.extend(build_courses(sent, medicine.codes))


def read_statement(state: ReaderState, path: ElementPath, sent: MedicationStatement) -> None:
    """What is said to be taken."""
    status = _status(sent)
    if status not in _TAKEN and status not in _ENDED:
        _note_not_in_use(state, path, sent, "status")
        return
    active = status in _TAKEN
    since = first_of(start_of(sent.effectivePeriod), sent.effectiveDateTime)
    last = end_of(sent.effectivePeriod)
    use = MedicationUse(active, since, last if active else first_of(last, since))
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
    meaning = _medication_meaning(state, path, sent)
    if meaning is not None and (meaning.history or meaning.cobalamin):
        state.note_once(Issue.not_in_use, path.element(element), meaning.display)


# --- which medicine


def medication_concepts(
    state: ReaderState, sent: MedicationResource
) -> tuple[CodeableConcept | None, ...]:
    """How the medicine is named: in place, else by the Medication that it refers to."""
    coded, reference = _concept_or_reference(sent)
    if coded is not None or reference is None or not reference.reference:
        return (coded,)
    medication = _resolve_medication(state, sent, reference.reference)
    if medication is None:
        return ()
    return (medication.code, *(one.itemCodeableConcept for one in medication.ingredient or ()))


def _concept_or_reference(
    sent: MedicationResource,
) -> tuple[CodeableConcept | None, Reference | None]:
    coded, reference = sent.medicationCodeableConcept, sent.medicationReference
    if sent.medication is not NONE and is_sent(sent.medication):
        return _later_version(sent.medication, coded, reference)
    return coded, reference


def _medication_meaning(
    state: ReaderState, path: ElementPath, sent: MedicationResource
) -> Meaning | None:
    """The meaning of the medicine, in place or in the Medication that it refers to."""
    coded, reference = _concept_or_reference(sent)
    if coded is not None:
        return _coded_product(state, path, coded)
    if reference is None or not reference.reference:
        return None
    medication = _resolve_medication(state, sent, reference.reference)
    if medication is None:
        state.note_once(Issue.medication_not_found, path.element("medicationReference"), "")
        return None
    return _product_of(state, path, medication)


def _later_version(
    raw: msgspec.Raw, coded: CodeableConcept | None, reference: Reference | None
) -> tuple[CodeableConcept | None, Reference | None]:
    """FHIR R5 has one element for both."""
    try:
        either = MEDICINE.decode(raw)
    except DECODE_ERRORS:
        return coded, reference
    return either.concept or coded, either.reference or reference


def _coded_product(state: ReaderState, path: ElementPath, coded: CodeableConcept) -> Meaning | None:
    meaning = read_code(state, path, coded)
    if meaning is not None and meaning.unread is not None:
        state.note_code_without_fact(path, meaning)
        return None
    return meaning


def _product_of(state: ReaderState, path: ElementPath, medication: Medication) -> Meaning | None:
    meaning = None
    if medication.code is not None:
        meaning = _coded_product(state, path, medication.code)
    for ingredient in medication.ingredient or ():
        if meaning is None and ingredient.itemCodeableConcept is not None:
            meaning = _coded_product(state, path, ingredient.itemCodeableConcept)
    return meaning


def _resolve_medication(
    state: ReaderState, sent: MedicationResource, reference: str
) -> Medication | None:
    if reference.startswith("#"):
        return _contained(sent.contained, reference[1:])
    return state.medications.get(reference) or state.medications.get(normalise_reference(reference))


def _contained(raw: msgspec.Raw, identity: str) -> Medication | None:
    if raw is NONE:
        return None
    try:
        for one in RAW_LIST.decode(raw):
            resource = RESOURCE.decode(one)
            if isinstance(resource, Medication) and resource.id in (identity, f"#{identity}"):
                return resource
    except DECODE_ERRORS:
        return None
    return None


# --- what it is a fact of


def _add_medication(
    state: ReaderState,
    path: ElementPath,
    sent: MedicationResource,
    use: MedicationUse,
    dosage: msgspec.Raw,
) -> MedicationFacts | None:
    medicine = read_medication(state, path, sent, dosage)
    if medicine is None:
        return None
    for code in medicine.codes:
        state.history.append(
            HistoryFact(
                code=code,
                active=use.active,
                since=_day(state, path, use.since),
                last=_day(state, path, use.last),
                dose=medicine.daily,
                reference=reference_of(type(sent).__name__, sent.id, path),
            )
        )
    return medicine


def read_medication(
    state: ReaderState, path: ElementPath, sent: MedicationResource, dosage: msgspec.Raw
) -> MedicationFacts | None:
    """What a medicine is to the rules; None for one that no rule asks about."""
    meaning = _medication_meaning(state, path, sent)
    if meaning is None or not (meaning.history or meaning.cobalamin):
        return None
    dose = read_dose(state.codes, dosage, meaning.strength)
    if dose.is_assumed:
        state.note_once(Issue.dose_taken_as_daily, path.element("dosage"), meaning.display)
    codes = meaning.history or (_cobalamin(state, path, meaning, dose),)
    return MedicationFacts(codes, dose.daily, meaning.cobalamin)


def _day(state: ReaderState, path: ElementPath, text: str | None) -> When | None:
    return parse_date_or_note(state, path, "", text)


def _cobalamin(state: ReaderState, path: ElementPath, meaning: Meaning, dose: Dose) -> History:
    """Injection, oral replacement, supplement or antidote: by form, route and dose."""
    if _is_antidote(state, meaning, dose):
        return History.hydroxocobalamin_antidote
    taken = dose.route or meaning.taken
    if taken is None and meaning.cobalamin is Cobalamin.hydroxocobalamin:
        taken = Taken.injection
    if taken is Taken.injection:
        return History.b12_replacement_parenteral
    if taken is None:
        state.note_once(Issue.route_not_known, path.element("dosage"), meaning.display)
    amount = dose.daily or meaning.strength
    if amount is not None and micrograms(amount) < state.codes.supplement_below:
        return History.b12_supplement
    return History.b12_replacement_oral


def _is_antidote(state: ReaderState, meaning: Meaning, dose: Dose) -> bool:
    """One dose of hydroxocobalamin as large as treatment never is."""
    if meaning.cobalamin is not Cobalamin.hydroxocobalamin or dose.single is None:
        return False
    return micrograms(dose.single) >= state.codes.antidote_from * MICROGRAMS["mg"]
