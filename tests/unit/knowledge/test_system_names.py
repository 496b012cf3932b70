"""Code systems are known however their address is spelled, and never taken for another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cobalamin.service.knowledge.codes import load_codes
from cobalamin.service.knowledge.system_names import normalise_system

CODES = load_codes()
LOINC = "http://loinc.org"
NAMES = ("loinc", "lnc", "ln", "snomed", "sct", "icd", "i10", "rxnorm", "atc", "dmd")
NAMES_OF_RESULTS = ("npu", "ctv3", "read")
PUBLISHED = sorted(CODES.systems)
DECORATIONS = st.tuples(
    st.sampled_from(["", " ", "\t", "\u00a0"]),
    st.sampled_from(["", "http://", "https://", "HTTP://", "http:///", "http://www.", "www."]),
    st.sampled_from(["", "/", "//", "|2.76", "|", "/2.76", " 2.76", "/v2.76", "#", "/2.76/"]),
    st.sampled_from(["", " ", "\n"]),
)


@pytest.mark.parametrize("system", PUBLISHED)
def test_no_two_systems_share_a_spelling(system: str) -> None:
    if system:
        found = CODES.spellings[normalise_system(system)]
        assert found.url == CODES.systems[system].url


@given(parts=DECORATIONS, case=st.sampled_from([str.lower, str.upper, str.title]))
def test_loinc_is_known_however_it_is_decorated(
    parts: tuple[str, str, str, str], case: object
) -> None:
    before, scheme, after, behind = parts
    for name in ("loinc.org", "loinc", "lnc"):
        spelled = f"{before}{case(scheme + name)}{after}{behind}"  # type: ignore[operator]
        table = CODES.find_system(spelled)
        assert table is not None, spelled
        assert table.url == LOINC


@pytest.mark.parametrize(
    ("spelled", "url"),
    [
        ("urn:oid:2.16.840.1.113883.6.1", LOINC),
        ("URN:OID:2.16.840.1.113883.6.1", LOINC),
        ("oid:2.16.840.1.113883.6.1", LOINC),
        ("http://snomed.info/sct/731000124108/version/20240901", "http://snomed.info/sct"),
        ("https://www.snomed.info/sct|http://snomed.info/sct/1", "http://snomed.info/sct"),
        ("Snomed CT", "http://snomed.info/sct"),
        ("icd 10 cm", "http://hl7.org/fhir/sid/icd-10-cm"),
        ("http://www.whocc.no/ATC/2024", "http://www.whocc.no/atc"),
        ("http://fhir.de/CodeSystem/bfarm/icd-10-gm/2024", "http://hl7.org/fhir/sid/icd-10"),
        ("rxnorm 20240902", "http://www.nlm.nih.gov/research/umls/rxnorm"),
        ("NPU", "http://npu-terminology.org"),
        ("urn:oid:2.16.578.1.12.4.1.1.7280", "http://npu-terminology.org"),
        ("http://terminology.hl7.org/CodeSystem/read-Codes", "http://read.info/ctv3"),
    ],
)
def test_spellings_that_were_seen_are_known(spelled: str, url: str) -> None:
    table = CODES.find_system(spelled)
    assert table is not None
    assert table.url == url
    assert table.aliased


@pytest.mark.parametrize(
    "other",
    [
        "http://hl7.org/fhir/sid/icd-9-cm",
        "urn:oid:2.16.840.1.113883.6.2",
        "urn:oid:2.16.840.1.113883.6.1.1",
        "http://loinc.org.example.com",
        "http://example.org/loinc.org",
        "http://loinc.org/vs",
        "2.76",
        "http://",
        "",
        "x" * 1000,
    ],
)
def test_another_system_stays_another(other: str) -> None:
    assert CODES.find_system(other) is None


@given(st.text(max_size=60))
def test_no_text_is_taken_for_a_system_whose_name_it_lacks(text: str) -> None:
    table = CODES.find_system(text)
    letters = "".join(c for c in text.lower() if c.isalnum())
    assert table is None or any(name in letters for name in NAMES + NAMES_OF_RESULTS)


@pytest.mark.parametrize("code", [" 2132-9", "2132-9 ", "\t2132-9\n", "\u00a02132-9"])
def test_blanks_around_a_code_do_not_hide_it(code: str) -> None:
    assert CODES.find(LOINC, code) == CODES.find(LOINC, "2132-9")
    assert CODES.find(LOINC, " ") is None
