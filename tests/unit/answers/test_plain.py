"""The JSON of the laboratory API: every member is there, and no digit is lost."""

import json
from decimal import Decimal
from typing import Any

import msgspec
from msgspec.structs import replace

from assessments import a_cause, a_result, an_assessment, because_of_b12, get_profile, some_facts
from cobalamin.service.answers.plain import encode, to_plain
from cobalamin.service.rules.model.assessment import (
    Assessment,
    Because,
    NeuropathyFinding,
    Tier,
    Unknown,
)
from cobalamin.service.rules.model.dates import read_when
from cobalamin.service.rules.model.facts import (
    FeatureFact,
    Finding,
    Flag,
    HistoryFact,
    Note,
    Result,
)
from cobalamin.service.rules.model.quantities import Comparator, Quantity
from cobalamin.service.rules.model.vocabulary import Analyte, BodySite, Feature, History

MEMBERS = [
    "outcome",
    "reasons",
    "subject",
    "asOf",
    "profile",
    "knowledge",
    "findings",
    "sources",
    "plan",
    "unknowns",
    "notes",
    "comment",
    "workList",
    "reflex",
    "cards",
]


def plain_of(assessment: Assessment | None = None, **parts: Any) -> dict[str, Any]:  # noqa: ANN401
    """The answer as a client reads it, numbers as decimals."""
    made = to_plain(assessment or an_assessment(**parts), get_profile(), [])
    read: dict[str, Any] = json.loads(encode(made), parse_float=Decimal)
    return read


def test_every_member_is_always_there() -> None:
    answer = plain_of()
    assert list(answer) == MEMBERS
    assert list(answer["findings"]) == [
        "b12Status",
        "anaemia",
        "neuropathy",
        "causes",
        "confounders",
    ]
    plan = ["rung", "route", "urgency", "suggestions", "cautions", "expectations"]
    assert list(answer["plan"]) == plan
    assert answer["subject"] == "Patient/p1"
    assert answer["asOf"] == "2026-11-20"
    assert list(answer["comment"]) == ["code", "text", "authorisation"]
    assert answer["workList"] is None
    assert answer["knowledge"]["site"] is None
    assert answer["plan"]["urgency"] == "soon"


def test_without_a_patient_the_subject_is_null_and_nothing_is_drafted() -> None:
    answer = plain_of(facts=some_facts(id=None))
    assert answer["subject"] is None
    assert all("resource" not in s for s in answer["plan"]["suggestions"])


def test_a_reason_names_fact_parameter_and_citation() -> None:
    (because,) = plain_of()["findings"]["b12Status"]["because"]
    assert because == {
        "fact": "b12_total",
        "analyte": "b12_total",
        "value": 98,
        "unit": "pg/mL",
        "date": "2026-11-02",
        "reference": "Observation/1",
        "parameter": {
            "id": "b12_total_deficient",
            "value": 180,
            "unit": "pg/mL",
            "bound": "exclusive",
            "verification": "secondary",
            "label": "Total B12 below which deficiency is confirmed",
            "locator": "table of thresholds, total B12",
        },
        "citation": "nice-ng239",
    }


def test_a_reported_number_keeps_its_digits() -> None:
    result = a_result("3.10", comparator=Comparator.below)
    made = to_plain(an_assessment(because=(because_of_b12(result),)), get_profile(), [])
    assert b'"value":3.10,' in encode(made)
    (because,) = plain_of(because=(because_of_b12(result),))["findings"]["b12Status"]["because"]
    assert str(because["value"]) == "3.10"
    assert because["comparator"] == "<"


