"""Codes: check digits, meanings, traps, and files that are refused when they are wrong."""

from pathlib import Path

import pytest

from cobalamin.service.knowledge import codes, toml_files
from cobalamin.service.knowledge.code_meanings import Meaning
from cobalamin.service.knowledge.code_systems import Atc, Icd10, Loinc, RxNorm, Snomed
from cobalamin.service.knowledge.codes import load_codes
from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.units import load_units
from cobalamin.service.rules.model.vocabulary import Analyte, History

LOINC = "http://loinc.org"
CODES = load_codes()


@pytest.mark.parametrize("code", ["2132-9", "14685-2", "13964-2", "14732-2", "98979-8"])
def test_a_loinc_code_with_its_check_digit_can_be_made(code: str) -> None:
    assert Loinc(code) == code


@pytest.mark.parametrize(
    "code", ["14685-4", "13964-4", "14732-4", "8086-5", "8087-3", "2132", "2132-", "x-1", ""]
)
def test_a_loinc_code_with_a_wrong_check_digit_cannot(code: str) -> None:
    with pytest.raises(ValueError, match="is not a LOINC code"):
        Loinc(code)


@pytest.mark.parametrize("code", ["190634004", "84027009", "18132411000001100"])
def test_a_snomed_code_with_its_check_digit_can_be_made(code: str) -> None:
    assert Snomed(code) == code


@pytest.mark.parametrize("code", ["82525002", "190634005", "0190634004", "12345", "x"])
def test_a_snomed_code_with_a_wrong_check_digit_cannot(code: str) -> None:
    with pytest.raises(ValueError, match="is not a SNOMED CT code"):
        Snomed(code)


def test_every_change_of_one_digit_breaks_the_check() -> None:
    for made, code in ((Loinc, "14685-2"), (Snomed, "190634004")):
        for place, digit in enumerate(code):
            for other in "0123456789":
                if digit not in ("-", other):
                    with pytest.raises(ValueError, match="is not a"):
                        made(code[:place] + other + code[place + 1 :])


@pytest.mark.parametrize(
    ("made", "right", "wrong"),
    [(Icd10, "D51.0", "51.0"), (Atc, "B03BA01", "B03BA0"), (RxNorm, "11248", "0x1")],
)
def test_other_systems_are_checked_by_form(made: type[str], right: str, wrong: str) -> None:
    assert made(right) == right
    with pytest.raises(ValueError, match="is not an"):
        made(wrong)


# --- meanings


@pytest.mark.parametrize(
    ("code", "not_this"),
    [("14685-2", Analyte.magnesium), ("2284-8", Analyte.folate_rbc), ("2170-9", Analyte.mma)],
)
def test_wrong_mappings_of_others_are_not_ours(code: str, not_this: Analyte) -> None:
    meaning = CODES.find(LOINC, code)
    assert meaning is not None
    assert meaning.analyte is not not_this


def test_a_code_of_mass_allows_units_of_mass_only() -> None:
    mass, molar = CODES.find(LOINC, "2132-9"), CODES.find(LOINC, "14685-2")
    assert mass is not None
    assert molar is not None
    assert mass.units == frozenset({"pg/mL", "ng/L"})
    assert molar.units == frozenset({"pmol/L"})


def test_every_code_of_a_result_has_a_unit_to_be_reported_in() -> None:
    for code, meaning in CODES.systems[LOINC].exact.items():
        if meaning.analyte is not None and meaning.units is not None:
            table = load_units()[meaning.analyte]
            assert meaning.units <= {*table.factors, *table.separate}, code


@pytest.mark.parametrize(
    "code", ["16695-9", "15039-1", "2170-9", "14733-0", "25415-1", "2629-4", "15072-2", "14685-4"]
)
def test_traps_are_refused_with_a_reason_that_names_the_way_out(code: str) -> None:
    meaning = CODES.find(LOINC, code)
    assert meaning is not None
    assert meaning.refused
    assert "send" in meaning.refused or "check the mapping" in meaning.refused


def test_e53_8_never_identifies_b12_deficiency() -> None:
    for system in ("http://hl7.org/fhir/sid/icd-10", "http://hl7.org/fhir/sid/icd-10-cm"):
        for code in ("E53.8", "E538", "E53.80", "e53.8"):
            meaning = CODES.find(system, code)
            assert meaning is not None
            assert meaning.unread
            assert not meaning.history


def test_a_longer_entry_beats_a_prefix() -> None:
    system = "http://hl7.org/fhir/sid/icd-10-cm"
    expected = {
        "N18.6": (History.chronic_kidney_disease, History.dialysis),
        "N18.5": (History.chronic_kidney_disease,),
        "H47.22": (History.leber_optic_neuropathy,),
    }
    for code, history in expected.items():
        meaning = CODES.find(system, code)
        assert meaning is not None
        assert meaning.history == history


@pytest.mark.parametrize("code", ["Z79.84", "Z79.899", "F18.10", "T41.0X5A"])
def test_codes_that_name_no_medicine_give_none(code: str) -> None:
    meaning = CODES.find("ICD-10-CM", code)
    assert meaning is not None
    assert meaning.unread


def test_a_coding_that_is_not_complete_means_nothing() -> None:
    assert CODES.find(None, "2132-9") is None
    assert CODES.find(LOINC, None) is None
    assert CODES.find("urn:local", "2132-9") is None


