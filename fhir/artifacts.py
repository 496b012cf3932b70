"""The knowledge of a profile as FHIR R4 artifacts: plan, activities, library, sets and maps.

Everything is a draft, and experimental while no clinician has signed it. The conditions of steps
are code, so an action says them in words. Resources come in one order, the same from run to run.
"""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from cobalamin.fhir.terminology import BASE, MEANS, VOCABULARIES, terminology
from cobalamin.fhir.writer import Json, samples
from cobalamin.service.knowledge.code_meanings import Codes, CodeTable
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.knowledge.project_codes import PROJECT
from cobalamin.service.knowledge.review.groups import all_members, load_groups
from cobalamin.service.knowledge.review.steps import StepReview, load_step_reviews
from cobalamin.service.rules.model.parameter import Parameter
from cobalamin.service.rules.model.vocabulary import Feature
from cobalamin.service.rules.plan.pathway import PATHWAY, STEPS_BY_ID

FEATURES = frozenset(map(str, Feature))
LIBRARY_TYPE = "http://terminology.hl7.org/CodeSystem/library-type"
PLAN_TYPE = "http://terminology.hl7.org/CodeSystem/plan-definition-type"
KINDS = ("MedicationRequest", "ServiceRequest")


def to_bundle(profile: Profile) -> Json:
    """Every artifact of a profile in one collection."""
    facts, version = profile.wording.facts, profile.knowledge.version
    resources = chain(
        (_plan(profile), _library(profile)),
        _activities(profile),
        _group_sets(profile),
        _concept_maps(profile),
        terminology(profile.codes, facts, version),
    )
    entry = [{"fullUrl": resource["url"], "resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entry}


def _about(kind: str, code: str, title: str, profile: Profile) -> Json:
    knowledge = profile.knowledge
    identity = f"{knowledge.profile}-{code}".replace("_", "-")
    return {
        "resourceType": kind,
        "id": identity,
        "url": f"{BASE}/{kind}/{identity}",
        "version": knowledge.version,
        "name": _name(identity),
        "title": title,
        "status": "draft",
        "experimental": not profile.signed.signatures,
        "publisher": "Cobalamin",
    }


def _name(identity: str) -> str:
    return "Cobalamin" + "".join(part.title() for part in identity.split("-"))


def _coded(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}


def _plan(profile: Profile) -> Json:
    """The pathway: one action a step, in the order that counts."""
    reviews = load_step_reviews()
    steps = [step.id for step in (*PATHWAY, STEPS_BY_ID["R1"])]
    return {
        **_about("PlanDefinition", "pathway", f"Pathway of {profile.knowledge.profile}", profile),
        "type": _coded(PLAN_TYPE, "clinical-protocol"),
        "description": "The first action whose condition holds is the plan; R1 overrides any.",
        "library": [f"{BASE}/Library/{profile.knowledge.profile}-knowledge"],
        "action": [_action(profile, code, reviews[code]) for code in steps],
    }


def _action(profile: Profile, code: str, review: StepReview) -> Json:
    words = profile.wording
    cited = [_citation(profile, one.source, one.says) for one in review.basis]
    return {
        "id": code,
        "title": words.rungs[code].title,
        "description": f"{review.asks} {words.pages.comes_when[code]}",
        "textEquivalent": words.rungs[code].default.replace("{when}", words.pages.when),
        "documentation": cited,
    }


def _citation(profile: Profile, source: str, label: str) -> Json:
    citation = profile.wording.sources[source]
    address = {"url": citation.url} if citation.url else {}
    return {"type": "citation", "label": label, "citation": citation.title, **address}


def _library(profile: Profile) -> Json:
    """The numbers of the profile as JSON, and every source."""
    names = profile.knowledge.thresholds.__struct_fields__
    numbers = {name: _number(getattr(profile.knowledge.thresholds, name)) for name in names}
    data = json.dumps(numbers, ensure_ascii=False, sort_keys=True).encode()
    sources = [_citation(profile, one.id, one.short) for one in profile.wording.sources.values()]
    return {
        **_about("Library", "knowledge", f"Numbers of {profile.knowledge.profile}", profile),
        "type": _coded(LIBRARY_TYPE, "asset-collection"),
        "relatedArtifact": sources,
        "content": [
            {"contentType": "application/json", "data": base64.b64encode(data).decode("ascii")}
        ],
    }


def _number(limit: Parameter) -> Json:
    return {
        "label": limit.label,
        "value": _values(limit),
        "bound": limit.bound.value,
        "source": limit.source,
        "locator": limit.locator,
        "verification": limit.verification.value,
    }


def _values(limit: Parameter) -> Json:
    return {unit: str(value) for unit, value in limit.value.items()}


def _activities(profile: Profile) -> Iterator[Json]:
    """What may be suggested, each as the order that would be drafted."""
    first: dict[str, Json] = {}
    for code, draft in samples(profile.wording):
        if draft["resourceType"] in KINDS:
            first.setdefault(code, draft)
    for code, draft in sorted(first.items()):
        yield {
            **_about("ActivityDefinition", code, profile.wording.labels[code], profile),
            "relatedArtifact": [_citation(profile, profile.wording.advice(code).source, "source")],
            "kind": draft["resourceType"],
            "intent": "proposal",
            **_ordered(draft),
        }


def _ordered(draft: Json) -> Json:
    """The product with its dosage, or the code of what is asked for."""
    renamed = {
        "medicationCodeableConcept": "productCodeableConcept",
        "dosageInstruction": "dosage",
        "code": "code",
    }
    return {new: draft[old] for old, new in renamed.items() if old in draft}


def _group_sets(profile: Profile) -> Iterator[Json]:
    """Who counts as what, by the project's own codes."""
    groups = load_groups()
    for name, group in groups.items():
        members = all_members(groups, name)
        yield {
            **_about("ValueSet", f"group-{name}", group.title, profile),
            "description": group.counts_as,
            "compose": {"include": list(_includes(members, profile.wording.facts))},
        }


def _includes(members: Iterable[str], words: Mapping[str, str]) -> Iterator[Json]:
    by_vocabulary: dict[str, list[Json]] = {}
    for code in members:
        name = "feature" if code in FEATURES else "history"
        by_vocabulary.setdefault(name, []).append({"code": code, "display": words[code]})
    for name, concepts in by_vocabulary.items():
        yield {"system": f"{PROJECT}{name}", "concept": concepts}


def _concept_maps(profile: Profile) -> Iterator[Json]:
    """What each published code is read as; products are left out, as in the value sets."""
    for name in VOCABULARIES:
        groups = [group for group in _mapped(profile.codes, name) if group["element"]]
        yield {
            **_about("ConceptMap", f"to-{name}", f"Codes that are read as {name}", profile),
            "targetUri": f"{BASE}/ValueSet/{name}",
            "group": groups,
        }


def _mapped(codes: Codes, name: str) -> Iterator[Json]:
    for url, table in codes.systems.items():
        if not table.aliased and table.url == url and not url.startswith(PROJECT):
            elements = list(_elements(table, name))
            yield {"source": url, "target": f"{PROJECT}{name}", "element": elements}


def _elements(table: CodeTable, name: str) -> Iterator[Json]:
    for code, meaning in sorted(table.exact.items()):
        if MEANS[name](meaning):
            several = {"feature": meaning.features, "history": meaning.history}
            targets = several.get(name, (meaning.analyte,))
            related = [{"code": str(one), "equivalence": "relatedto"} for one in targets]
            yield {"code": code, "display": meaning.display, "target": related}
