"""Products are found by their code, with what they hold; a wrong table is refused."""

import csv
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cobalamin.service.knowledge.code_meanings import Meaning
from cobalamin.service.knowledge.code_systems import RxNorm
from cobalamin.service.knowledge.codes import load_codes
from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.product_table import Product, ProductTable, write_product_table
from cobalamin.service.knowledge.products import (
    check_products,
    check_table,
    load_products,
    product_meaning,
)
from cobalamin.service.rules.model.vocabulary import History

CODES = load_codes()
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC = "http://www.whocc.no/atc"
DMD = "https://dmd.nhs.uk"
SNOMED = "http://snomed.info/sct"
SANDBOX = Path(__file__).resolve().parents[4] / "shared/data/clients/sandbox-medications.csv"
# Medicines of which public lists name fewer than ten RxNorm products.
FEW = {History.primidone: 9, History.neomycin: 9}


def found(system: str, code: str) -> Meaning:
    meaning = CODES.find(system, code)
    assert meaning is not None, code
    return meaning


def test_the_built_in_tables_are_in_order_and_hold_what_is_known() -> None:
    check_products()


def test_every_product_is_found_by_its_code() -> None:
    for products in load_products().values():
        for table in products.tables:
            for code, product in table:
                assert table.find(code) == product, code


@given(st.text(max_size=20))
def test_a_code_that_no_table_holds_is_not_found(code: str) -> None:
    for products in load_products().values():
        for table in products.tables:
            known = dict(table) if table.header.system == "atc" else None
            if known is not None:
                assert (table.find(code) is not None) == (code in known)
            elif not code.isdigit():
                assert table.find(code) is None


@pytest.mark.parametrize(
    ("system", "code", "display", "histories"),
    [
        (RXNORM, "199318", "folic acid 5 mg tablet", (History.folic_acid,)),
        (RXNORM, "861769", "metformin 1000 mg + others tablet", (History.metformin,)),
        (DMD, "327550006", "folic acid 5 mg tablet", (History.folic_acid,)),
        (SNOMED, "327550006", "folic acid 5 mg tablet", (History.folic_acid,)),
        (SNOMED, "372567009", "metformin", (History.metformin,)),
        (ATC, "B03AD02", "folic acid + iron", (History.folic_acid, History.iron_treatment)),
        (ATC, "A10BD07", "metformin + others", (History.metformin,)),
    ],
)
def test_a_product_means_what_it_holds(
    system: str, code: str, display: str, histories: tuple[History, ...]
) -> None:
    meaning = found(system, code)
    assert (meaning.display, meaning.history) == (display, histories)


def test_a_combination_keeps_the_strength_of_each_ingredient() -> None:
    folic_acid, b12 = found(RXNORM, "880945").ingredients
    assert folic_acid.history == (History.folic_acid,)
    assert b12.cobalamin == "cyanocobalamin"
    assert folic_acid.strength is not None
    assert b12.strength is not None
    assert (str(folic_acid.strength.amount.value), folic_acid.strength.amount.unit) == ("2.2", "mg")
    assert (str(b12.strength.amount.value), b12.strength.amount.unit) == ("1", "mg")


@pytest.mark.parametrize("code", ["D06AX04", "S01AA01", "G01AA05"])
def test_what_stays_where_it_is_put_is_known_and_no_fact(code: str) -> None:
    meaning = found(ATC, code)
    assert meaning.is_harmless
    assert not meaning.history


def test_an_allergy_to_a_product_is_one_only_where_it_holds_nothing_else() -> None:
    assert found(RXNORM, "309593").allergy is History.cobalamin_allergy
    assert found(RXNORM, "880945").allergy is None


def medicines(system: str) -> Counter[History]:
    counted: Counter[History] = Counter()
    for table in load_products()[system].tables:
        for code, _ in table:
            meaning = found({"rxnorm": RXNORM, "dmd": DMD, "atc": ATC}[system], code)
            counted.update(meaning.history)
    return counted


def test_ten_products_of_rxnorm_are_read_for_each_medicine_where_lists_name_them() -> None:
    counted = medicines("rxnorm")
    wanted = set(medicines("atc")) - {History.nitrous_oxide_medical}
    few = {medicine: counted[medicine] for medicine in wanted if counted[medicine] < 10}
    assert few == FEW


def test_three_products_of_dmd_are_read_for_each_medicine() -> None:
    counted = medicines("dmd")
    assert {m for m in medicines("atc") if counted[m] < 3} == set()


