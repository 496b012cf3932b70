"""Map codings to their meaning for the rules."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.reader_state import ElementPath, ReaderState
from cobalamin.fhir.decode.resources import (
    CONCEPT,
    CONCEPTS,
    DECODE_ERRORS,
    CodeableConcept,
    CodingElement,
)
from cobalamin.service.knowledge.code_meanings import Codes, Meaning
from cobalamin.service.knowledge.names import (
    NamedThing,
    NameKind,
    find_name,
    is_denied,
    labels_in,
    names_another,
)
from cobalamin.service.rules.model.vocabulary import Analyte

LOINC = "http://loinc.org"
HL7 = "hl7.org/"
# What a wrong label of could harm most.
DECIDING = frozenset({Analyte.b12_total, Analyte.b12_active, Analyte.mma, Analyte.homocysteine})


def read_code(
    state: ReaderState, path: ElementPath, coded: CodeableConcept | None
) -> Meaning | None:
    """The meaning of a concept; None for a code that is not known."""
    if coded is None or not coded.coding:
        return None
    codings = coded.coding
    if len(codings) == 1:
        return _one(state, path, codings[0])
    return _agreed(state, path, codings)


def read_listed_code(
    state: ReaderState,
    path: ElementPath,
    coded: CodeableConcept | None,
    kinds: Iterable[NameKind],
    element: str = "code",
    other_names: Iterable[str] = (),
) -> Meaning | None:
    """The meaning of the code of an entry; one that is not known is counted, and never silent."""
    meaning = read_code(state, path, coded)
    if meaning is None:
        note_not_known(state, path.element(element), coded, kinds, other_names)
    return meaning


def note_not_known(
    state: ReaderState,
    where: str,
    coded: CodeableConcept | None,
    kinds: Iterable[NameKind],
    other_names: Iterable[str] = (),
) -> NamedThing | None:
    """Count an entry whose codes are not known, and warn where it names something that matters.

    A named result is refused; of anything else that is named, the list is not known.
    """
    issue, system = why_not_known(state, coded)
    state.count_unknown(issue, system, where)
    named = name_of(coded, kinds, other_names)
    if named is None:
        return None
    text = f"names {named.label}, by no code that is known; it was not read"
    if named.analyte is not None:
        state.refuse(named.analyte, issue, where, text)
    else:
        state.incomplete.add(state.list_name)
        if (issue, named.label) not in state.noted:
            state.noted.add((issue, named.label))
            state.note(issue, where, text, "warning")
    return named


def is_known(codes: Codes, coded: CodeableConcept | None) -> bool:
    """Whether any coding of a concept is known."""
    codings = () if coded is None else coded.coding or ()
    return any(codes.find(coding.system, coding.code) is not None for coding in codings)


def unknown_parts(
    codes: Codes, concepts: Sequence[CodeableConcept | None]
) -> list[CodeableConcept]:
    """What of a product is not known: of its own code, which comes first, and its ingredients.

    Nothing where the code of the product is known, or all ingredients are; all of it as one where
    neither the product nor any ingredient is known.
    """
    product, *ingredients = concepts
    if is_known(codes, product):
        return []
    unknown = [one for one in ingredients if not is_known(codes, one)]
    if len(unknown) == len(ingredients):
        return [_merged(concepts)]
    return [one or CodeableConcept() for one in unknown]


def _merged(concepts: Iterable[CodeableConcept | None]) -> CodeableConcept:
    """All codings together, and all texts."""
    present = [concept for concept in concepts if concept is not None]
    codings = [coding for concept in present for coding in concept.coding or ()]
    return CodeableConcept(codings, " ".join(concept.text for concept in present if concept.text))


def name_of(
    coded: CodeableConcept | None, kinds: Iterable[NameKind], other_names: Iterable[str] = ()
) -> NamedThing | None:
    """What that matters to the rules the displays and the text of a concept name."""
    names = (*names_of((coded,)), *other_names)
    matches = (find_name(kind, name) for kind in kinds for name in names)
    return next((match for match in matches if match is not None), None)


def is_named_otherwise(coded: CodeableConcept | None, analyte: Analyte) -> bool:
    """Whether a text or display calls the result something else than its code."""
    return any(names_another(text, analyte) for text in names_of((coded,)))


def is_measured_otherwise(method: msgspec.Raw, analyte: Analyte) -> bool:
    """Whether the method is one of active vitamin B12, and the result is called total."""
    if analyte is not Analyte.b12_total or not len(method):
        return False
    coded = read_coded(method)
    found = (find_name(NameKind.result, name) for name in (*names_of((coded,)), *codes_of(coded)))
    return any(named is not None and named.analyte is Analyte.b12_active for named in found)


def is_of_other_test(codes: Codes, coded: CodeableConcept | None, tests: Sequence[Analyte]) -> bool:
    """Whether a text names a result that is decided on, and no test of the order measures it."""
    named = name_of(_as_known(codes, coded), (NameKind.result,))
    if named is None or named.analyte not in DECIDING:
        return False
    levels = {Analyte.b12_total, Analyte.b12_active}
    wanted = levels if named.analyte in levels else {named.analyte}
    return wanted.isdisjoint(tests)


def contradicts_its_codes(codes: Codes, coded: CodeableConcept | None, kind: NameKind) -> bool:
    """Whether a text names something that matters, and no code that is known is of that."""
    known = _as_known(codes, coded)
    meanings = [codes.find(coding.system, coding.code) for coding in known.coding or ()]
    said = {label for text in names_of((known,)) for label in labels_in(kind, text)}
    meant = {label for m in meanings if m is not None for label in labels_in(kind, m.display)}
    return bool(meanings and said) and said.isdisjoint(meant)


def _as_known(codes: Codes, coded: CodeableConcept | None) -> CodeableConcept:
    """A concept with those of its codings alone that are known."""
    if coded is None:
        return CodeableConcept()
    known = [one for one in coded.coding or () if codes.find(one.system, one.code) is not None]
    return CodeableConcept(known, coded.text)


def names_of(concepts: Iterable[CodeableConcept | None]) -> Iterator[str]:
    """All texts and displays of several concepts."""
    for concept in concepts:
        if concept is not None:
            codings = concept.coding or ()
            yield from (t for t in (concept.text, *(c.display for c in codings)) if t)


def codes_of(coded: CodeableConcept | None) -> tuple[str, ...]:
    """The codes of a concept: those of a laboratory's own are often names, such as `VITB12`."""
    return tuple(c.code for c in (() if coded is None else coded.coding or ()) if c.code)


