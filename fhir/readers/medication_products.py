"""Which medicine a resource names: its codes, or the Medication that it refers to."""

from collections.abc import Iterable, Iterator

import msgspec

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.raw_lists import decode_raw_list
from cobalamin.fhir.decode.reader_state import ElementPath, ReaderState
from cobalamin.fhir.decode.references import normalise_reference
from cobalamin.fhir.decode.resources import (
    DECODE_ERRORS,
    MEDICINE,
    NONE,
    RESOURCE,
    CodeableConcept,
    Ingredient,
    Medication,
    MedicationResource,
    NamedReference,
    QuantityElement,
    Ratio,
    is_filled,
    is_sent,
)
from cobalamin.fhir.values.codings import read_code
from cobalamin.fhir.values.dose_units import MILLILITRE, PIECE, parse_dose_unit
from cobalamin.fhir.values.numbers import parse_number
from cobalamin.service.knowledge.code_meanings import Codes, Meaning, ProductIngredient, Strength
from cobalamin.service.knowledge.product_words import load_product_words
from cobalamin.service.rules.model.quantities import Quantity, micrograms
from cobalamin.service.rules.model.vocabulary import Intake

IN_ERROR = "entered-in-error"


def medication_concepts(
    state: ReaderState, medication_resource: MedicationResource
) -> tuple[CodeableConcept | None, ...]:
    """How the medicine is named: in place, else by the Medication that it refers to.

    The product comes first, then its active ingredients; nothing if the Medication was not sent.
    """
    coded, reference = _concept_or_reference(medication_resource)
    if coded is not None or reference is None or not reference.reference:
        return (coded or shown_medication(medication_resource),)
    medication = _resolve_medication(state, medication_resource.contained, reference.reference)
    if medication is None or _modifier(medication) is not None:
        return ()
    active = [
        ingredient for ingredient in medication.ingredient or () if ingredient.isActive is not False
    ]
    return (
        medication.code,
        *(_concept(state, ingredient, medication_resource.contained) for ingredient in active),
    )


def shown_medication(medication: MedicationResource) -> CodeableConcept | None:
    """The text that is shown for a Medication, which is no code."""
    _, reference = _concept_or_reference(medication)
    if reference is None or not reference.display:
        return None
    return CodeableConcept(text=reference.display)


def medication_meaning(
    state: ReaderState, path: ElementPath, medication_resource: MedicationResource
) -> Meaning | None:
    """What the medicine holds, in place or in the Medication that it refers to."""
    coded, reference = _concept_or_reference(medication_resource)
    if coded is not None:
        return _coded_product(state, path, coded)
    if reference is None or not reference.reference:
        return None
    medication = _resolve_medication(state, medication_resource.contained, reference.reference)
    if medication is None:
        state.note_once(Issue.medication_not_found, path.element("medicationReference"), "")
        return None
    modifier = _modifier(medication)
    if modifier is not None:
        state.note(modifier, path.element("medicationReference"))
        return None
    return _product_of(state, path, medication, medication_resource.contained)


def ingredients_of(meaning: Meaning) -> tuple[ProductIngredient, ...]:
    """What a medicine holds that some rule asks about; of a code for a substance, that."""
    if meaning.ingredients:
        return meaning.ingredients
    if not (meaning.history or meaning.cobalamin):
        return ()
    return (ProductIngredient(history=meaning.history, cobalamin=meaning.cobalamin),)


def _concept_or_reference(
    medication: MedicationResource,
) -> tuple[CodeableConcept | None, NamedReference | None]:
    coded, reference = medication.medicationCodeableConcept, medication.medicationReference
    if medication.medication is not NONE and is_sent(medication.medication):
        return _later_version(medication.medication, coded, reference)
    return coded, reference


def _later_version(
    raw: msgspec.Raw, coded: CodeableConcept | None, reference: NamedReference | None
) -> tuple[CodeableConcept | None, NamedReference | None]:
    """FHIR R5 has one element for both."""
    try:
        either = MEDICINE.decode(raw)
    except DECODE_ERRORS:
        return coded, reference
    return either.concept or coded, either.reference or reference


def _modifier(medication: Medication) -> Issue | None:
    """What may change the meaning of a Medication."""
    if is_filled(medication.modifierExtension):
        return Issue.modifier_not_known
    if (medication.status or "").strip().lower() == IN_ERROR:
        return Issue.in_error
    return Issue.rules_not_known if is_filled(medication.implicitRules) else None


# --- by its codes


def _coded_product(state: ReaderState, path: ElementPath, coded: CodeableConcept) -> Meaning | None:
    """What the codings name together: the product by the one that says most of it."""
    meaning = read_code(state, path, coded)
    if meaning is None:
        return None
    if meaning.unread is not None:
        state.note_code_without_fact(path, meaning)
        return None
    return _joined(meaning, _known(state.codes, coded))


def _known(codes: Codes, coded: CodeableConcept) -> Iterator[Meaning]:
    for coding in coded.coding or ():
        code = coding.code
        meaning = codes.find(coding.system, code.strip()) if code is not None else None
        if meaning is not None and meaning.refused is None and meaning.unread is None:
            yield meaning


