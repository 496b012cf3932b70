"""The project's own code systems, which hold every word of the vocabulary."""

from enum import StrEnum

from cobalamin.service.knowledge.code_meanings import CodeTable, Meaning
from cobalamin.service.rules.model.vocabulary import Analyte, Feature, History

PROJECT = "https://cobalamin.org/fhir/CodeSystem/"


def own_systems() -> dict[str, CodeTable]:
    """The project's code systems, which hold every word of the vocabulary."""
    return {
        f"{PROJECT}{name}": CodeTable(url=f"{PROJECT}{name}", aliased=False, exact=codes)
        for name, codes in (
            ("analyte", {a.value: Meaning(display=_words(a), analyte=a) for a in Analyte}),
            ("feature", {f.value: Meaning(display=_words(f), features=(f,)) for f in Feature}),
            ("history", {h.value: own_history(h) for h in History}),
        )
    }


def own_history(code: History) -> Meaning:
    """What a history code of the project means, in a patient, a relative or an allergy."""
    is_allergy = code.value.endswith("_allergy") or code.value.startswith("food_allergy")
    return Meaning(
        display=_words(code),
        history=(code,),
        family=code if code.value.startswith("family_history") else None,
        allergy=code if is_allergy else None,
    )


def _words(code: StrEnum) -> str:
    return code.value.replace("_", " ")
