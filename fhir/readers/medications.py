"""Medicines: what is prescribed, said to be taken, or was given."""

import msgspec
from msgspec import Struct

from cobalamin.fhir.decode.issues import Remark
from cobalamin.fhir.decode.reader_state import Place, Reading, reference_of
from cobalamin.fhir.decode.resources import (
    FAULTS,
    MEDICINE,
    NONE,
    RAWS,
    RESOURCE,
    Coded,
    Medication,
    MedicationAdministration,
    MedicationRequest,
    MedicationStatement,
    Medicine,
    Reference,
    is_sent,
)
from cobalamin.fhir.readers.treatment_periods import courses_of
from cobalamin.fhir.values.codings import read_code
from cobalamin.fhir.values.dates import end_of, first_of, read_day, start_of
from cobalamin.fhir.values.dosage import MICROGRAMS, Dose, micrograms, read_dose
from cobalamin.fhir.values.subjects import short
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


class Use(Struct, frozen=True):
    """Whether and when a medicine is or was used."""

    active: bool
    since: str | None
    last: str | None


class MedicineRead(Struct, frozen=True):
    """The facts that a medicine stands for, its amount a day, and its form of vitamin B12."""

    codes: tuple[History, ...]
    daily: Quantity | None
    cobalamin: Cobalamin | None


def read_request(reading: Reading, place: Place, sent: MedicationRequest) -> None:
    """A prescription: in use while it is active, from the day on which it was written."""
    intent = None if sent.intent is None else sent.intent.strip().lower()
    if intent not in _ORDERED or sent.doNotPerform:
        _pass_over(reading, place, sent, "intent")
        return
    status = _status(sent)
    if status in _TAKEN:
        use = Use(active=True, since=sent.authoredOn, last=None)
    elif status in _ENDED:
        use = Use(active=False, since=sent.authoredOn, last=sent.authoredOn)
    else:
        _pass_over(reading, place, sent, "status")
        return
    medicine = _read_medicine(reading, place, sent, use, sent.dosageInstruction)
    if medicine is not None and use.active:
        reading.courses.extend(courses_of(sent, medicine.codes))


def read_statement(reading: Reading, place: Place, sent: MedicationStatement) -> None:
    """What is said to be taken."""
    status = _status(sent)
    if status not in _TAKEN and status not in _ENDED:
        _pass_over(reading, place, sent, "status")
        return
    active = status in _TAKEN
    since = first_of(start_of(sent.effectivePeriod), sent.effectiveDateTime)
    last = end_of(sent.effectivePeriod)
    use = Use(active, since, last if active else first_of(last, since))
    _read_medicine(reading, place, sent, use, sent.dosage)


def read_administration(reading: Reading, place: Place, sent: MedicationAdministration) -> None:
    """One giving; that it goes on is not said, so rules look at its day."""
    status = _status(sent)
    if status not in _TAKEN and status not in _ENDED:
        _pass_over(reading, place, sent, "status")
        return
    period = sent.effectivePeriod or sent.occurencePeriod
    day = first_of(sent.effectiveDateTime, sent.occurenceDateTime)
    use = Use(
        active=True,
        since=first_of(day, start_of(period)),
        last=first_of(day, end_of(period), start_of(period)),
    )
    _read_medicine(reading, place, sent, use, sent.dosage)


def _status(sent: Medicine) -> str:
    return (sent.status or "").strip().lower()


def _pass_over(reading: Reading, place: Place, sent: Medicine, element: str) -> None:
    """Say so only of medicines that some rule asks about."""
    meaning = _product(reading, place, sent)
    if meaning is not None and (meaning.history or meaning.cobalamin):
        reading.mention(Remark.not_in_use, place.path(element), meaning.display)


# --- which medicine


def named_as(reading: Reading, sent: Medicine) -> tuple[Coded | None, ...]:
    """How the medicine is named: in place, else by the Medication that it refers to."""
    coded, reference = _named(sent)
    if coded is not None or reference is None or not reference.reference:
        return (coded,)
    medication = _referred(reading, sent, reference.reference)
    if medication is None:
        return ()
    return (medication.code, *(one.itemCodeableConcept for one in medication.ingredient or ()))


def _named(sent: Medicine) -> tuple[Coded | None, Reference | None]:
    coded, reference = sent.medicationCodeableConcept, sent.medicationReference
    if sent.medication is not NONE and is_sent(sent.medication):
        return _later_version(sent.medication, coded, reference)
    return coded, reference


