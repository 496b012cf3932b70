"""Every shape in which an entry of a list may hold a code: of records, and of drafts of orders."""

from typing import Any

from fhir_builders import B12, a_code, a_resource, an_observation

Json = dict[str, Any]
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
SYMPTOM = "75325-1"
REQUEST = {"status": "active", "intent": "order"}
GIVEN = {"status": "completed", "effectiveDateTime": "2026-10-01"}
SUPPLIED = {"status": "completed", "whenHandedOver": "2026-10-01"}


def entries(concept: Json) -> dict[str, tuple[str, Json]]:
    """An entry of each shape, by its name, with the key of the prefetch that it is sent under."""
    return _observations(concept) | _others(concept) | _medicines(concept)


def _observations(concept: Json) -> dict[str, tuple[str, Json]]:
    coded = an_observation(code=concept)
    result = {name: member for name, member in coded.items() if name != "subject"}
    told = an_observation(
        id="s2", code=a_code(SYMPTOM), valueQuantity=None, valueCodeableConcept=concept
    )
    return {
        "Observation": ("labs", coded),
        "Observation.component": ("labs", an_observation(component=[{"code": concept}])),
        "Observation.contained": ("labs", an_observation(contained=[result])),
        "DiagnosticReport.contained": (
            "labs",
            a_resource("DiagnosticReport", status="final", code=a_code(B12), contained=[result]),
        ),
        "DiagnosticReport": ("labs", a_resource("DiagnosticReport", status="final", code=concept)),
        "symptom": ("symptoms", an_observation(code=concept, valueQuantity=None, id="s1")),
        "symptom by its value": ("symptoms", told),
    }


def _others(concept: Json) -> dict[str, tuple[str, Json]]:
    reaction = [{"substance": concept, "manifestation": [{"text": "rash"}]}]
    relative = {"status": "completed", "condition": [{"code": concept}]}
    return {
        "Condition": ("conditions", a_resource("Condition", code=concept)),
        "Procedure": ("procedures", a_resource("Procedure", status="completed", code=concept)),
        "AllergyIntolerance": ("allergies", a_resource("AllergyIntolerance", code=concept)),
        "AllergyIntolerance.substance": (
            "allergies",
            a_resource("AllergyIntolerance", substance=concept),
        ),
        "AllergyIntolerance.reaction": (
            "allergies",
            a_resource("AllergyIntolerance", reaction=reaction),
        ),
        "AllergyIntolerance.reaction beside a known code": (
            "allergies",
            a_resource("AllergyIntolerance", code=a_code("6809", RXNORM), reaction=reaction),
        ),
        "FamilyMemberHistory": ("family", a_resource("FamilyMemberHistory", **relative)),
    }


def _medicines(concept: Json) -> dict[str, tuple[str, Json]]:
    made = {
        kind: (key, a_resource(kind, **members, medicationCodeableConcept=concept))
        for kind, (key, members) in {
            "MedicationRequest": ("medications", REQUEST),
            "MedicationOrder": ("medications", REQUEST),
            "MedicationStatement": ("statements", {"status": "active"}),
            "MedicationUsage": ("statements", {"status": "active"}),
            "MedicationAdministration": ("administrations", GIVEN),
            "MedicationDispense": ("administrations", SUPPLIED),
        }.items()
    }
    return made | {
        f"MedicationRequest, {name}": (
            "medications",
            a_resource("MedicationRequest", **REQUEST, **named),
        )
        for name, named in namings(concept).items()
    }


def namings(concept: Json) -> dict[str, Json]:
    """Other ways in which a medicine may be named than by a code in place."""
    ingredient = [{"itemCodeableConcept": concept}]
    return {
        "contained": _contained({"code": concept}),
        "ingredient": _contained({"ingredient": ingredient}),
        "one of R5": {"medication": {"concept": concept}},
    }


def _contained(members: Json) -> Json:
    medication = {"resourceType": "Medication", "id": "m1", **members}
    return {"contained": [medication], "medicationReference": {"reference": "#m1"}}


def draft_orders(concept: Json) -> dict[str, Json]:
    """A draft of each type and shape that orders are looked at in."""
    draft = {"status": "draft"}
    medicines = (
        "MedicationRequest",
        "MedicationOrder",
        "MedicationStatement",
        "MedicationUsage",
        "MedicationDispense",
        "MedicationAdministration",
    )
    return {
        **{one: a_resource(one, **draft, medicationCodeableConcept=concept) for one in medicines},
        **{
            f"MedicationRequest, {name}": a_resource("MedicationRequest", **draft, **named)
            for name, named in namings(concept).items()
        },
        **{one: a_resource(one, **draft, code=concept) for one in TESTS},
        "DiagnosticOrder": a_resource("DiagnosticOrder", **draft, item=[{"code": concept}]),
        "ServiceRequest beside a known code": a_resource(
            "ServiceRequest", **draft, code=concept, item=[{"code": a_code(B12)}]
        ),
    }


TESTS = ("ServiceRequest", "ProcedureRequest")