def test_a_site_may_name_its_own_codes_and_never_changes_a_published_one() -> None:
    own = CODES.with_local(
        {
            ("https://lab.example", "VB12"): Meaning(display="x", analyte=Analyte.b12_total),
            (LOINC, "718-7"): Meaning(display="x", analyte=Analyte.mcv),
            ("http://www.nlm.nih.gov/research/umls/rxnorm", "199318"): Meaning(display="x"),
            ("", "VB12"): Meaning(display="x", analyte=Analyte.b12_total),
        }
    )
    added, published = own.find("https://lab.example", "VB12"), own.find(LOINC, "718-7")
    assert added is not None
    assert added.analyte is Analyte.b12_total
    assert published is not None
    assert published.analyte is Analyte.haemoglobin
    assert CODES.find("https://lab.example", "VB12") is None
    assert own.find("http://www.nlm.nih.gov/research/umls/rxnorm", "199318") == CODES.find(
        "http://www.nlm.nih.gov/research/umls/rxnorm", "199318"
    )
    for missing in (None, ""):
        without = own.find(missing, "VB12")
        assert without is not None
        assert without.analyte is Analyte.b12_total


# --- a wrong file is refused


def use_changed_copy(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: str
) -> None:
    """Let the loader see a copy of the files of which one is changed."""
    copy = folder / "terminology"
    copy.mkdir()
    for file in (Path(str(toml_files.ROOT)) / "terminology").glob("*.toml"):
        (copy / file.name).write_bytes(file.read_bytes())
    (copy / name).write_text(content, "utf-8")
    monkeypatch.setattr(toml_files, "ROOT", folder)


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ('["2132-8"]\ndisplay="x"\nanalyte="b12_total"', "check digit"),
        ('["2132-9"]\ndisplay="x"', "no meaning"),
        ('["2132-9"]\ndisplay=" "\nanalyte="b12_total"', "no display"),
        ('["2132-9"]\ndisplay="x"\nanalyte="porridge"', "porridge"),
        ('["2132-9"]\ndisplay="x"\nanalyte="b12_total"\nproperty="volume"', "no unit of"),
        ('["2132-9"]\ndisplay="x"\nanalyte="b12_total"\ncolour="red"', "colour"),
        ('["2132-9"]\n["2132-9"]', "2132-9"),
    ],
)
def test_a_wrong_file_of_codes_is_refused(
    entry: str, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = '\nsource=["mii"]\nverification="source"\n'
    use_changed_copy(tmp_path, monkeypatch, "loinc.toml", entry + source)
    with pytest.raises(KnowledgeError, match=problem) as caught:
        codes.load_codes.__wrapped__()
    assert caught.value.file == "terminology/loinc.toml"


def test_a_source_that_is_not_listed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_changed_copy(tmp_path, monkeypatch, "sources.toml", 'mii = "x"\n')
    with pytest.raises(KnowledgeError, match=r"is not in terminology/sources\.toml"):
        codes.load_codes.__wrapped__()


@pytest.mark.parametrize(
    ("system", "code", "analyte"),
    [
        ("http://loinc.org", "48642-3", Analyte.egfr),
        ("http://loinc.org", "77147-7", Analyte.egfr),
        ("http://loinc.org", "50044-7", Analyte.egfr),
        ("http://loinc.org", "38483-4", Analyte.creatinine),
        ("http://loinc.org", "20509-6", Analyte.haemoglobin),
        ("http://loinc.org", "55782-7", Analyte.haemoglobin),
        ("http://snomed.info/sct", "271216009", Analyte.b12_total),
        ("http://read.info/readv2", "44Lc.", Analyte.b12_total),
        ("http://read.info/readv2", "44Lc.00", Analyte.b12_total),
        ("http://read.info/ctv3", "XE2pf", Analyte.b12_total),
        ("urn:oid:1.2.208.176.2.1", "NPU01700", Analyte.b12_total),
        ("urn:oid:2.16.578.1.12.4.1.1.7280", "NPU27125", Analyte.b12_active),
        ("http://npu-terminology.org", "NPU02780", Analyte.mma),
        ("http://npu-terminology.org", "NPU18361", Analyte.mma_urine),
        ("http://npu-terminology.org", "NPU04073", Analyte.homocysteine),
        ("urn:oid:2.16.578.1.12.4.1.1.7280", "NOR25909", Analyte.egfr),
        ("urn:oid:2.16.578.1.12.4.1.1.7280", "NOR05172", Analyte.haemoglobin),
    ],
)
def test_the_same_thing_is_read_by_its_other_codes(
    system: str, code: str, analyte: Analyte
) -> None:
    meaning = CODES.find(system, code)
    assert meaning is not None
    assert (meaning.analyte, meaning.refused) == (analyte, None)


@pytest.mark.parametrize("code", ["NPU03605", "NPU02397", "NPU57787", "NPU02781", "NOR05918"])
def test_an_npu_code_that_is_easily_mistaken_is_refused_by_name(code: str) -> None:
    meaning = CODES.find("http://npu-terminology.org", code)
    assert meaning is not None
    assert meaning.refused is not None


def test_creatinine_after_dialysis_is_refused() -> None:
    for code in ("11041-1", "51620-3"):
        meaning = CODES.find("http://loinc.org", code)
        assert meaning is not None
        assert meaning.refused is not None
