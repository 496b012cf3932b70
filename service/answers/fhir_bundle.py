"""An assessment as a FHIR R4 Bundle, after the mapping of CDS on FHIR.

GuidanceResponse says what became of the request, RequestGroup what is suggested, with the draft
resources beside it, RiskAssessment how far the nervous system is affected, DetectedIssue which
order could do harm, Parameters every finding by its code, OperationOutcome what was noted.
"""

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from cobalamin.fhir.writer import DraftWriter, Json
from cobalamin.service.answers.card_detail import advice_detail
from cobalamin.service.answers.card_suggestions import in_order
from cobalamin.service.answers.comment import to_comment, work_list_reason
from cobalamin.service.answers.drafts import draft_writer
from cobalamin.service.answers.evidence_text import recommended
from cobalamin.service.answers.headline import headline
from cobalamin.service.answers.intervals import with_interval
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.rules.model.assessment import Assessment, Outcome, Unknown, Urgency
from cobalamin.service.rules.model.vocabulary import Analyte

BASE = "https://cobalamin.org/fhir"
OPERATION = f"{BASE}/OperationDefinition/b12-assess"
CODES = f"{BASE}/CodeSystem"
PRIORITY = {Urgency.urgent: "asap", Urgency.soon: "urgent", Urgency.routine: "routine"}
SEVERITY = {"warning": "warning", "information": "information"}
_ANALYTES = frozenset(Analyte)


class _BundleBuilder(Struct, kw_only=True):
    """Collects the entries of one Bundle."""

    assessment: Assessment
    profile: Profile
    new_id: Callable[[], str]
    entries: list[Json]

    @property
    def wording(self) -> Wording:
        """The words of the profile."""
        return self.profile.wording

    @property
    def subject(self) -> Json:
        """The patient, as far as the request named one."""
        identity = self.assessment.facts.patient.id
        if identity is None:
            return {"display": self.wording.text.fhir.patient}
        return {"reference": f"Patient/{identity.removeprefix('Patient/')}"}

    def add(self, resource: Json) -> Json:
        """Adds a resource as an entry and returns a reference to it."""
        url = f"urn:uuid:{self.new_id()}"
        self.entries.append({"fullUrl": url, "resource": resource})
        return {"reference": url}


def to_bundle(assessment: Assessment, profile: Profile, new_id: Callable[[], str]) -> Json:
    """A collection whose first entry is the GuidanceResponse."""
    profile = with_interval(profile, assessment)
    builder = _BundleBuilder(assessment=assessment, profile=profile, new_id=new_id, entries=[])
    result = _request_group(builder) if assessment.outcome is Outcome.advice else None
    builder.add(_risk(builder))
    for code in assessment.plan.cautions:
        if builder.wording.cautions[code].interlock:
            builder.add(_issue(builder, code))
    findings = builder.add(_findings(builder))
    notes = builder.add(_notes(builder))
    builder.add(_response(builder, result, findings, notes))
    entries = [builder.entries[-1], *builder.entries[:-1]]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _coded(system: str, code: str, text: str) -> Json:
    return {"coding": [{"system": f"{CODES}/{system}", "code": code}], "text": text}


# --- what became of the request


def _response(builder: _BundleBuilder, result: Json | None, findings: Json, notes: Json) -> Json:
    assessment = builder.assessment
    response: Json = {
        "resourceType": "GuidanceResponse",
        "moduleUri": OPERATION,
        "status": _status(assessment),
        "subject": builder.subject,
        "occurrenceDateTime": assessment.on.isoformat(),
        "reasonCode": [
            _coded("reason", code, builder.wording.reason(code)) for code in assessment.reasons
        ],
        "note": [{"text": text} for text in _comments(builder)],
        "evaluationMessage": [notes],
        "outputParameters": findings,
        "result": result,
        "dataRequirement": [
            _requirement(unknown) for unknown in assessment.unknowns if unknown.fact in _ANALYTES
        ],
    }
    return {name: member for name, member in response.items() if member not in (None, [])}


def _status(assessment: Assessment) -> str:
    """More data are required where nothing could be assessed, requested where they could help."""
    if assessment.outcome is Outcome.not_assessable:
        return "data-required"
    return "data-requested" if assessment.unknowns else "success"


def _comments(builder: _BundleBuilder) -> Iterator[str]:
    comment = to_comment(builder.assessment, builder.profile)
    if comment is not None:
        yield comment.text


def _requirement(unknown: Unknown) -> Json:
    code = {"system": f"{CODES}/analyte", "code": unknown.fact}
    return {"type": "Observation", "codeFilter": [{"path": "code", "code": [code]}]}


# --- what is suggested


