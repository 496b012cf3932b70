"""What may make a marker read wrongly in this patient."""

from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.evidence.groups import load_group
from cobalamin.service.rules.evidence.recency import current, current_antibody
from cobalamin.service.rules.findings.b12_status import (
    is_functional_by_markers,
    is_functional_by_nitrous_oxide,
)
from cobalamin.service.rules.findings.causes import is_sampled_after_injection
from cobalamin.service.rules.findings.kidney import Kidney, because_of_kidney, kidney
from cobalamin.service.rules.findings.markers import because_of_b12, folate_is_low, is_discordant
from cobalamin.service.rules.findings.treatment import because_of_treatment, is_replaced
from cobalamin.service.rules.model.assessment import Because, CodedFinding
from cobalamin.service.rules.model.vocabulary import Analyte as A

RECORDED = load_group("confounders")


def confounders(case: Case) -> tuple[CodedFinding, ...]:
    """Every confounder that is recorded or was found, in a fixed order."""
    findings: list[CodedFinding] = []
    if kidney(case) in (Kidney.reduced, Kidney.severe):
        findings.append(
            CodedFinding(code="reduced-kidney-function", because=because_of_kidney(case))
        )
    if case.is_pregnant:
        findings.append(CodedFinding(code="pregnancy"))
    if is_replaced(case):
        findings.append(CodedFinding(code="recent-treatment", because=because_of_treatment(case)))
    if is_functional_by_markers(case) and not is_functional_by_nitrous_oxide(case):
        findings.append(CodedFinding(code="antibody-interference", because=because_of_b12(case)))
    if is_discordant(case):
        findings.append(CodedFinding(code="discordant-markers", because=because_of_b12(case)))
    antibody = current_antibody(case)
    if antibody is not None and is_sampled_after_injection(case, antibody):
        source = case.thresholds.antibody_after_injection.source
        sampled = Because(fact=antibody.analyte, evidence=antibody, citation=source)
        findings.append(CodedFinding(code="antibody-after-injection", because=(sampled,)))
    if folate_is_low(case):
        folate = current(case, A.folate_serum) or current(case, A.folate_rbc)
        results = (folate,) if folate is not None else ()
        because = tuple(Because(fact=result.analyte, evidence=result) for result in results)
        findings.append(CodedFinding(code="folate-deficiency", because=because))
    findings.extend(
        CodedFinding(
            code=fact.code.replace("_", "-"), because=(Because(fact=fact.code, evidence=fact),)
        )
        for fact in case.active_history(RECORDED)
    )
    return tuple(findings)
