"""Qualitative results: coded, as text, or by the interpretation of the laboratory."""

import msgspec

from cobalamin.fhir.decode.resources import CONCEPT, CONCEPTS, DECODE_ERRORS, TEXT, CodeableConcept
from cobalamin.service.knowledge.code_meanings import Codes
from cobalamin.service.rules.model.facts import Finding, Flag, ReferenceRange
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
_SAID_OF_ANTIBODIES = {Finding.present: Finding.positive, Finding.absent: Finding.negative}


def normalise_finding(analyte: Analyte, finding: Finding | None) -> Finding | None:
    """Antibodies are positive or negative, not present or absent."""
    if finding is None or analyte not in ANTIBODIES:
        return finding
    return _SAID_OF_ANTIBODIES.get(finding, finding)


def finding_from_concept(codes: Codes, coded: CodeableConcept | None) -> Finding | None:
    """The finding of a coded value if its codings agree; its text only without codings."""
    if coded is None:
        return None
    if not coded.coding:
        return None if coded.text is None else finding_from_text(codes, coded.text)
    findings = {codes.findings.get((c.system, c.code)) for c in coded.coding} - {None}
    return findings.pop() if len(findings) == 1 else None


def finding_from_text(codes: Codes, text: str) -> Finding | None:
    """The finding of a text from the closed list; other text is not interpreted."""
    return codes.words.get(" ".join(text.lower().split()))


def finding_from_json(codes: Codes, raw: msgspec.Raw) -> Finding | None:
    """The finding of a valueString."""
    try:
        return finding_from_text(codes, TEXT.decode(raw))
    except DECODE_ERRORS:
        return None


def read_interpretation(codes: Codes, raw: bytes) -> tuple[Flag | None, Finding | None]:
    """Flag and finding of an interpretation; contradictory codes give None."""
    try:
        several = CONCEPTS.decode(raw) if raw[:1] == b"[" else [CONCEPT.decode(raw)]
    except DECODE_ERRORS:
        return None, None
    codings = [(c.system, c.code) for coded in several for c in coded.coding or ()]
    flags = {codes.flags[coding] for coding in codings if coding in codes.flags}
    findings = {codes.findings[coding] for coding in codings if coding in codes.findings}
    return (
        flags.pop() if len(flags) == 1 else None,
        findings.pop() if len(findings) == 1 else None,
    )


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
