"""Builds draft orders as FHIR R4 from templates that are built and validated once.

A draft is a dict with status `draft` and intent `proposal`, for a person to complete or discard.
Nested parts are shared between responses: serialise drafts, never modify them.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from msgspec import Struct

from cobalamin.service.knowledge.diet import NO_LIVER, Diet, diet_of, diet_text
from cobalamin.service.knowledge.text_words import DraftTexts
from cobalamin.service.knowledge.treatments import Administration, OrderCode, Regimen, RegimenStep
from cobalamin.service.knowledge.wording import OrderTemplate, SuggestionWords, Wording
from cobalamin.service.rules.model.assessment import Urgency
from cobalamin.service.rules.model.dates import days_after, months_after
from cobalamin.service.rules.model.facts import Facts
from cobalamin.service.rules.model.vocabulary import History

if TYPE_CHECKING:
    from cobalamin.service.knowledge.profile import Profile

Json = dict[str, object]

UCUM = "http://unitsofmeasure.org"
SYSTEMS = {
    "snomed": "http://snomed.info/sct",
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "atc": "http://www.whocc.no/atc",
    "loinc": "http://loinc.org",
}
DIET_SYSTEM = "http://terminology.hl7.org/CodeSystem/diet"
DIET_CODES = {History.vegan_diet: "vegan", History.vegetarian_diet: "vegetarian"}
ROUTE_CODES = {Administration.intramuscular: "78421000", Administration.oral: "26643006"}
ELEMENTS = {"MedicationRequest": "medicationCodeableConcept", "ServiceRequest": "code"}
HEAD = {"status": "draft", "intent": "proposal"}
PRIORITIES = {Urgency.urgent: "asap", Urgency.soon: "urgent", Urgency.routine: "routine"}
DEFICIENCY = OrderCode(snomed="190634004")


class DraftReason(Struct, frozen=True, kw_only=True):
    """What drafts are for, and how soon: the text of the step and the results behind it."""

    text: str
    is_deficient: bool = False
    observations: tuple[str, ...] = ()
    urgency: Urgency = Urgency.routine


class DraftWriter:
    """Writes draft orders for one patient on one day; what all of them share is built once."""

    def __init__(
        self,
        wording: Wording,
        facts: Facts,
        *,
        on: date,
        subject_id: str | None,
        encounter_id: str | None = None,
        reason: DraftReason | None = None,
    ) -> None:
        self._wording, self._facts, self._on = wording, facts, on
        self._templates = {} if subject_id is None else templates(wording)
        self._subject = {"reference": _reference("Patient", subject_id or "")}
        self._encounter: Json = {}
        if encounter_id is not None:
            self._encounter["encounter"] = {"reference": _reference("Encounter", encounter_id)}
        day = on.isoformat()
        self._shared = {**self._encounter, "subject": self._subject, "authoredOn": day}
        self._urgency = Urgency.routine if reason is None else reason.urgency
        self._reason = {} if reason is None else _reason(reason)

    def write(self, code: str) -> Json | None:
        """The draft order of a suggestion; None without a template or without a patient.

        No medicine that treats a deficiency is drafted beside an allergy that was not read.
        """
        template = self._templates.get(code)
        if template is None or (self._facts.unread_allergy and code in self._wording.regimens):
            return None
        if template["resourceType"] == "NutritionOrder":
            return self._nutrition(template)
        order = self._wording.suggestions[code].order
        urgency = Urgency.routine if order is not None and order.waits else self._urgency
        draft = {**template, **self._shared, "priority": PRIORITIES[urgency], **self._reason}
        if order is not None and (order.due_weeks or order.due_months):
            draft["occurrenceDateTime"] = _due(order.due_weeks, order.due_months, self._on)
        return draft

    def _nutrition(self, template: Json) -> Json:
        return {
            **template,
            **self._encounter,
            **_diet(self._wording, self._facts),
            "patient": self._subject,
            "dateTime": self._on.isoformat(),
        }


def _reason(reason: DraftReason) -> Json:
    concept = _concept(reason.text, (DEFICIENCY,) if reason.is_deficient else ())
    elements: Json = {"reasonCode": [concept]}
    if reason.observations:
        elements["reasonReference"] = [{"reference": name} for name in reason.observations]
    return elements


@lru_cache(maxsize=16)
def templates(wording: Wording) -> Mapping[str, Json]:
    """The templates of all drafts of a profile, by suggestion code."""
    orders = {
        code: _order(advice, advice.order)
        for code, advice in wording.suggestions.items()
        if advice.order is not None
    }
    words = wording.text.drafts
    medicines = {code: _medication(regimen, words) for code, regimen in wording.regimens.items()}
    drafts = orders | medicines
    return {code: _with_local_code(wording, code, template) for code, template in drafts.items()}


def _with_local_code(wording: Wording, code: str, template: Json) -> Json:
    """Put the site's own code first: its catalogue orders by it."""
    local = wording.orderables.get(code)
    element = ELEMENTS.get(str(template["resourceType"]))
    if local is None or element is None:
        return template
    concept = cast("Json", template.get(element, {}))
    coding = {"system": local.system, "code": local.code, "display": local.display}
    others = cast("list[Json]", concept.get("coding", []))
    return {**template, element: {**concept, "coding": [coding, *others]}}


