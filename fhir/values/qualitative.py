"""Qualitative results: coded, as text, or by the interpretation of the laboratory."""

from collections.abc import Iterable

import msgspec

from cobalamin.fhir.decode.reader_state import Interpretation
from cobalamin.fhir.decode.resources import CONCEPT, CONCEPTS, DECODE_ERRORS, TEXT, CodeableConcept
from cobalamin.fhir.values.codings import names_of
from cobalamin.service.knowledge.code_meanings import Coded, Codes
from cobalamin.service.rules.model.facts import Finding, ReferenceRange
from cobalamin.service.rules.model.quantities import Quantity, is_above
from cobalamin.service.rules.model.vocabulary import Analyte

ANTIBODIES = frozenset(
    {
        Analyte.intrinsic_factor_antibody,
        Analyte.parietal_cell_antibody,
        Analyte.ttg_iga,
        Analyte.direct_antiglobulin,
        Analyte.h_pylori,
    }
)
FILMS = frozenset(
    {Analyte.hypersegmented_neutrophils, Analyte.macro_ovalocytes, Analyte.schistocytes}
)
QUALITATIVE = ANTIBODIES | FILMS
_EQUAL = {
    finding: pair
    for pair in ((Finding.present, Finding.positive), (Finding.absent, Finding.negative))
    for finding in pair
}
_SAID_OF_ANTIBODIES = {Finding.present: Finding.positive, Finding.absent: Finding.negative}


def normalise_finding(analyte: Analyte, finding: Finding | None) -> Finding | None:
    """Antibodies are positive or negative, not present or absent."""
    if finding is None or analyte not in ANTIBODIES:
        return finding
    return _SAID_OF_ANTIBODIES.get(finding, finding)


def finding_from_concept(codes: Codes, coded: CodeableConcept | None) -> Finding | None:
    """The finding of a coded value if its codings and names agree; by its text without codings."""
    if coded is None:
        return None
    if not coded.coding:
        return None if coded.text is None else finding_from_text(codes, coded.text)
    keys = ((c.system, c.code) for c in coded.coding)
    findings = {codes.findings[key] for key in keys if key in codes.findings}
    if len(findings) != 1:
        return None
    finding = findings.pop()
    said = (finding_from_text(codes, name) for name in names_of((coded,)))
    return (
        finding
        if all(one is None or one in _EQUAL.get(finding, (finding,)) for one in said)
        else None
    )


def finding_from_text(codes: Codes, text: str) -> Finding | None:
    """The finding of a text from the closed list; other text is not interpreted."""
    return codes.words.get(" ".join(text.lower().split()))


def finding_from_json(codes: Codes, raw: msgspec.Raw) -> Finding | None:
    """The finding of a valueString."""
    try:
        return finding_from_text(codes, TEXT.decode(raw))
    except DECODE_ERRORS:
        return None


def read_interpretation(codes: Codes, raw: bytes) -> Interpretation:
    """Flag and finding of an interpretation, and whether all of it is known."""
    try:
        several = CONCEPTS.decode(raw) if raw[:1] == b"[" else [CONCEPT.decode(raw)]
    except DECODE_ERRORS:
        return Interpretation(is_known=False)
    sent = [[(c.system, c.code) for c in coded.coding or ()] for coded in several]
    codings = [coding for concept in sent for coding in concept]
    flags = {codes.flags[coding] for coding in codings if coding in codes.flags}
    findings = {codes.findings[coding] for coding in codings if coding in codes.findings}
    return Interpretation(
        flag=flags.pop() if len(flags) == 1 else None,
        finding=findings.pop() if len(findings) == 1 else None,
        is_known=all(_is_known(codes, concept) for concept in sent)
        and max(len(flags), len(findings)) <= 1,
        has_failed=any(coding in codes.failures for coding in codings),
    )


def _is_known(codes: Codes, concept: Iterable[Coded]) -> bool:
    known = (codes.flags, codes.findings, codes.failures)
    return any(coding in table for coding in concept for table in known)


def finding_by_range(
    analyte: Analyte, quantity: Quantity, limits: ReferenceRange | None
) -> Finding | None:
    """An antibody above the upper reference limit is positive, else negative."""
    if analyte not in ANTIBODIES or limits is None or limits.high is None:
        return None
    above = is_above(quantity, limits.high)
    if above is None:
        return None
    return Finding.positive if above else Finding.negative