def why_not_known(state: ReaderState, coded: CodeableConcept | None) -> tuple[Issue, str]:
    """Why no code of a concept is known, and the system to name: one that is read comes first."""
    codings = () if coded is None else coded.coding or ()
    systems = [(c.system or "").strip() for c in codings if c.code and c.code.strip()]
    if not systems:
        has_text = any(names_of((coded,)))
        return (Issue.free_text if has_text else Issue.code_missing), ""
    table = next((t for s in systems if s and (t := state.codes.find_system(s))), None)
    if table is not None:
        return Issue.code_not_known, table.url
    system = next((system for system in systems if system), "")
    return (Issue.code_system_not_read if system else Issue.system_missing), system


def _one(state: ReaderState, path: ElementPath, coding: CodingElement) -> Meaning | None:
    system, code = coding.system, coding.code
    if not code:
        return None
    table = state.codes.find_table(system, code)
    meaning = None if table is None else table.find(code)
    if meaning is None or table is None:
        return _of_loinc(state.codes, system, code)
    if table is not state.codes.find_system(system):
        state.note_once(Issue.system_of_another, path.element("code.coding"), table.url)
    elif table.aliased:
        state.note_once(Issue.system_alias, path.element("code.coding"), table.url)
    return meaning


def _of_loinc(codes: Codes, system: str | None, code: str) -> Meaning | None:
    """A LOINC code under another system, or under none, is refused by its analyte, not guessed."""
    meaning = codes.find(LOINC, code)
    if meaning is None or meaning.analyte is None:
        return None
    issue = Issue.system_missing
    if system and system.strip():
        is_read = codes.find_system(system) is not None
        issue = Issue.code_not_known if is_read else Issue.code_system_not_read
    return Meaning(display=meaning.display, analyte=meaning.analyte, refused=issue.value.text)


def _agreed(state: ReaderState, path: ElementPath, codings: list[CodingElement]) -> Meaning | None:
    """The meaning that all known codings share; refused codes beside a usable one are ignored."""
    meanings = [m for m in (_one(state, path, coding) for coding in codings) if m is not None]
    usable = [m for m in meanings if m.refused is None and m.unread is None] or meanings
    if not usable:
        return None
    first = usable[0]
    if any(m.analyte is not first.analyte for m in usable):
        return Meaning(
            display=first.display,
            analyte=first.analyte or next(m.analyte for m in usable if m.analyte),
            refused=Issue.codes_disagree.value.text,
        )
    return first if len(usable) == 1 or first.units is None else _widened(first, usable)


def _widened(first: Meaning, usable: list[Meaning]) -> Meaning:
    """Codings of one analyte with different kinds of quantity accept the units of both."""
    return first if all(m.units == first.units for m in usable) else _any_unit(first)


def _any_unit(meaning: Meaning) -> Meaning:
    return Meaning(display=meaning.display, analyte=meaning.analyte)


def read_coded(raw: msgspec.Raw) -> CodeableConcept | None:
    """Decode a CodeableConcept, or the only one of a list; None if malformed."""
    try:
        if bytes(raw)[:1] == b"[":
            several = CONCEPTS.decode(raw)
            return several[0] if len(several) == 1 else None
        return CONCEPT.decode(raw)
    except DECODE_ERRORS:
        return None


def _is_local(coding: CodingElement) -> bool:
    """Whether a coding is of another system than those of HL7, which come first."""
    return HL7 not in (coding.system or "")


def first_code(raw: msgspec.Raw) -> str | None:
    """The first code of HL7 that a status has, else of any system, else how it is called.

    Older FHIR versions have a string.
    """
    if not len(raw):
        return None
    try:
        if bytes(raw)[:1] == b'"':
            return bytes(raw).decode().strip('"').lower()
        coded = CONCEPT.decode(raw)
    except DECODE_ERRORS:
        return None
    codings = [c for c in coded.coding or () if c.code]
    codes = (c.code for c in sorted(codings, key=_is_local))
    spelled = next(codes, None) or next(names_of((coded,)), None)
    return None if spelled is None else "-".join(spelled.lower().split())


def note_denial(state: ReaderState, where: str, coded: CodeableConcept | None) -> None:
    """Say so where a text or display of a known code denies or doubts it, before or behind."""
    if any(is_denied(name) for name in names_of((coded,))):
        state.note_once(Issue.text_contradicts, where, where)
