"""A site's own releases become product tables, and the tables are looked up before the built-in."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from cobalamin.service.cli.main import main as command
from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.product_table import Product
from cobalamin.service.knowledge.products import product_meaning
from cobalamin.service.knowledge.profile import load_profile
from cobalamin.service.knowledge.releases.contents import (
    Held,
    form_called,
    ingredient_called,
    mass,
    product_of,
)
from cobalamin.service.knowledge.releases.dmd import read_dmd
from cobalamin.service.knowledge.releases.rxnorm import read_rxnorm
from cobalamin.service.knowledge.releases.snomed import read_snomed
from cobalamin.service.knowledge.site import load_site
from cobalamin.service.rules.model.vocabulary import History
from release_files import write_dmd, write_rxnorm, write_snomed

EMPTY = Product("", "", "")
RXNORM = {
    "2001": ("tablet", "folic acid 1 mg"),
    "2002": ("tablet", "folic acid 1 mg + vitamin B12 25 ug"),
    "2003": ("injection", "hydroxocobalamin 1 mg/1 mL"),
    "2004": ("injection", "hydroxocobalamin 2 mg/2 mL"),
    "2005": ("", ""),
    "2006": ("tablet", "metformin 500 mg"),
    "2007": ("tablet", "folic acid 1 mg + iron 324 mg"),
    "2008": ("tablet", "folic acid 1 mg + others"),
    "3001": ("tablet", "folic acid 1 mg"),
    "3002": ("tablet", "folic acid"),
    "3003": ("any", "folic acid 1 mg + others"),
    "3004": ("any", "folic acid"),
    "4511": ("any", "folic acid"),
    "1005": ("any", "metformin 500 mg"),
    "723": ("", ""),
}
DMD = {
    "63718003": ("any", "folic acid"),
    "30512811000001101": ("any", "hydroxocobalamin"),
    "999001": ("any", "metformin + others"),
    "101": ("tablet", "folic acid 5 mg"),
    "100": ("tablet", "folic acid 5 mg"),
    "102": ("injection", "hydroxocobalamin 10 mg/2 mL"),
    "103": ("oral", "folic acid 500 ug/1 mL"),
    "104": ("", ""),
    "105": ("tablet", "metformin 1000 mg"),
    "201": ("tablet", "folic acid 5 mg"),
    "301": ("tablet", "folic acid 5 mg"),
    "401": ("tablet", "folic acid 5 mg"),
}
SNOMED = {
    "501": ("tablet", "folic acid 5 mg"),
    "502": ("injection", "hydroxocobalamin 1 mg/1 mL"),
    "503": ("", ""),
    "63718003": ("any", "folic acid"),
    "22298006": None,
    "372687004": None,
}
Read = Callable[[Path], dict[str, Product]]


@pytest.mark.parametrize(
    ("write", "read", "wanted"),
    [
        (write_rxnorm, read_rxnorm, RXNORM),
        (write_dmd, read_dmd, DMD),
        (write_snomed, read_snomed, SNOMED),
    ],
    ids=["rxnorm", "dmd", "snomed"],
)
def test_a_release_is_read(
    tmp_path: Path,
    write: Callable[[Path], Path],
    read: Read,
    wanted: dict[str, tuple[str, str] | None],
) -> None:
    found = read(write(tmp_path))
    told = {code: found.get(code) for code in wanted}
    assert told == {
        code: None if held is None else Product(*held, "") for code, held in wanted.items()
    }
    for product in found.values():
        assert product == EMPTY or product_meaning(product.form, product.contents).display


@pytest.mark.parametrize("read", [read_rxnorm, read_dmd, read_snomed])
def test_a_folder_without_the_files_is_refused(tmp_path: Path, read: Read) -> None:
    with pytest.raises(KnowledgeError):
        read(tmp_path)


@pytest.mark.parametrize(
    ("write", "read", "name", "content"),
    [
        (write_rxnorm, read_rxnorm, "RXNCONSO.RRF", "1|2|3\n"),
        (write_rxnorm, read_rxnorm, "RXNREL.RRF", "1|2|3\n"),
        (write_dmd, read_dmd, "f_vmp2_3010119.xml", "<VMPS>"),
        (
            write_snomed,
            read_snomed,
            "sct2_Relationship_Snapshot_INT_20260101.txt",
            "id\tactive\n1\t1\n",
        ),
    ],
)
def test_a_file_of_another_shape_is_refused_by_its_name(
    tmp_path: Path, write: Callable[[Path], Path], read: Read, name: str, content: str
) -> None:
    (write(tmp_path) / name).write_text(content)
    with pytest.raises(KnowledgeError, match=name):
        read(tmp_path)


@pytest.mark.parametrize(
    ("name", "ingredient"),
    [
        ("Folic acid", "folic acid"),
        ("metformin hydrochloride", "metformin"),
        ("Esomeprazole magnesium trihydrate", "esomeprazole"),
        ("cholestyramine resin", "colestyramine"),
        ("Hydroxyurea", "hydroxycarbamide"),
        ("Potassium chloride", "potassium chloride"),
        ("amoxicillin", None),
        ("folic", None),
    ],
)
def test_an_ingredient_is_known_by_its_names_and_with_its_salt(
    name: str, ingredient: str | None
) -> None:
    assert ingredient_called(name) == ingredient


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Delayed Release Oral Tablet", "tablet"),
        ("Solution for injection", "injection"),
        ("Oral solution", "oral"),
        ("Eye drops", "eye preparation"),
        ("Nasal drops", "nasal spray"),
        ("Powder for oral suspension", "oral"),
        ("Something else", "any"),
    ],
)
def test_a_dose_form_is_known_by_its_words(name: str, form: str) -> None:
    assert form_called(name) == form


@given(st.decimals(min_value="0.001", max_value=5000, places=3), st.sampled_from(["mg", "ug", "g"]))
def test_a_strength_keeps_its_amount(value: object, unit: str) -> None:
    meaning = product_meaning("tablet", f"folic acid {mass(str(value), unit)}")
    strength = meaning.ingredients[0].strength
    assert strength is not None
    micrograms = {"ug": 1, "mg": 1000, "g": 1_000_000}
    written = strength.amount.value * micrograms[strength.amount.unit]
    assert written == value * micrograms[unit]  # type: ignore[operator]


@pytest.mark.parametrize("strength", [("5", "mL"), ("x", "mg"), ("0", "mg"), ("NaN", "mg")])
def test_what_is_no_mass_is_no_strength(strength: tuple[str, str]) -> None:
    assert mass(*strength) == ""


def test_iron_counts_beside_folic_acid_and_not_in_a_multivitamin() -> None:
    iron, folic_acid = Held("ferrous fumarate", "100 mg"), Held("folic acid", "1 mg")
    assert product_of("tablet", [iron, folic_acid]).contents == "folic acid 1 mg + iron 100 mg"
    several = product_of("tablet", [iron, folic_acid, Held("riboflavin")])
    assert several.contents == "folic acid 1 mg + others"


# --- through the command and the site file


def test_an_imported_release_is_named_in_the_site_file_and_read(tmp_path: Path) -> None:
    table = tmp_path / "rxnorm.tsv"
    arguments = ["codes", "import", "--system", "rxnorm", "--release", "made"]
    (tmp_path / "release").mkdir()
    folder = str(write_rxnorm(tmp_path / "release"))
    done = CliRunner().invoke(command, [*arguments, "--output", str(table), folder])
    assert done.exit_code == 0, done.output
    site = tmp_path / "site.toml"
    site.write_text(f'name = "Made up"\n{done.stdout}', "utf-8")
    codes = load_profile("uk-nice", load_site(site)).codes
    url = "http://www.nlm.nih.gov/research/umls/rxnorm"
    imported, harmless, built_in = (codes.find(url, one) for one in ("2004", "2005", "199318"))
    assert imported is not None
    assert imported.display == "hydroxocobalamin 2 mg/2 mL injection"
    assert harmless is not None
    assert harmless.is_harmless
    assert built_in is not None
    assert built_in.history == (History.folic_acid,)
    assert codes.find(url, "999999") is None


def test_a_table_that_was_changed_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "dmd.tsv"
    (tmp_path / "release").mkdir()
    arguments = ["codes", "import", "--system", "dmd", "--output", str(table)]
    done = CliRunner().invoke(command, [*arguments, str(write_dmd(tmp_path / "release"))])
    site = tmp_path / "site.toml"
    site.write_text(f'name = "Made up"\n{done.stdout}', "utf-8")
    table.write_bytes(table.read_bytes().replace(b"5 mg", b"1 mg"))
    with pytest.raises(KnowledgeError, match="is not the file that was imported"):
        load_site(site)
    site.write_text(f'name = "Made up"\n{done.stdout.replace("dmd]", "rxnorm]")}', "utf-8")
    with pytest.raises(KnowledgeError, match="is a table of dmd"):
        load_site(site)
    site.write_text(f'name = "Made up"\n{done.stdout.replace("dmd]", "icd10]")}', "utf-8")
    with pytest.raises(KnowledgeError, match="is none of rxnorm, dmd, snomed"):
        load_site(site)


def test_the_same_release_gives_the_same_table(tmp_path: Path) -> None:
    tables = []
    (tmp_path / "release").mkdir()
    folder = str(write_snomed(tmp_path / "release"))
    for name in ("one.tsv", "two.tsv"):
        arguments = ["codes", "import", "--system", "snomed", "--output", str(tmp_path / name)]
        assert CliRunner().invoke(command, [*arguments, folder]).exit_code == 0
        tables.append((tmp_path / name).read_bytes())
    assert tables[0] == tables[1]


def test_a_release_that_cannot_be_read_is_exit_3(tmp_path: Path) -> None:
    arguments = ["codes", "import", "--system", "dmd", "--output", str(tmp_path / "x"), "."]
    done = CliRunner().invoke(command, [*arguments[:-1], str(tmp_path)])
    assert done.exit_code == 3
    assert "f_ingredient2" in done.output