def test_every_medicine_has_a_code_of_atc_and_its_products_are_read_as_snomed_too() -> None:
    assert {m for m in medicines("rxnorm") if medicines("atc")[m] < 1} == {
        History.oral_contraceptive
    }
    for code, _ in load_products()["dmd"].tables[0]:
        assert CODES.find(SNOMED, code) == CODES.find(DMD, code)


@pytest.mark.parametrize(
    ("code", "display"),
    [
        ("372434", "hydroxocobalamin injection"),
        ("848943", "colestyramine 4000 mg oral"),
        ("1536490", "mercaptopurine 20 mg/1 mL oral"),
        ("153129", "azathioprine 10 mg tablet"),
        ("1234639", "a product without a medicine that matters here"),
    ],
)
def test_products_of_further_lists_are_read(code: str, display: str) -> None:
    assert found(RXNORM, code).display == display


@pytest.mark.skipif(not SANDBOX.exists(), reason="needs the shared data")
def test_the_order_form_of_the_sandbox_is_read() -> None:
    with SANDBOX.open(newline="", encoding="utf-8") as file:
        rows = {row["rxnorm"]: row["name"] for row in csv.DictReader(file)}
    unread = {code: name for code, name in rows.items() if CODES.find(RXNORM, code) is None}
    assert unread == {
        "197926": "Mephenytoin 100 MG Oral Tablet",
        "206749": "Mephenytoin 100 MG Oral Tablet [Mesantoin]",
    }
    for code, name in rows.items():
        lower = name.lower()
        meaning = CODES.find(RXNORM, code)
        assert meaning is not None or code in unread
        if meaning is None:
            continue
        if "folic acid" in lower:
            assert History.folic_acid in meaning.history, name
        if "metformin" in lower:
            assert History.metformin in meaning.history, name
        if "vitamin b 12" in lower or "cobalamin" in lower:
            assert any(one.cobalamin for one in meaning.ingredients), name


# --- the file itself

CODE = st.from_regex(r"[1-9][0-9]{0,7}", fullmatch=True)
HELD = st.sampled_from([("tablet", "folic acid 5 mg"), ("any", "metformin + others"), ("", "")])


@given(st.dictionaries(CODE, HELD), CODE)
def test_what_is_written_is_found_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, products: dict[str, tuple[str, str]], other: str
) -> None:
    path = tmp_path_factory.mktemp("table") / "made.tsv"
    wanted = {code: Product(form, held, "made") for code, (form, held) in products.items()}
    write_product_table(path, "rxnorm", "2026-11", wanted)
    table = ProductTable(path)
    check_table(table, RxNorm)
    assert dict(table) == wanted
    assert {code: table.find(code) for code in wanted} == wanted
    assert table.find(other) == wanted.get(other)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nonsense\n",
        b'!{"format":2,"system":"rxnorm","codes":0}\n',
        b'!{"format":1,"system":"rxnorm"}\n',
        b'!{"format":1,"system":"rxnorm","codes":0}\n#1\ttablet\tfolic acid\n',
        b'!{"format":1,"system":"rxnorm","codes":0}\n#0\ttablet\n',
    ],
)
def test_a_file_that_is_no_product_table_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "wrong.tsv"
    path.write_bytes(content)
    with pytest.raises(KnowledgeError, match=r"wrong\.tsv"):
        ProductTable(path)


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("12\t0\n11\t0\n", "not in order"),
        ("11\t0\n", "are 1, not 2"),
        ("1x\t0\n2\t0\n", "RxNorm"),
    ],
)
def test_a_table_that_is_out_of_order_is_refused(tmp_path: Path, lines: str, problem: str) -> None:
    path = tmp_path / "wrong.tsv"
    path.write_text(
        '!{"format":1,"system":"rxnorm","codes":2}\n#0\ttablet\tfolic acid 5 mg\n' + lines
    )
    with pytest.raises(KnowledgeError, match=problem):
        check_table(ProductTable(path), RxNorm)


@pytest.mark.parametrize(
    ("form", "contents"),
    [("porridge", "folic acid"), ("tablet", "porridge"), ("tablet", "folic acid 5 spoons")],
)
def test_a_product_of_unknown_words_is_refused(form: str, contents: str) -> None:
    with pytest.raises(KnowledgeError, match="is not a known"):
        product_meaning(form, contents)