def _request_group(builder: _BundleBuilder) -> Json:
    """A reference to the group; its actions are the suggestions, in the order of a card."""
    assessment, wording = builder.assessment, builder.wording
    plan = assessment.plan
    writer = draft_writer(assessment, wording, subject_id=assessment.facts.patient.id)
    actions = [
        _action(builder, writer, suggestion.code) for suggestion in in_order(assessment, wording)
    ]
    group: Json = {
        "resourceType": "RequestGroup",
        "status": "draft",
        "intent": "proposal",
        "priority": PRIORITY[plan.urgency],
        "subject": builder.subject,
        "authoredOn": assessment.on.isoformat(),
        "instantiatesUri": [OPERATION],
        "action": [
            {
                "title": headline(assessment, wording),
                "description": advice_detail(assessment, builder.profile).as_text(),
                "priority": PRIORITY[plan.urgency],
                "code": [_coded("rung", plan.rung, wording.rungs[plan.rung].title)],
                "documentation": [
                    {"type": "justification", "display": line} for line in _sources(builder)
                ],
                "groupingBehavior": "logical-group",
                "selectionBehavior": "any",
                "action": actions,
            }
        ],
    }
    action = group["action"]
    if not actions and isinstance(action, list):
        del action[0]["action"], action[0]["selectionBehavior"], action[0]["groupingBehavior"]
        action[0]["resource"] = _task(builder, headline(assessment, wording))
    return builder.add(group)


def _sources(builder: _BundleBuilder) -> list[str]:
    """The sources of the recommended suggestions."""
    suggestions, version = builder.assessment.plan.suggestions, builder.profile.knowledge.version
    best = [suggestion.code for suggestion in suggestions if suggestion.recommended]
    return [line for code in best for line in recommended(builder.wording, code)] or [version]


def _action(builder: _BundleBuilder, writer: DraftWriter, code: str) -> Json:
    """One suggestion with its draft order; what cannot be ordered is a task (invariant rqg-1)."""
    wording = builder.wording
    action_json: Json = {
        "title": wording.labels[code],
        "code": [_coded("suggestion", code, wording.labels[code])],
    }
    resource = writer.write(code)
    if resource is None:
        action_json["resource"] = _task(builder, wording.labels[code])
    else:
        action_json["resource"] = builder.add(resource)
    return action_json


def _task(builder: _BundleBuilder, text: str) -> Json:
    """A reference to a draft task in words."""
    return builder.add(
        {
            "resourceType": "Task",
            "status": "draft",
            "intent": "proposal",
            "description": text,
            "for": builder.subject,
            "authoredOn": builder.assessment.on.isoformat(),
        }
    )


# --- nerves, harm, findings and notes


def _risk(builder: _BundleBuilder) -> Json:
    nerves = builder.assessment.neuropathy
    tier = builder.wording.terms.tier[nerves.tier]
    return {
        "resourceType": "RiskAssessment",
        "status": "final",
        "subject": builder.subject,
        "occurrenceDateTime": builder.assessment.on.isoformat(),
        "prediction": [
            {
                "outcome": {"text": builder.wording.text.fhir.nerves},
                "qualitativeRisk": _coded("tier", nerves.tier.value, tier),
            }
        ],
    }


def _issue(builder: _BundleBuilder, code: str) -> Json:
    caution = builder.wording.cautions[code]
    return {
        "resourceType": "DetectedIssue",
        "status": "preliminary",
        "code": _coded("caution", code, caution.text),
        "patient": builder.subject,
        "identifiedDateTime": builder.assessment.on.isoformat(),
        "detail": caution.text,
    }


def _findings(builder: _BundleBuilder) -> Json:
    """Every finding by its code, for programs that read the plain form's words."""
    assessment, plan = builder.assessment, builder.assessment.plan
    single = {
        "outcome": assessment.outcome.value,
        "b12Status": assessment.status.value.value,
        "band": assessment.status.band.value,
        "anaemia": assessment.anaemia.value.value,
        "cells": assessment.anaemia.cells.value,
        "megaloblastic": assessment.anaemia.megaloblastic.value,
        "tier": assessment.neuropathy.tier.value,
        "rung": plan.rung,
        "route": plan.route.value,
        "urgency": plan.urgency.name,
        "profile": builder.profile.knowledge.profile,
        "knowledge": builder.profile.knowledge.version,
        "knowledgeHash": builder.profile.knowledge.hash,
    }
    comment = to_comment(assessment, builder.profile)
    several: dict[str, list[str]] = {
        "cause": [str(finding.code) for finding in assessment.causes],
        "confounder": [str(finding.code) for finding in assessment.confounders],
        "suggestion": [suggestion.code for suggestion in plan.suggestions],
        "caution": list(plan.cautions),
        "unknown": [unknown.fact for unknown in assessment.unknowns],
        "comment": [] if comment is None else [comment.code],
        "authorisation": [] if comment is None else [comment.authorisation],
        "workList": [code for code in [work_list_reason(assessment)] if code is not None],
    }
    parameters: list[Json] = [{"name": name, "valueCode": code} for name, code in single.items()]
    parameters += [
        {"name": name, "valueCode": code} for name, codes in several.items() for code in codes
    ]
    return {"resourceType": "Parameters", "parameter": parameters}


def _notes(builder: _BundleBuilder) -> Json:
    """What was noted about the data; where nothing was, that the assessment was made."""
    issues: Iterable[Json] = [
        {
            "severity": SEVERITY[note.severity],
            "code": "processing" if note.severity == "warning" else "informational",
            "details": {"coding": [{"system": f"{CODES}/note", "code": note.code}]},
            "diagnostics": note.text,
            "expression": [note.where],
        }
        for note in builder.assessment.notes
    ]
    nothing = {
        "severity": "information",
        "code": "informational",
        "diagnostics": builder.wording.text.fhir.nothing_noted,
    }
    return {"resourceType": "OperationOutcome", "issue": list(issues) or [nothing]}
