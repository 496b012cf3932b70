"""An assessment as the JSON of the laboratory API; every member is always there."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from cobalamin.fhir.writer import DraftWriter, Json
from cobalamin.service.answers.comment import to_comment, work_list_reason
from cobalamin.service.answers.comment_json import comment_json, reflex_json, work_list_json
from cobalamin.service.answers.drafts import draft_writer
from cobalamin.service.answers.follow_up_text import expectations
from cobalamin.service.answers.intervals import with_interval
from cobalamin.service.answers.muscle_text import muscle_line
from cobalamin.service.answers.phrases import evidence_of, unknown_text
from cobalamin.service.answers.reflex import offered_tests, reflex_tests
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.rules.model.assessment import (
    Assessment,
    Because,
    Checklists,
    CodedFinding,
    Evidence,
    Plan,
    Suggestion,
    Unknown,
)
from cobalamin.service.rules.model.facts import FeatureFact, HistoryFact, Note, Result
from cobalamin.service.rules.model.knowledge import Knowledge
from cobalamin.service.rules.model.quantities import Quantity

_encoder = msgspec.json.Encoder(decimal_format="number")


def encode(answer: object) -> bytes:
    """The JSON of an answer; decimal numbers keep the digits that were reported."""
    return _encoder.encode(answer)


def to_plain(
    assessment: Assessment,
    profile: Profile,
    cards: Sequence[Mapping[str, object]],
    *,
    encounter_id: str | None = None,
) -> Json:
    """The whole assessment, with the cards that a CDS Hooks client would get."""
    profile = with_interval(profile, assessment)
    wording = profile.wording
    return {
        "outcome": assessment.outcome.value,
        "reasons": reasons(assessment.reasons, wording),
        "subject": subject_of(assessment),
        "asOf": assessment.on.isoformat(),
        "profile": profile.knowledge.profile,
        "knowledge": version(profile.knowledge),
        "findings": findings_json(assessment, profile),
        "sources": sources_json(assessment, profile),
        "plan": _plan(assessment, wording, encounter_id),
        "unknowns": [unknown_json(unknown, wording) for unknown in assessment.unknowns],
        "notes": [note(item) for item in assessment.notes],
        "comment": comment_json(to_comment(assessment, profile)),
        "workList": work_list_json(work_list_reason(assessment), wording),
        "reflex": [
            reflex_json(test, wording) for test in offered_tests(reflex_tests(assessment, profile))
        ],
        "cards": cards,
    }


def reasons(codes: Iterable[str], wording: Wording) -> list[Json]:
    """Why the outcome is what it is."""
    return [{"code": code, "text": wording.reason(code)} for code in codes]


def version(knowledge: Knowledge) -> Json:
    """Which knowledge made the answer; `site` is null without a site file."""
    return {"version": knowledge.version, "hash": knowledge.hash, "site": knowledge.site}


def note(item: Note) -> Json:
    """One note about what was sent."""
    return {
        "severity": item.severity,
        "where": item.where,
        "code": item.code,
        "text": item.text,
    }


def subject_of(assessment: Assessment) -> str | None:
    """The reference to the patient, or None where no id was sent."""
    identity = assessment.facts.patient.id
    return None if identity is None else f"Patient/{identity.removeprefix('Patient/')}"


def sources_json(assessment: Assessment, profile: Profile) -> Json:
    """Every source that a finding, a list beside them or the plan cites, by its id."""
    plan, wording = assessment.plan, profile.wording
    keys = (
        *(because.citation for because in evidence_of(assessment)),
        *(wording.advice(suggestion.code).source for suggestion in plan.suggestions),
        *(wording.cautions[code].source for code in plan.cautions),
        *(expectation.source for expectation in expectations(assessment, wording)),
        *_sources_of_lists(assessment.checklists, profile.knowledge),
    )
    entries = (wording.sources[key] for key in dict.fromkeys(keys) if key is not None)
    return {
        source.id: _present({"title": source.title, "year": source.year, "url": source.url})
        for source in entries
    }


def _sources_of_lists(beside: Checklists, knowledge: Knowledge) -> Iterator[str]:
    if beside.muscle:
        yield from (row.source for row in knowledge.muscle)
    rows = {(row.of, row.code): row for row in knowledge.look_alikes}
    yield from (rows[one.of, one.code].source for one in beside.look_alikes)


def findings_json(assessment: Assessment, profile: Profile) -> Json:
    """Every finding with the results, limits and sources behind it."""
    knowledge = profile.knowledge
    status, blood, nerves = assessment.status, assessment.anaemia, assessment.neuropathy
    findings: Json = {
        "b12Status": {
            "value": status.value.value,
            "band": status.band.value,
            "because": _reasons(status.because),
            "earlier": [_present(_result(result)) for result in status.earlier],
            "supporting": [_present(_result(result)) for result in status.supporting],
        },
        "anaemia": {
            "value": blood.value.value,
            "cells": blood.cells.value,
            "megaloblastic": blood.megaloblastic.value,
            "because": _reasons(blood.because),
        },
        "neuropathy": {"tier": nerves.tier.value, "because": _reasons(nerves.because)},
        "causes": [_coded(finding) for finding in assessment.causes],
        "confounders": [_coded(finding) for finding in assessment.confounders],
    }
    beside = assessment.checklists
    if beside.muscle:
        line = muscle_line(assessment, profile.wording)
        findings["muscle"] = {"line": line, "tables": _muscle(beside, knowledge)}
    if beside.look_alikes:
        findings["lookAlikes"] = _look_alikes(beside, knowledge)
    return findings


def _look_alikes(beside: Checklists, knowledge: Knowledge) -> list[Json]:
    """Other causes of large cells or nerve symptoms, with what speaks for each."""
    rows = {(row.of, row.code): row for row in knowledge.look_alikes}
    return [
        {
            "of": look_alike.of,
            "code": look_alike.code,
            "text": rows[look_alike.of, look_alike.code].text,
            "for": list(look_alike.supporting),
            "tests": list(look_alike.tests),
            "citation": rows[look_alike.of, look_alike.code].source,
            "verification": rows[look_alike.of, look_alike.code].verification.value,
        }
        for look_alike in beside.look_alikes
    ]


def _muscle(beside: Checklists, knowledge: Knowledge) -> list[Json]:
    """Every cell of the comparison with what this record says for and against it."""
    return [
        {
            "table": row.table,
            "row": row.row,
            "column": row.column,
            "text": row.text,
            "for": list(cell.supporting),
            "against": list(cell.opposing),
            "citation": row.source,
            "verification": row.verification.value,
        }
        for row, cell in zip(knowledge.muscle, beside.muscle, strict=True)
    ]


def _coded(finding: CodedFinding) -> Json:
    return {"code": str(finding.code), "because": _reasons(finding.because)}


def _plan(assessment: Assessment, wording: Wording, encounter_id: str | None) -> Json:
    writer = draft_writer(
        assessment, wording, subject_id=assessment.facts.patient.id, encounter_id=encounter_id
    )
    return plan_json(assessment, wording, writer)


def plan_json(assessment: Assessment, wording: Wording, writer: DraftWriter | None = None) -> Json:
    """The whole plan; suggestions have their draft orders where there is a writer of them."""
    plan: Plan = assessment.plan
    return {
        "rung": plan.rung,
        "route": plan.route.value,
        "urgency": plan.urgency.name,
        "suggestions": [
            _suggestion(suggestion, wording, writer) for suggestion in plan.suggestions
        ],
        "cautions": [_caution(code, wording) for code in plan.cautions],
        "expectations": [
            {
                "text": expectation.text,
                "citation": expectation.source,
                "verification": expectation.verification.value,
            }
            for expectation in expectations(assessment, wording)
        ],
    }


def _caution(code: str, wording: Wording) -> Json:
    caution = wording.cautions[code]
    return {
        "code": code,
        "text": caution.text,
        "citation": caution.source,
        "verification": caution.verification.value,
    }


def _suggestion(suggestion: Suggestion, wording: Wording, writer: DraftWriter | None) -> Json:
    suggestion_json: Json = {
        "code": suggestion.code,
        "kind": wording.suggestions[suggestion.code].kind.value,
        "label": wording.labels[suggestion.code],
        "recommended": suggestion.recommended,
    }
    resource = None if writer is None else writer.write(suggestion.code)
    return suggestion_json if resource is None else {**suggestion_json, "resource": resource}


def unknown_json(unknown: Unknown, wording: Wording) -> Json:
    return {
        "fact": str(unknown.fact),
        "wouldDecide": unknown.would_decide,
        "text": unknown_text(wording, unknown),
    }


# --- reasons


def _reasons(items: Iterable[Because]) -> list[Json]:
    return [_because(item) for item in items]


def _because(item: Because) -> Json:
    because_json: Json = {"fact": str(item.fact)}
    if item.evidence is not None:
        because_json |= _evidence(item.evidence)
    if item.parameter is not None:
        because_json["parameter"] = _parameter(item)
    elif item.limit is not None:
        because_json["limit"] = _quantity(item.limit)
    if item.own_limit:
        because_json["ownLimit"] = True
    if item.citation is not None:
        because_json["citation"] = item.citation
    return because_json


def _parameter(item: Because) -> Json:
    parameter = item.parameter
    if parameter is None:
        return {}
    parameter_json: Json = {"id": parameter.id}
    if item.limit is not None:
        parameter_json |= _quantity(item.limit)
    verification = item.verification or parameter.verification
    return {
        **parameter_json,
        "bound": parameter.bound.value,
        "verification": verification.value,
        "label": parameter.label,
        "locator": parameter.locator,
    }


def _evidence(evidence: Evidence) -> Json:
    if isinstance(evidence, Result):
        return _present(_result(evidence))
    if isinstance(evidence, FeatureFact):
        return _present(_feature(evidence))
    return _present(_history(evidence))


def _present(members: Mapping[str, object]) -> Json:
    return {name: value for name, value in members.items() if value is not None}


def _result(result: Result) -> Json:
    result_json: Json = {"analyte": result.analyte.value}
    if result.quantity is not None:
        result_json |= _quantity(result.quantity)
    elif result.finding is not None:
        result_json["value"] = result.finding.value
    if result.flag is not None:
        result_json["interpretation"] = result.flag.value
    return {**result_json, "date": result.on.text, "reference": result.reference}


def _feature(feature: FeatureFact) -> Json:
    return {
        "feature": feature.code.value,
        "present": feature.present,
        "progressive": feature.progressive,
        "objective": feature.objective,
        "intermittent": feature.intermittent,
        "onset": None if feature.onset is None else feature.onset.text,
        "bodySite": None if feature.site is None else feature.site.value,
        "reference": feature.reference,
    }


def _history(fact: HistoryFact) -> Json:
    return {
        "history": fact.code.value,
        "active": fact.active,
        "since": None if fact.since is None else fact.since.text,
        "last": None if fact.last is None else fact.last.text,
        "dose": None if fact.dose is None else _quantity(fact.dose),
        "form": None if fact.form is None else fact.form.value,
        "reference": fact.reference,
    }


def _quantity(quantity: Quantity) -> Json:
    quantity_json: Json = {"value": quantity.value, "unit": quantity.unit}
    if quantity.comparator is not None:
        quantity_json["comparator"] = quantity.comparator.value
    return quantity_json
