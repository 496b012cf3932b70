"""Every draft of every profile is valid FHIR R4, within bounds, and fits the patient."""

from datetime import date
from itertools import combinations, product

import pytest

from assessments import PROFILES, an_assessment, get_profile, some_facts
from cobalamin.fhir.writer import DraftWriter, check_templates, samples, templates
from cobalamin.service.answers.drafts import draft_writer
from cobalamin.service.knowledge.diet import BARRED, diet_of, diet_text, foods_for
from cobalamin.service.rules.model.assessment import Urgency
from cobalamin.service.rules.model.facts import Facts, HistoryFact, Patient
from cobalamin.service.rules.model.vocabulary import History
from contract_checks import Json, check_order

TODAY = date(2026, 11, 20)
ALLERGIES = {
    History.food_allergy_fish: "fish",
    History.food_allergy_shellfish: "shellfish",
    History.food_allergy_milk: "milk",
    History.food_allergy_egg: "egg",
}
DEFICIENCY = {"system": "http://snomed.info/sct", "code": "190634004"}
ANIMAL_WORDS = (
    "clams",
    "liver,",
    "sardines",
    "salmon",
    "trout",
    "tuna",
    "lamb",
    "beef",
    "haddock",
    "milk 0",
    "yogurt",
    "cheese",
    "ham ",
    "egg,",
    "chicken",
    "turkey",
)


def a_draft(code: str, profile: str = "uk-nice", facts: Facts | None = None) -> Json:
    made = DraftWriter(
        get_profile(profile).wording, facts or some_facts(), on=TODAY, subject_id="p1"
    ).write(code)
    assert made is not None
    return made


def all_drafts(profile: str) -> list[tuple[str, Json]]:
    return list(samples(get_profile(profile).wording))


@pytest.mark.parametrize("profile", PROFILES)
def test_every_draft_is_valid_fhir(profile: str) -> None:
    made = all_drafts(profile)
    assert {code for code, _ in made} == set(templates(get_profile(profile).wording))
    for _, resource in made:
        check_order(resource, patient="example")
    assert check_templates(get_profile(profile)) == ()


def test_an_invalid_draft_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from cobalamin.fhir import writer  # noqa: PLC0415 - the module itself is changed

    monkeypatch.setattr(
        writer, "samples", lambda _: [("test-b12", {"resourceType": "ServiceRequest"})]
    )
    (problem,) = check_templates(get_profile())
    assert problem.startswith("test-b12: ")


@pytest.mark.parametrize("profile", PROFILES)
def test_every_medicine_has_a_text_and_a_code_and_a_dose_in_words(profile: str) -> None:
    for code, regimen in get_profile(profile).wording.regimens.items():
        made = a_draft(code, profile)
        concept = made["medicationCodeableConcept"]
        assert concept["text"] == regimen.product
        assert concept["coding"][0]["code"]
        for dosage in made["dosageInstruction"]:
            assert dosage["text"]
            assert dosage["route"]["text"] in {"Intramuscular", "Oral"}
            assert dosage["doseAndRate"]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("code", ["im-loading-standard", "im-loading-neurological"])
def test_a_loading_course_ends(profile: str, code: str) -> None:
    for dosage in a_draft(code, profile)["dosageInstruction"]:
        assert dosage["timing"]["repeat"]["boundsDuration"]["value"] > 0


def test_the_uk_loading_course_is_drafted_as_published() -> None:
    (dosage,) = a_draft("im-loading-standard")["dosageInstruction"]
    assert dosage["timing"]["repeat"] == {
        "boundsDuration": {
            "value": 2,
            "unit": "week",
            "system": "http://unitsofmeasure.org",
            "code": "wk",
        },
        "frequency": 3,
        "period": 1,
        "periodUnit": "wk",
    }
    assert dosage["doseAndRate"][0]["doseQuantity"]["value"] == 1
    assert dosage["doseAndRate"][0]["doseQuantity"]["code"] == "mg"


def test_the_us_loading_course_has_two_steps() -> None:
    daily, weekly = a_draft("im-loading-standard", "us-aafp")["dosageInstruction"]
    assert daily["timing"]["repeat"]["boundsDuration"]["value"] == 7
    assert weekly["sequence"] == 2
    assert weekly["timing"]["repeat"]["periodUnit"] == "wk"


def luhn(code: str) -> bool:
    """The mod-10 check digit of LOINC."""
    number, check = code.split("-")
    doubled = str(int("".join(c for c in number[::-1][::2])[::-1]) * 2)
    total = sum(map(int, doubled)) + sum(int(c) for c in number[::-1][1::2])
    return (10 - total % 10) % 10 == int(check)


def verhoeff(code: str) -> bool:
    """The check digit of SNOMED CT."""
    multiply = [[(i + j) % 5 if i < 5 and j < 5 else 0 for j in range(10)] for i in range(10)]
    for i, j in product(range(10), range(10)):
        low = (i + j) % 5 if i < 5 else (i - j) % 5
        multiply[i][j] = low + (5 if (i < 5) is not (j < 5) else 0)
    permute = [list(range(10)), [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]]
    for _ in range(6):
        permute.append([permute[-1][digit] for digit in permute[1]])
    check = 0
    for place, digit in enumerate(reversed(code)):
        check = multiply[check][permute[place % 8][int(digit)]]
    return check == 0