def _product(reading: Reading, place: Place, sent: Medicine) -> Meaning | None:
    """The meaning of the medicine, in place or in the Medication that it refers to."""
    coded, reference = _named(sent)
    if coded is not None:
        return _coded_product(reading, place, coded)
    if reference is None or not reference.reference:
        return None
    medication = _referred(reading, sent, reference.reference)
    if medication is None:
        reading.mention(Remark.medication_not_found, place.path("medicationReference"), "")
        return None
    return _product_of(reading, place, medication)


def _later_version(
    raw: msgspec.Raw, coded: Coded | None, reference: Reference | None
) -> tuple[Coded | None, Reference | None]:
    """FHIR R5 has one element for both."""
    try:
        either = MEDICINE.decode(raw)
    except FAULTS:
        return coded, reference
    return either.concept or coded, either.reference or reference


def _coded_product(reading: Reading, place: Place, coded: Coded) -> Meaning | None:
    meaning = read_code(reading, place, coded)
    if meaning is not None and meaning.unread is not None:
        reading.mention_unread(place, meaning)
        return None
    return meaning


def _product_of(reading: Reading, place: Place, medication: Medication) -> Meaning | None:
    meaning = None
    if medication.code is not None:
        meaning = _coded_product(reading, place, medication.code)
    for ingredient in medication.ingredient or ():
        if meaning is None and ingredient.itemCodeableConcept is not None:
            meaning = _coded_product(reading, place, ingredient.itemCodeableConcept)
    return meaning


def _referred(reading: Reading, sent: Medicine, reference: str) -> Medication | None:
    if reference.startswith("#"):
        return _contained(sent.contained, reference[1:])
    return reading.medications.get(reference) or reading.medications.get(short(reference))


def _contained(raw: msgspec.Raw, identity: str) -> Medication | None:
    if raw is NONE:
        return None
    try:
        for one in RAWS.decode(raw):
            resource = RESOURCE.decode(one)
            if isinstance(resource, Medication) and resource.id in (identity, f"#{identity}"):
                return resource
    except FAULTS:
        return None
    return None


# --- what it is a fact of


def _read_medicine(
    reading: Reading, place: Place, sent: Medicine, use: Use, dosage: msgspec.Raw
) -> MedicineRead | None:
    medicine = read_medicine(reading, place, sent, dosage)
    if medicine is None:
        return None
    for code in medicine.codes:
        reading.history.append(
            HistoryFact(
                code=code,
                active=use.active,
                since=_day(reading, place, use.since),
                last=_day(reading, place, use.last),
                dose=medicine.daily,
                reference=reference_of(type(sent).__name__, sent.id, place),
            )
        )
    return medicine


def read_medicine(
    reading: Reading, place: Place, sent: Medicine, dosage: msgspec.Raw
) -> MedicineRead | None:
    """What a medicine is to the rules; None for one that no rule asks about."""
    meaning = _product(reading, place, sent)
    if meaning is None or not (meaning.history or meaning.cobalamin):
        return None
    dose = read_dose(reading.codes, dosage, meaning.strength)
    if dose.is_assumed:
        reading.mention(Remark.dose_taken_as_daily, place.path("dosage"), meaning.display)
    codes = meaning.history or (_cobalamin(reading, place, meaning, dose),)
    return MedicineRead(codes, dose.daily, meaning.cobalamin)


def _day(reading: Reading, place: Place, text: str | None) -> When | None:
    return read_day(reading, place, "", text)


def _cobalamin(reading: Reading, place: Place, meaning: Meaning, dose: Dose) -> History:
    """Injection, oral replacement, supplement or antidote: by form, route and dose."""
    if _is_antidote(reading, meaning, dose):
        return History.hydroxocobalamin_antidote
    taken = dose.route or meaning.taken
    if taken is None and meaning.cobalamin is Cobalamin.hydroxocobalamin:
        taken = Taken.injection
    if taken is Taken.injection:
        return History.b12_replacement_parenteral
    if taken is None:
        reading.mention(Remark.route_not_known, place.path("dosage"), meaning.display)
    amount = dose.daily or meaning.strength
    if amount is not None and micrograms(amount) < reading.codes.supplement_below:
        return History.b12_supplement
    return History.b12_replacement_oral


def _is_antidote(reading: Reading, meaning: Meaning, dose: Dose) -> bool:
    """One dose of hydroxocobalamin as large as treatment never is."""
    if meaning.cobalamin is not Cobalamin.hydroxocobalamin or dose.single is None:
        return False
    return micrograms(dose.single) >= reading.codes.antidote_from * MICROGRAMS["mg"]