def _joined(first: Meaning, others: Iterable[Meaning]) -> Meaning:
    """One product of several namings of it: what any of them holds, as strong as it is told.

    So a second coding never takes away what the first one says.
    """
    namings = [first, *(other for other in others if other != first)]
    held: dict[object, ProductIngredient] = {}
    for ingredient in (one for naming in namings for one in ingredients_of(naming)):
        key = (ingredient.history, ingredient.cobalamin)
        earlier = held.get(key)
        held[key] = ingredient if earlier is None else max(earlier, ingredient, key=_strength_of)
    if len(namings) == 1 or not held:
        return first
    fullest = max(namings, key=_details)
    return Meaning(
        display=fullest.display,
        history=tuple(dict.fromkeys(code for one in held.values() for code in one.history)),
        cobalamin=next((one.cobalamin for one in held.values() if one.cobalamin), None),
        taken=next((naming.taken for naming in namings if naming.taken), None),
        ingredients=tuple(held.values()),
        has_others=fullest.has_others,
        allergy=fullest.allergy,
    )


def _strength_of(ingredient: ProductIngredient) -> tuple[bool, object]:
    mass = None if ingredient.strength is None else micrograms(ingredient.strength.amount)
    return (mass is not None, mass or 0)


def _details(meaning: Meaning) -> int:
    return sum(ingredient.strength is not None for ingredient in meaning.ingredients)


# --- by its Medication


def _product_of(
    state: ReaderState, path: ElementPath, medication: Medication, contained: msgspec.Raw
) -> Meaning | None:
    """What a Medication holds: by its code and by each of its ingredients that is active."""
    code, ingredients = medication.code, medication.ingredient or ()
    meanings = [None if code is None else _coded_product(state, path, code)]
    meanings += [
        _ingredient(state, path, ingredient, contained)
        for ingredient in ingredients
        if ingredient.isActive is not False
    ]
    meaningful = [
        meaning for meaning in meanings if meaning is not None and not meaning.is_harmless
    ]
    if not meaningful:
        return next((meaning for meaning in meanings if meaning is not None), None)
    product = _joined(meaningful[0], meaningful[1:])
    taken = product.taken or _form_taken(medication.form) or _form_taken(medication.doseForm)
    return msgspec.structs.replace(product, taken=taken)


def _ingredient(
    state: ReaderState, path: ElementPath, ingredient: Ingredient, contained: msgspec.Raw
) -> Meaning | None:
    if is_filled(ingredient.modifierExtension):
        state.note(Issue.modifier_not_known, path.element("ingredient.modifierExtension"))
        return None
    concept = _concept(state, ingredient, contained)
    meaning = None if concept is None else _coded_product(state, path, concept)
    strength = _strength(ingredient)
    if meaning is None or strength is None:
        return meaning
    held = ingredients_of(meaning)
    if len(held) != 1:
        return meaning
    replaced = msgspec.structs.replace(held[0], strength=strength)
    return msgspec.structs.replace(meaning, ingredients=(replaced,))


def _concept(
    state: ReaderState, ingredient: Ingredient, contained: msgspec.Raw
) -> CodeableConcept | None:
    """The code of an ingredient, or of the Medication that it refers to; none if modified."""
    if is_filled(ingredient.modifierExtension):
        return None
    concept = ingredient.itemCodeableConcept or (
        None if ingredient.item is None else ingredient.item.concept
    )
    reference = ingredient.itemReference or (
        None if ingredient.item is None else ingredient.item.reference
    )
    if concept is None and reference is not None and reference.reference:
        inner = _resolve_medication(state, contained, reference.reference)
        concept = None if inner is None or _modifier(inner) else inner.code
    return concept


def _strength(ingredient: Ingredient) -> Strength | None:
    """The mass in one piece, or in a number of mL; None where it is written otherwise."""
    if ingredient.strengthQuantity is not None:
        return _ratio(Ratio(numerator=ingredient.strengthQuantity))
    ratio = ingredient.strength or ingredient.strengthRatio
    return None if ratio is None else _ratio(ratio)


def _ratio(ratio: Ratio) -> Strength | None:
    amount, per = _read(ratio.numerator), _read(ratio.denominator)
    if amount is None or amount.unit in (PIECE, MILLILITRE):
        return None
    if ratio.denominator is None:
        return Strength(amount=amount)
    if per is None or per.unit not in (PIECE, MILLILITRE):
        return None
    if per.unit == MILLILITRE:
        return Strength(amount=amount, volume=per.value)
    return Strength(amount=Quantity(value=amount.value / per.value, unit=amount.unit))


def _read(quantity: QuantityElement | None) -> Quantity | None:
    if quantity is None:
        return None
    number, unit = parse_number(quantity.value), parse_dose_unit(quantity)
    if number is None or number.comparator is not None or number.number <= 0 or unit is None:
        return None
    return Quantity(value=number.number, unit=unit)


def _form_taken(form: CodeableConcept | None) -> Intake | None:
    codes = {coding.code for coding in (() if form is None else form.coding or ()) if coding.code}
    words = load_product_words().form.values()
    taken = {entry.taken for entry in words if not codes.isdisjoint(entry.codes)}
    return taken.pop() if len(taken) == 1 else None


def _resolve_medication(
    state: ReaderState, contained: msgspec.Raw, reference: str
) -> Medication | None:
    if reference.startswith("#"):
        return _contained(contained, reference[1:])
    known = state.medications
    medication = known.get(reference) or known.get(normalise_reference(reference))
    if medication is not None:
        state.used_medications.add(id(medication))
    return medication


def _contained(raw: msgspec.Raw, identity: str) -> Medication | None:
    """The contained Medication of this id; another resource beside it may be of any shape."""
    try:
        raw_resources = decode_raw_list(raw) if raw is not NONE else []
    except DECODE_ERRORS:
        return None
    for raw_resource in raw_resources:
        try:
            resource = RESOURCE.decode(raw_resource)
        except DECODE_ERRORS:
            continue
        if isinstance(resource, Medication) and resource.id in (identity, f"#{identity}"):
            return resource
    return None