def check_templates(profile: "Profile") -> tuple[str, ...]:
    """The validation errors of a profile's drafts under FHIR R4; empty if all are valid.

    Loads the FHIR models, so it is never called while answering.
    """
    from fhir.resources import R4B  # noqa: PLC0415 - heavy, and not needed to answer

    errors = []
    for name, draft in samples(profile.wording):
        model = R4B.get_fhir_model_class(str(draft["resourceType"]))
        try:
            model.model_validate(draft)
        except ValueError as error:
            errors.append(f"{name}: {error}")
    return tuple(errors)


def samples(wording: Wording) -> Iterable[tuple[str, Json]]:
    """Yield every draft of a profile, with every diet."""
    day = date(2026, 1, 31)
    for code in templates(wording):
        for facts in _diets(wording) if code == "diet-advice" else (_facts(),):
            writer = DraftWriter(wording, facts, on=day, subject_id="example", encounter_id="e1")
            draft = writer.write(code)
            if draft is not None:
                yield code, draft


def _diets(wording: Wording) -> Iterable[Facts]:
    for pattern in (None, *DIET_CODES):
        for other in (None, *wording.text.drafts.foods, *NO_LIVER):
            yield _facts(*(fact for fact in (pattern, other) if fact is not None))


def _facts(*history: History) -> Facts:
    from cobalamin.service.rules.model.facts import HistoryFact, Patient  # noqa: PLC0415

    return Facts(patient=Patient(), history=tuple(HistoryFact(code=code) for code in history))


def _reference(kind: str, identity: str) -> str:
    return f"{kind}/{identity.removeprefix(f'{kind}/')}"


@lru_cache(maxsize=64)
def _due(weeks: int, months: int, on: date) -> str:
    """The date of a review; the end of a month stays within its month."""
    return days_after(months_after(on, months), 7 * weeks).isoformat()


# --- tests, referrals and reviews


def _order(advice: SuggestionWords, order: OrderTemplate) -> Json:
    if advice.kind == "diet":
        return {"resourceType": "NutritionOrder", **HEAD}
    text = advice.label.partition(": ")[2] or advice.label
    draft: Json = {"resourceType": "ServiceRequest", **HEAD, "category": [{"text": order.category}]}
    draft["code"] = _concept(text, () if order.code is None else (order.code,))
    if advice.detail is not None:
        draft["note"] = [{"text": advice.detail}]
    return draft


def _diet(wording: Wording, facts: Facts) -> Json:
    diet = diet_of(facts)
    elements: Json = {
        "oralDiet": {
            "type": [{"text": wording.text.drafts.diet}],
            "instruction": diet_text(wording, diet),
        }
    }
    if diet.pattern is not None:
        code = DIET_CODES[diet.pattern]
        elements["foodPreferenceModifier"] = [{"coding": [{"system": DIET_SYSTEM, "code": code}]}]
    excluded = _excluded(diet, wording.text.drafts)
    if excluded:
        elements["excludeFoodModifier"] = [{"text": food} for food in excluded]
    return elements


def _excluded(diet: Diet, words: DraftTexts) -> list[str]:
    foods = [food for fact, food in words.foods.items() if fact in diet.facts]
    return [*foods, words.liver] if diet.facts.intersection(NO_LIVER) else foods


# --- medicines


def _medication(regimen: Regimen, words: DraftTexts) -> Json:
    return {
        "resourceType": "MedicationRequest",
        **HEAD,
        "medicationCodeableConcept": _concept(regimen.product, regimen.codes),
        "dosageInstruction": [
            _dosage(number, step, regimen.route, words)
            for number, step in enumerate(regimen.steps, start=1)
        ],
        "note": [{"text": regimen.follow_up}],
    }


def _dosage(number: int, step: RegimenStep, route: Administration, words: DraftTexts) -> Json:
    return {
        "sequence": number,
        "text": step.text,
        "timing": {"repeat": _repeat(step, words)},
        "route": _route(route, words),
        "doseAndRate": [_dose(step, words)],
    }


def _repeat(step: RegimenStep, words: DraftTexts) -> Json:
    repeat: Json = {}
    if step.lasts is not None and step.lasts_unit is not None:
        repeat["boundsDuration"] = _quantity(Decimal(step.lasts), step.lasts_unit, words)
    repeat |= {"frequency": step.frequency, "period": step.period}
    if step.period_max is not None:
        repeat["periodMax"] = step.period_max
    return {**repeat, "periodUnit": step.period_unit}


def _dose(step: RegimenStep, words: DraftTexts) -> Json:
    if step.dose_max is None:
        return {"doseQuantity": _quantity(step.dose, step.unit, words)}
    return {
        "doseRange": {
            "low": _quantity(step.dose, step.unit, words),
            "high": _quantity(step.dose_max, step.unit, words),
        }
    }


def _quantity(value: Decimal, unit: str, words: DraftTexts) -> Json:
    number = int(value) if value == value.to_integral_value() else value
    return {"value": number, "unit": words.units[unit], "system": UCUM, "code": unit}


def _route(route: Administration, words: DraftTexts) -> Json:
    code = ROUTE_CODES.get(route)
    coding = () if code is None else (OrderCode(snomed=code),)
    return _concept(words.routes[route], coding)


def _concept(text: str, codes: Iterable[OrderCode]) -> Json:
    coding = [
        {"system": system, "code": code}
        for one in codes
        for name, system in SYSTEMS.items()
        if (code := getattr(one, name)) is not None
    ]
    return {"coding": coding, "text": text} if coding else {"text": text}