def test_symptoms_history_and_findings_are_reasons_too() -> None:
    feature = FeatureFact(
        code=Feature.numbness,
        present=False,
        objective=True,
        onset=read_when("2026-08"),
        site=BodySite.hands,
        reference="Observation/2",
    )
    answer = plain_of(
        neuropathy=NeuropathyFinding(
            tier=Tier.n1, because=(Because(fact=feature.code, evidence=feature),)
        ),
        causes=(a_cause(History.metformin),),
        because=(
            Because(
                fact=Analyte.intrinsic_factor_antibody,
                evidence=Result(
                    analyte=Analyte.intrinsic_factor_antibody,
                    on=read_when("2026"),
                    finding=Finding.positive,
                ),
                citation="nice-ng239",
            ),
            Because(
                fact=Analyte.mma,
                evidence=Result(analyte=Analyte.mma, on=read_when("2026-11"), flag=Flag.high),
                own_limit=True,
            ),
        ),
    )
    antibody, flagged = answer["findings"]["b12Status"]["because"]
    assert antibody["value"] == "positive"
    assert antibody["date"] == "2026"
    assert flagged["interpretation"] == "high"
    assert flagged["ownLimit"] is True
    assert answer["findings"]["neuropathy"]["because"] == [
        {
            "fact": "numbness",
            "feature": "numbness",
            "present": False,
            "objective": True,
            "onset": "2026-08",
            "bodySite": "hands",
            "reference": "Observation/2",
        }
    ]
    (cause,) = answer["findings"]["causes"]
    assert cause["code"] == "metformin"
    assert cause["because"][0]["active"] is True


def test_a_dose_and_a_limit_of_the_report_are_shown_with_unit() -> None:
    medicine = HistoryFact(
        code=History.folic_acid,
        since=read_when("2026-01-01"),
        dose=Quantity(value=Decimal("5.0"), unit="mg/d"),
    )
    mma = Because(
        fact=Analyte.mma,
        evidence=a_result("0.5", "umol/L", analyte=Analyte.mma),
        limit=Quantity(value=Decimal("0.40"), unit="umol/L"),
        own_limit=True,
    )
    dose, limit = plain_of(because=(Because(fact=medicine.code, evidence=medicine), mma))[
        "findings"
    ]["b12Status"]["because"]
    assert dose["dose"] == {"value": Decimal("5.0"), "unit": "mg/d"}
    assert limit["limit"] == {"value": Decimal("0.40"), "unit": "umol/L"}
    assert "parameter" not in limit


def test_suggestions_carry_kind_label_and_draft() -> None:
    answer = plain_of(suggestions=("im-loading-standard", "hold-folic-acid"))
    loading, hold = answer["plan"]["suggestions"]
    assert loading["kind"] == "medication"
    assert loading["recommended"] is True
    assert loading["label"] == "Hydroxocobalamin 1 mg IM 3 times a week for 2 weeks"
    assert loading["resource"]["resourceType"] == "MedicationRequest"
    assert hold["recommended"] is False
    assert "resource" not in hold


def test_unknowns_and_notes_say_what_and_where() -> None:
    note = Note(code="unit-not-read", where="Bundle.entry[3]", text="the unit is not read")
    answer = plain_of(
        unknowns=(Unknown(fact="mma", would_decide="b12Status"), Unknown(fact="folate_serum")),
        notes=(note,),
        cautions=("pseudo-tma",),
    )
    assert answer["unknowns"] == [
        {
            "fact": "mma",
            "wouldDecide": "b12Status",
            "text": "Methylmalonic acid (MMA): not on record; it could change the interpretation.",
        },
        {
            "fact": "folate_serum",
            "wouldDecide": None,
            "text": "Serum folate: not on record; the answer rests on that.",
        },
    ]
    assert answer["notes"] == [
        {
            "severity": "warning",
            "where": "Bundle.entry[3]",
            "code": "unit-not-read",
            "text": "the unit is not read",
        }
    ]
    assert answer["plan"]["cautions"][0]["text"].startswith("Anaemia, low platelets")


def test_an_age_as_a_fact_needs_no_evidence() -> None:
    assert plain_of(because=(Because(fact="age"),))["findings"]["b12Status"]["because"] == [
        {"fact": "age"}
    ]


def test_the_same_assessment_gives_the_same_bytes() -> None:
    one = an_assessment(causes=(a_cause(History.metformin),))
    again = replace(one)
    assert encode(to_plain(one, get_profile(), [])) == encode(to_plain(again, get_profile(), []))
    assert msgspec.json.decode(encode(to_plain(one, get_profile(), [])))
