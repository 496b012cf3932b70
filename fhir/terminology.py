"""The project's own codes as FHIR: a CodeSystem and a ValueSet for each vocabulary."""

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum

from cobalamin.service.knowledge.code_meanings import Codes, CodeTable, Meaning
from cobalamin.service.knowledge.project_codes import PROJECT
from cobalamin.service.rules.model.vocabulary import Analyte, Feature, History

BASE = "https://cobalamin.org/fhir"
Json = dict[str, object]
TITLES = {
    "analyte": ("Analyte", "What a laboratory measured, as Cobalamin reads it."),
    "feature": ("Feature", "Symptoms, signs, and their documented absence."),
    "history": ("History", "Conditions, procedures, medicines, diets and family history."),
}
VOCABULARIES: Mapping[str, type[StrEnum]] = {
    "analyte": Analyte,
    "feature": Feature,
    "history": History,
}
MEANS: Mapping[str, Callable[[Meaning], bool]] = {
    "analyte": lambda meaning: meaning.analyte is not None and meaning.refused is None,
    "feature": lambda meaning: bool(meaning.features),
    "history": lambda meaning: bool(meaning.history),
}


def terminology(codes: Codes, words: Mapping[str, str], version: str) -> Iterator[Json]:
    """Every CodeSystem and ValueSet, as R4 resources; `words` gives each code its display."""
    for name, vocabulary in VOCABULARIES.items():
        yield _code_system(name, vocabulary, words, version)
        yield _value_set(name, codes, version)


def _code_system(
    name: str, vocabulary: type[StrEnum], words: Mapping[str, str], version: str
) -> Json:
    concepts = [{"code": code.value, "display": words[code]} for code in vocabulary]
    return {
        "resourceType": "CodeSystem",
        **_about(name, f"{PROJECT}{name}", version),
        "caseSensitive": True,
        "valueSet": f"{BASE}/ValueSet/{name}",
        "content": "complete",
        "count": len(concepts),
        "concept": concepts,
    }


def _value_set(name: str, codes: Codes, version: str) -> Json:
    """Every published code that becomes a fact of this vocabulary, and the project's own.

    Products, of which there are thousands, are left out: docs/knowledge.md counts them.
    """
    published = [_included(table, MEANS[name]) for table in _tables(codes)]
    return {
        "resourceType": "ValueSet",
        **_about(name, f"{BASE}/ValueSet/{name}", version),
        "compose": {
            "include": [
                {"system": f"{PROJECT}{name}"},
                *(include for include in published if include["concept"]),
            ]
        },
    }


def _tables(codes: Codes) -> Iterator[CodeTable]:
    for url, table in codes.systems.items():
        if not table.aliased and table.url == url and not url.startswith(PROJECT):
            yield table


def _included(table: CodeTable, is_wanted: Callable[[Meaning], bool]) -> Json:
    concepts = [
        {"code": code, "display": meaning.display}
        for code, meaning in sorted(table.exact.items())
        if is_wanted(meaning)
    ]
    return {"system": table.url, "concept": concepts}


def _about(name: str, url: str, version: str) -> Json:
    title, description = TITLES[name]
    return {
        "id": f"cobalamin-{name}",
        "url": url,
        "version": version,
        "name": f"Cobalamin{title}",
        "title": f"Cobalamin: {name}",
        "status": "draft",
        "experimental": False,
        "publisher": "Cobalamin",
        "description": description,
    }