def test_the_check_digits_themselves_are_checked() -> None:
    assert luhn("2132-9")
    assert not luhn("14685-4")
    assert verhoeff("190634004")
    assert not verhoeff("82525002")


@pytest.mark.parametrize("profile", PROFILES)
def test_every_code_has_a_right_check_digit(profile: str) -> None:
    seen = set()
    for _, resource in all_drafts(profile):
        concepts = [resource.get("code"), resource.get("medicationCodeableConcept")]
        concepts += [dosage["route"] for dosage in resource.get("dosageInstruction", [])]
        for concept in concepts:
            for coding in (concept or {}).get("coding", []):
                seen.add((coding["system"], coding["code"]))
    loinc = {code for system, code in seen if system == "http://loinc.org"}
    snomed = {code for system, code in seen if system == "http://snomed.info/sct"}
    assert len(loinc) >= 10
    assert all(luhn(code) for code in loinc)
    assert len(snomed) >= 2
    assert all(verhoeff(code) for code in snomed)


def test_without_a_patient_or_a_template_there_is_no_draft() -> None:
    wording = get_profile().wording
    assert DraftWriter(wording, some_facts(), on=TODAY, subject_id=None).write("test-b12") is None
    assert (
        DraftWriter(wording, some_facts(), on=TODAY, subject_id="p1").write("stop-nitrous-oxide")
        is None
    )


@pytest.mark.parametrize(
    ("code", "on", "due"),
    [
        ("review-2-weeks", date(2026, 11, 20), "2026-12-04"),
        ("review-1-month", date(2026, 1, 31), "2026-02-28"),
        ("review-3-months", date(2026, 11, 30), "2027-02-28"),
    ],
)
def test_a_review_is_due_on_a_day(code: str, on: date, due: str) -> None:
    made = DraftWriter(get_profile().wording, some_facts(), on=on, subject_id="p1").write(code)
    assert made is not None
    assert made["occurrenceDateTime"] == due


@pytest.mark.parametrize(
    ("urgency", "priority"),
    [(Urgency.urgent, "asap"), (Urgency.soon, "urgent"), (Urgency.routine, "routine")],
)
def test_a_draft_is_as_urgent_as_its_plan_unless_it_waits(urgency: Urgency, priority: str) -> None:
    assessment = an_assessment(urgency=urgency)
    writer = draft_writer(assessment, get_profile().wording, subject_id="p1")
    today, later = writer.write("refer-same-day"), writer.write("review-3-months")
    assert today is not None
    assert today["priority"] == priority
    assert later is not None
    assert later["priority"] == "routine"


def test_a_draft_says_what_it_is_for() -> None:
    made = draft_writer(an_assessment(), get_profile().wording, subject_id="p1").write("test-mma")
    assert made is not None
    assert made["reasonCode"] == [
        {"text": "Deficiency with neurological findings", "coding": [DEFICIENCY]}
    ]
    assert made["reasonReference"] == [{"reference": "Observation/1"}]


# --- food


def test_no_combination_of_diet_allergy_and_pregnancy_offers_a_barred_food() -> None:
    wording = get_profile().wording
    for some in (*combinations(BARRED, 1), *combinations(BARRED, 2), *combinations(BARRED, 3)):
        diet = diet_of(some_facts(*some))
        offered = {part for food in foods_for(wording, diet) for part in food.contains}
        for fact in some:
            assert offered.isdisjoint(BARRED[fact]), some
        assert foods_for(wording, diet)


def test_a_vegan_is_offered_no_animal_food_and_told_what_to_do() -> None:
    text = diet_text(get_profile().wording, diet_of(some_facts(History.vegan_diet)))
    assert not [word for word in ANIMAL_WORDS if word in text]
    assert "fortified foods or a supplement" in text
    assert "seaweed and spirulina are not reliable" in text


def test_without_a_diet_or_allergy_every_food_is_offered() -> None:
    wording = get_profile().wording
    text = diet_text(wording, diet_of(some_facts()))
    assert all(food.name in text for food in wording.foods)
    assert "No liver" not in text


@pytest.mark.parametrize(
    "facts",
    [
        some_facts(History.pregnancy),
        some_facts(History.planning_pregnancy),
        some_facts(History.breastfeeding),
        some_facts(pregnant=True),
        some_facts(breastfeeding=True),
    ],
)
def test_no_liver_around_a_pregnancy(facts: Facts) -> None:
    order = a_draft("diet-advice", facts=facts)
    assert {"text": "Liver"} in order["excludeFoodModifier"]
    assert "beef liver" not in order["oralDiet"]["instruction"]
    assert "No liver" in order["oralDiet"]["instruction"]


def test_a_recorded_allergy_stands_even_if_it_is_inactive() -> None:
    facts = Facts(
        patient=Patient(id="p1"),
        history=(
            HistoryFact(code=History.food_allergy_milk, active=False),
            HistoryFact(code=History.vegan_diet, active=False),
        ),
    )
    order = a_draft("diet-advice", facts=facts)
    assert order["excludeFoodModifier"] == [{"text": "Milk"}]
    assert "foodPreferenceModifier" not in order


@pytest.mark.parametrize(("allergy", "part"), ALLERGIES.items())
def test_an_allergy_excludes_its_food(allergy: History, part: str) -> None:
    order = a_draft("diet-advice", facts=some_facts(allergy))
    assert [food["text"].lower() for food in order["excludeFoodModifier"]] == [part]
