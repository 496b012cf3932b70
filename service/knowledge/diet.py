"""Foods for a patient, without those that a diet, an allergy or pregnancy excludes."""

from dataclasses import dataclass
from functools import lru_cache

from cobalamin.service.knowledge.wording import Food, Wording
from cobalamin.service.rules.model.facts import Facts
from cobalamin.service.rules.model.vocabulary import History

ANIMAL = frozenset({"meat", "liver", "fish", "shellfish", "milk", "egg"})
BARRED = {
    History.vegan_diet: ANIMAL,
    History.vegetarian_diet: frozenset({"meat", "liver", "fish", "shellfish"}),
    History.food_allergy_fish: frozenset({"fish"}),
    History.food_allergy_shellfish: frozenset({"shellfish"}),
    History.food_allergy_milk: frozenset({"milk"}),
    History.food_allergy_egg: frozenset({"egg"}),
    History.pregnancy: frozenset({"liver"}),
    History.planning_pregnancy: frozenset({"liver"}),
    History.breastfeeding: frozenset({"liver"}),
}
DIETS = (History.vegan_diet, History.vegetarian_diet)
NO_LIVER = (History.pregnancy, History.planning_pregnancy, History.breastfeeding)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diet:
    """The diets, allergies, pregnancy or breastfeeding that exclude foods for a patient."""

    facts: frozenset[History]

    @property
    def barred(self) -> frozenset[str]:
        """What a suggested food must not contain."""
        return frozenset().union(*(BARRED[fact] for fact in self.facts))

    @property
    def pattern(self) -> History | None:
        """The stricter of the recorded diets."""
        return next((diet for diet in DIETS if diet in self.facts), None)


def diet_of(facts: Facts) -> Diet:
    """The diet of a patient. An allergy stands even if it is recorded as inactive."""
    kept = {
        fact.code
        for fact in facts.history
        if fact.code in BARRED and (fact.active or fact.code.startswith("food_allergy"))
    }
    if facts.patient.pregnant:
        kept.add(History.pregnancy)
    if facts.patient.breastfeeding:
        kept.add(History.breastfeeding)
    return Diet(facts=frozenset(kept))


@lru_cache(maxsize=1024)
def foods_for(wording: Wording, diet: Diet) -> tuple[Food, ...]:
    """The foods that suit, the richest in vitamin B12 first as the knowledge lists them."""
    barred = diet.barred
    return tuple(food for food in wording.foods if food.contains.isdisjoint(barred))


@lru_cache(maxsize=1024)
def diet_text(wording: Wording, diet: Diet) -> str:
    """The advice on foods as sentences."""
    foods = "; ".join(_shown(wording, food) for food in foods_for(wording, diet))
    sentences = [wording.diet["intake"].text, f"Micrograms per serving: {foods}."]
    if diet.barred >= ANIMAL:
        sentences += [wording.diet["without_animal_food"].text, wording.diet["seaweed"].text]
    if diet.facts.intersection(NO_LIVER):
        sentences.append(wording.diet["liver"].text)
    return " ".join((*sentences, wording.diet["limits"].text))


def _shown(wording: Wording, food: Food) -> str:
    """A food with its content; a number that was not checked says so."""
    text = f"{food.name} {food.micrograms} ({food.serving})"
    if food.verification.value == "source":
        return text
    return f"{text}, {wording.terms.verification[food.verification]}"
