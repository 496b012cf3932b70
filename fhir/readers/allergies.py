"""Read allergies. One that may be to vitamin B12 and cannot be read is never passed over."""

from collections.abc import Iterable

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import ALLERGIES, ElementPath, ReaderState, reference_of
from cobalamin.fhir.decode.resources import AllergyIntolerance, CodeableConcept, is_filled
from cobalamin.fhir.readers.conditions import NEVER_WAS, OVER, note_unknown_statuses
from cobalamin.fhir.values.codings import (
    codes_of,
    first_code,
    is_known,
    name_of,
    names_of,
    note_denial,
    note_not_known,
    read_code,
    why_not_known,
)
from cobalamin.service.knowledge.names import NameKind
from cobalamin.service.rules.model.facts import HistoryFact
from cobalamin.service.rules.model.vocabulary import History

ALLERGY_NAMES = (NameKind.allergy, NameKind.medicine)
# Allergies that bar vitamin B12.
BARRING = frozenset(
    {
        History.cobalamin_allergy,
        History.cobalt_allergy,
        History.cyanocobalamin_allergy,
        History.hydroxocobalamin_allergy,
    }
)


def read_allergy(state: ReaderState, path: ElementPath, allergy: AllergyIntolerance) -> None:
    """Read an allergy by its code and by the substances of its reactions.

    One that was refuted or entered in error never counts.
    """
    coded = [allergy.code, allergy.substance]
    for reaction in allergy.reaction or ():
        if is_filled(reaction.modifierExtension):
            state.note(Issue.modifier_not_known, path.element("reaction.modifierExtension"))
            note_unread_allergy(state, path, allergy)
        else:
            coded.append(reaction.substance)
    meanings = [read_code(state, path, concept) for concept in coded]
    codes = {m.allergy for m in meanings if m is not None and m.allergy is not None}
    if not codes:
        _note_without_fact(state, path, allergy, has_known=any(meanings))
        return
    if _never_was(allergy):
        where = path.element("verificationStatus")
        state.note_once(Issue.not_established, where, ", ".join(sorted(codes)))
        return
    note_unknown_statuses(state, path, allergy)
    for concept in coded:
        note_denial(state, path.element("code"), concept)
    active = not _is_over(allergy)
    for code in sorted(codes):
        state.history.append(
            HistoryFact(
                code=code,
                active=active,
                reference=reference_of("AllergyIntolerance", allergy.id, path),
            )
        )


def _never_was(allergy: AllergyIntolerance) -> bool:
    return first_code(allergy.verificationStatus) in NEVER_WAS


def _is_over(allergy: AllergyIntolerance) -> bool:
    return first_code(allergy.clinicalStatus) in OVER


def _note_without_fact(
    state: ReaderState, path: ElementPath, allergy: AllergyIntolerance, *, has_known: bool
) -> None:
    """Count an allergy without a known code, and warn of one that may be to vitamin B12."""
    concepts = substances_of(allergy)
    first = next((concept for concept in concepts if concept is not None), None)
    names = tuple(names_of(concepts))
    where = path.element("code")
    if not has_known:
        note_not_known(state, where, first, ALLERGY_NAMES, names)
    else:
        _count_unknown_substances(state, where, concepts)
    if has_known and _is_named(concepts):
        text = "its text names vitamin B12 or cobalt, its code does not; it was not read"
        state.note_once(Issue.free_text, where, "allergy", text, "warning")
    note_unread_allergy(state, path, allergy)


def _count_unknown_substances(
    state: ReaderState, where: str, concepts: Iterable[CodeableConcept | None]
) -> None:
    """Count each substance that has a code, and none that is known, beside one that is."""
    for concept in concepts:
        if codes_of(concept) and not is_known(state.codes, concept):
            issue, system = why_not_known(state, concept)
            state.count_unknown(issue, system, where)


def note_unread_allergy(state: ReaderState, path: ElementPath, allergy: AllergyIntolerance) -> None:
    """Where an allergy that is not used may be one to vitamin B12, the list is not known.

    One that was refuted, entered in error or is over bars nothing, as if it had been read.
    """
    if _never_was(allergy) or _is_over(allergy):
        return
    concepts = substances_of(allergy)
    meanings = [read_code(state, path, concept) for concept in concepts]
    if _is_named(concepts) or any(m is not None and m.allergy in BARRING for m in meanings):
        state.unread_allergy = True
        state.incomplete.add(ALLERGIES)


def _is_named(concepts: Iterable[CodeableConcept | None]) -> bool:
    return name_of(None, (NameKind.allergy,), names_of(concepts)) is not None


def substances_of(allergy: AllergyIntolerance) -> tuple[CodeableConcept | None, ...]:
    """How the substance of an allergy is named, also by its reactions."""
    reactions = (reaction.substance for reaction in allergy.reaction or ())
    return (allergy.code, allergy.substance, *reactions)
