"""The FHIR searches behind the prefetch keys, short enough for servers that cut long addresses.

Results and symptoms are searched by code without its system, which in FHIR matches any system:
the codes of one query are read again with their systems when they come back. A query takes as many
codes as fit, the most used systems first; the rest goes into a further query, which only reading
back can send.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from urllib.parse import quote

from msgspec import Struct

from cobalamin.service.knowledge.code_meanings import Codes, CodeTable, Meaning, Topic
from cobalamin.service.knowledge.project_codes import PROJECT
from cobalamin.service.rules.model.vocabulary import Analyte, Feature

PATIENT = "{{context.patientId}}"
LONGEST_ID = 64
"""Characters of a FHIR id."""
LONGEST_QUERY = 2048
"""Characters of a query when every one that may be is percent-encoded."""
FURTHER = "+"
LOINC, SNOMED, NPU = "http://loinc.org", "http://snomed.info/sct", "http://npu-terminology.org"
ICD_10_CM, ICD_10 = "http://hl7.org/fhir/sid/icd-10-cm", "http://hl7.org/fhir/sid/icd-10"
PROJECT_ANALYTES, PROJECT_FEATURES = f"{PROJECT}analyte", f"{PROJECT}feature"
READ_2, CTV3 = "http://read.info/readv2", "http://read.info/ctv3"
LABORATORY_SYSTEMS = (LOINC, "", SNOMED, NPU, PROJECT_ANALYTES, READ_2, CTV3)
SYMPTOM_SYSTEMS = (SNOMED, "", LOINC, PROJECT_FEATURES, ICD_10_CM, ICD_10)
"""In the order in which their codes get room; "" stands for the systems of the site."""
PREGNANCY = (Topic.pregnancy_status, Topic.gestational_age, Topic.delivery_date)
ANSWERS = (Topic.symptom, Topic.smoking_status)
NEWEST = "_sort=-date&_count=200"
_PLAIN = re.compile(r"[A-Za-z0-9._-]+")
_ANALYTES = {analyte: place for place, analyte in enumerate(Analyte)}
_FEATURES = {feature: place for place, feature in enumerate(Feature)}


class ObservationSearch(Struct, frozen=True, kw_only=True):
    """The query of a prefetch key, the further one of reading back, and codes in neither."""

    query: str
    further: str | None
    left_out: tuple[str, ...]


def prefetch_templates(codes: Codes) -> Mapping[str, str]:
    """A prefetch query for each list that the rules read."""
    subject = f"patient={PATIENT}"
    return {
        "patient": f"Patient/{PATIENT}",
        "labs": laboratory_search(codes).query,
        "symptoms": symptom_search(codes).query,
        "conditions": f"Condition?{subject}&_count=200",
        "medications": f"MedicationRequest?{subject}&_sort=-authoredon&_count=200",
        "statements": f"MedicationStatement?{subject}&_count=200",
        "administrations": f"MedicationAdministration?{subject}&_count=200",
        "procedures": f"Procedure?{subject}&_count=200",
        "allergies": f"AllergyIntolerance?{subject}&_count=200",
        "family": f"FamilyMemberHistory?{subject}&_count=200",
    }


def read_back_templates(codes: Codes) -> Mapping[str, str]:
    """The same queries, and a further one under the key with "+" where one does not hold all."""
    searches = {"labs": laboratory_search(codes), "symptoms": symptom_search(codes)}
    more = {
        f"{key}{FURTHER}": search.further
        for key, search in searches.items()
        if search.further is not None
    }
    return {**prefetch_templates(codes), **more}


def laboratory_search(codes: Codes) -> ObservationSearch:
    """Results, and the answers about pregnancy that decide their limits."""
    return _search(codes, LABORATORY_SYSTEMS, _is_laboratory, _place_of_analyte)


def symptom_search(codes: Codes) -> ObservationSearch:
    """Symptoms and signs by their own codes, and the questions that they may be the answer to."""
    return _search(codes, SYMPTOM_SYSTEMS, _is_symptom, _place_of_feature)


def _is_laboratory(meaning: Meaning) -> bool:
    is_result = meaning.analyte is not None and meaning.refused is None
    return is_result or meaning.topic in PREGNANCY


def _is_symptom(meaning: Meaning) -> bool:
    return bool(meaning.features) or meaning.topic in ANSWERS


def _place_of_analyte(meaning: Meaning) -> int:
    return -1 if meaning.analyte is None else _ANALYTES[meaning.analyte]


def _place_of_feature(meaning: Meaning) -> int:
    return min((_FEATURES[feature] for feature in meaning.features), default=-1)


# --- codes into queries


def _search(
    codes: Codes,
    systems: Iterable[str],
    is_wanted: Callable[[Meaning], bool],
    place: Callable[[Meaning], int],
) -> ObservationSearch:
    wanted = list(dict.fromkeys(_in_order(codes, systems, is_wanted, place)))
    first = _fitting(wanted)
    more = _fitting(wanted[len(first) :])
    return ObservationSearch(
        query=_query(first),
        further=_query(more) if more else None,
        left_out=tuple(wanted[len(first) + len(more) :]),
    )


def _in_order(
    codes: Codes,
    systems: Iterable[str],
    is_wanted: Callable[[Meaning], bool],
    place: Callable[[Meaning], int],
) -> Iterator[str]:
    """The codes of each system, by what they mean; one with other marks cannot be searched."""
    for system in systems:
        for table in _tables(codes, system):
            wanted = {code: m for code, m in table.exact.items() if is_wanted(m)}
            for code in sorted(wanted, key=lambda code: (place(wanted[code]), code)):
                if _PLAIN.fullmatch(code):
                    yield code


def _tables(codes: Codes, system: str) -> Iterator[CodeTable]:
    """The table of a system; those of the site for ""."""
    if system:
        yield from (table for table in [codes.find_system(system)] if table is not None)
        return
    known = {*LABORATORY_SYSTEMS, *SYMPTOM_SYSTEMS}
    for name, table in codes.systems.items():
        if name == table.url and name not in known and not table.aliased:
            yield table


def _fitting(wanted: list[str]) -> list[str]:
    """As many codes, from the first, as a query may hold; the others wait."""
    room = LONGEST_QUERY - encoded_length(_query([]))
    taken = 0
    for code in wanted:
        room -= encoded_length(f"{code},")
        if room < 0:
            break
        taken += 1
    return wanted[:taken]


def _query(wanted: Iterable[str]) -> str:
    return f"Observation?patient={PATIENT}&code={','.join(wanted)}&{NEWEST}"


def encoded_length(template: str) -> int:
    """Characters of a template for the longest id, with everything percent-encoded."""
    return len(quote(template.replace(PATIENT, "x" * LONGEST_ID), safe=""))
