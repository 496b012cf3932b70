"""A site sets its own numbers within bounds; a wrong file is refused with every fault named."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from fhir.resources.R4B import get_fhir_model_class

from app import EXAMPLES, KEY, post, view
from cobalamin.service.cli.main import main as command
from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.loader import load_knowledge
from cobalamin.service.knowledge.profile import load_profile
from cobalamin.service.knowledge.site import Site, changes, load_site, with_site
from cobalamin.service.rules.assess import assess
from spec_tables import ON, read_facts

EXAMPLE = EXAMPLES / "site.toml"
LIMIT = 'author = "AB"\nwhy = "own assay"\nreviewed = 2026-11-01\n'


def site_of(tmp_path: Path, text: str) -> Site:
    file = tmp_path / "site.toml"
    file.write_text(f'name = "Here"\n{text}', "utf-8")
    return load_site(file)


def limit(key: str, value: str) -> str:
    return f"[thresholds.{key}]\nvalue = {{ {value} }}\n{LIMIT}"


def ask(b12: float, unit: str = "ng/L", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    form = {
        "patient": {"id": "p", "age": 50, "sex": "female"},
        "results": [{"analyte": "b12_total", "value": b12, "unit": unit, "date": "2026-11-18"}],
        **more,
    }
    body: dict[str, Any] = post("/v1/assessments", form, site=EXAMPLE).get_json()
    return body


def test_165_is_no_longer_deficient_and_the_card_says_by_whose_number() -> None:
    body = ask(165, history=[{"code": "metformin"}])
    assert body["findings"]["b12Status"]["value"] == "indeterminate"
    assert (body["plan"]["rung"], body["plan"]["route"]) == ("R15", "test-first")
    (card,) = body["cards"]
    evidence = card["detail"].splitlines()[-1]
    assert evidence.startswith("Example Hospital laboratory; ")
    assert evidence.endswith("Duty biochemist, extension 4711")
    whole = json.dumps(body)
    assert "Example Hospital laboratory, limits of its own" in whole
    assert "set by A. Example" in whole


@pytest.mark.parametrize(
    ("b12", "unit", "band"),
    [
        (144, "ng/L", "deficient"),
        (145, "pg/mL", "indeterminate"),
        (180, "ng/L", "indeterminate"),
        (181, "pg/mL", "unlikely"),
        (106, "pmol/L", "deficient"),
        (108, "pmol/L", "indeterminate"),
    ],
)
def test_the_sites_limits_hold_in_every_unit(b12: float, unit: str, band: str) -> None:
    assert ask(b12, unit)["findings"]["b12Status"]["band"] == band


def test_the_hash_of_the_file_stands_in_every_answer() -> None:
    assert ask(165)["knowledge"]["site"] == load_site(EXAMPLE).hash
    request = {"hook": "patient-view", "hookInstance": "x", "context": {"patientId": "1"}}
    answer = view({**request, "prefetch": {"patient": None, "labs": None}}, site=EXAMPLE)
    assert answer.get_json()["extension"][KEY]["knowledge"]["site"] == load_site(EXAMPLE).hash


def test_a_local_code_is_read_and_an_orderable_stands_first() -> None:
    observation = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "https://lab.example.org/codes", "code": "B12"}]},
        "subject": {"reference": "Patient/1"},
        "effectiveDateTime": "2026-11-18",
        "valueQuantity": {"value": 165, "code": "ng/L", "system": "http://unitsofmeasure.org"},
    }
    patient = {"resourceType": "Patient", "id": "1", "birthDate": "1970-01-01", "gender": "male"}
    fatigue = {
        "resourceType": "Condition",
        "subject": {"reference": "Patient/1"},
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "84229001"}]},
    }
    entry = [{"resource": one} for one in (patient, observation, fatigue)]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entry}
    body = post("/v1/assessments", bundle, site=EXAMPLE).get_json()
    (mma,) = [s for s in body["plan"]["suggestions"] if s["code"] == "test-mma"]
    assert mma["resource"]["code"]["coding"][0]["code"] == "LAB1234"
    get_fhir_model_class("ServiceRequest").model_validate(mma["resource"])


def test_an_orderable_medicine_stands_first_too(tmp_path: Path) -> None:
    order = '[orderables.im-loading-standard]\nsystem = "urn:x"\ncode = "7"\ndisplay = "B12 inj"'
    profile = load_profile("uk-nice", site_of(tmp_path, order))
    from cobalamin.fhir.writer import check_templates, templates  # noqa: PLC0415

    concept: Any = templates(profile.wording)["im-loading-standard"]["medicationCodeableConcept"]
    assert concept["coding"][0] == {"system": "urn:x", "code": "7", "display": "B12 inj"}
    assert len(concept["coding"]) > 1
    assert check_templates(profile) == ()


TABLES = "uk-local-ruh uk-local-nbt uk-essex-2019 mayo-cascade aafp-2017 cmdt nhanes-changepoint"


@pytest.mark.parametrize("table", [*TABLES.split(), "who-2008"])
def test_a_published_table_can_be_named(table: str, tmp_path: Path) -> None:
    before = load_knowledge("uk-nice")
    after = with_site(before, site_of(tmp_path, f'table = "{table}"'))
    assert after.thresholds.b12_total_deficient.source in before.citations
    assert after.thresholds.b12_total_deficient.label
    assert len(list(changes(before, after))) == 2


def test_an_own_limit_beats_the_named_table(tmp_path: Path) -> None:
    text = 'table = "uk-local-ruh"\n' + limit("b12_total_deficient", '"ng/L" = "120"')
    after = with_site(load_knowledge("uk-nice"), site_of(tmp_path, text))
    assert after.thresholds.b12_total_deficient.value["pg/mL"] == 120
    assert after.thresholds.b12_total_unlikely.source == "ruh-bath-b12"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("colour = 1", "colour"),
        ('table = "mine"', "table: is none of"),
        (limit("b12_total_deficient", '"ng/L" = "14.5"'), "must be from 50 to 300"),
        (limit("b12_total_deficient", '"pmol/L" = "500"'), "pmol/L: must be from"),
        (limit("b12_total_deficient", '"mg/dL" = "145"'), "is not a unit of this limit"),
        (limit("b12_total_deficient", '"ng/L" = "low"'), "is not a number"),
        (limit("b12_total_deficient", '"ng/L" = "NaN"'), "must be from"),
        (limit("b12_total_deficient", ""), "has no value"),
        (limit("result_age_blood", '"d" = "4000"'), "must be from 7 to 365"),
        (limit("result_age_blood", '"wk" = "20"'), "is not a unit of this limit"),
        (limit("haemoglobin_men", '"g/L" = "120"'), "is not a limit that a site may change"),
        (limit("mma_raised", '"nmol/L" = "300"').replace("AB", "<b>"), "plain text"),
        ('contact = "<script>"', "contact: must be plain text"),
        (
            "[orderables.tea]\nsystem = 'a'\ncode = 'b'\ndisplay = 'c'",
            "orderables.tea: is no suggestion; use one of",
        ),
        ("[codes.'urn:x']\nB12 = 'vitamin'", "vitamin"),
        ("[codes.'urn:x']\nB12 = 'b12'", "did you mean b12_"),
        ("[codes.'urn:x']\nB12 = 'b12'", "this project knows .*b12_total.*metformin"),
        (limit("b12", '"ng/L" = "120"'), "these are .*b12_total_deficient"),
        ("not toml", "site.toml"),
    ],
)
def test_a_wrong_file_is_refused(text: str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=fault.replace("(", "\\(")):
        site_of(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (limit("b12_total_deficient", '"ng/L" = "300"')
         + limit("b12_total_unlikely", '"ng/L" = "200"'), "must be below"),
        (limit("b12_total_deficient", '"ng/L" = "145", "pmol/L" = "120"'), "differ by more than"),
    ],
)  # fmt: skip
def test_limits_that_contradict_each_other_are_refused(
    text: str, fault: str, tmp_path: Path
) -> None:
    with pytest.raises(KnowledgeError, match=fault):
        with_site(load_knowledge("uk-nice"), site_of(tmp_path, text))


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = 'table = "mine"\ncontact = "<x>"'
    with pytest.raises(KnowledgeError, match=r"contact.*table"):
        site_of(tmp_path, text)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"none\.toml"):
        load_site(tmp_path / "none.toml")


def test_config_check_refuses_what_only_another_profile_contradicts(tmp_path: Path) -> None:
    """The service loads every profile with the site file at its start, and would not start."""
    file = tmp_path / "site.toml"
    file.write_text('name = "Here"\n' + limit("mma_raised", '"nmol/L" = "380"'), "utf-8")
    environ = {
        "COBALAMIN_ENVIRONMENT": "development",
        "COBALAMIN_PROFILE": "us-aafp",
        "COBALAMIN_SITE": str(file),
    }
    done = CliRunner().invoke(command, ["config", "check"], env=environ)
    assert (done.exit_code, done.stdout) == (78, "")
    assert "mma_raised" in done.stderr


def test_config_check_explains_what_changes() -> None:
    environ = {"COBALAMIN_ENVIRONMENT": "development", "COBALAMIN_SITE": str(EXAMPLE)}
    done = CliRunner().invoke(command, ["config", "check"], env=environ)
    assert done.exit_code == 0
    assert "180 ng/L, 180 pg/mL, 133 pmol/L becomes 145" in done.output
    assert "A. Example" in done.output
    assert "code B12 of https://lab.example.org/codes is read as b12_total" in done.output
    assert "test-mma is ordered as Methylmalonic acid, serum (LAB1234)" in done.output


def test_config_check_says_that_a_published_code_stays_what_it_is(tmp_path: Path) -> None:
    lines = '[codes."http://loinc.org"]\n"2132-9" = "mma"\nOWN = "mma"\n'
    file = tmp_path / "site.toml"
    file.write_text(f'name = "Ours"\n{lines}', "utf-8")
    settings = {"COBALAMIN_ENVIRONMENT": "development", "COBALAMIN_SITE": str(file)}
    done = CliRunner().invoke(command, ["config", "check"], env=settings)
    assert done.exit_code == 0
    assert "code OWN of http://loinc.org is read as mma" in done.stdout
    assert "2132-9" not in done.stdout
    (warning,) = (line for line in done.stderr.splitlines() if line.startswith("warning:"))
    assert "code 2132-9 of http://loinc.org is published" in warning


def test_the_command_tries_a_site_file() -> None:
    arguments = ["assess", str(EXAMPLES / "assessment.json"), "--format", "text"]
    done = CliRunner().invoke(command, [*arguments, "--site", str(EXAMPLE)])
    assert done.exit_code == 0
    assert "site file sha256:" in done.output


def test_the_command_refuses_a_wrong_site_file(tmp_path: Path) -> None:
    wrong = tmp_path / "site.toml"
    wrong.write_text("name = 7", "utf-8")
    arguments = ["assess", str(EXAMPLES / "assessment.json"), "--site", str(wrong)]
    done = CliRunner().invoke(command, arguments)
    assert done.exit_code == 78
    assert "site.toml" in done.output


def test_a_test_is_not_repeated_within_the_retest_interval(tmp_path: Path) -> None:
    text = limit("result_age_vitamin", '"d" = "30"')
    for days, expected in (("42", False), ("14", True)):
        site = site_of(tmp_path, text + limit("retest_interval", f'"d" = "{days}"'))
        knowledge = with_site(load_knowledge("uk-nice"), site)
        facts = read_facts(
            {"b12": "250 ng/L @2026-10-15", "features": "numbness", "history": "metformin"}
        )
        plan = assess(facts, knowledge, ON).plan
        assert plan.rung == "R18"
        assert ("test-b12" in {s.code for s in plan.suggestions}) is expected


def test_medicines_and_conditions_are_mapped_as_analytes_are(tmp_path: Path) -> None:
    site = site_of(
        tmp_path,
        '[codes."urn:own"]\n'
        'H1 = { product = "hydroxocobalamin 1 mg/1 mL", form = "injection" }\n'
        'M1 = "metformin"\n'
        'C1 = "coeliac_disease"\n'
        'S1 = "paraesthesia"\n'
        '[codes.""]\nB12 = "b12_total"\n',
    )
    codes = load_profile("uk-nice", site).codes
    found = {code: codes.find("urn:own", code) for code in ("H1", "M1", "C1", "S1")}
    assert all(found.values())
    assert found["H1"].taken == "injection"  # type: ignore[union-attr]
    assert found["M1"].history == ("metformin",)  # type: ignore[union-attr]
    assert found["C1"].history == ("coeliac_disease",)  # type: ignore[union-attr]
    assert found["S1"].features == ("paraesthesia",)  # type: ignore[union-attr]
    for missing in ("", None):
        without = codes.find(missing, "B12")
        assert without is not None
        assert without.analyte == "b12_total"


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('H1 = "porridge"', "porridge"),
        ('H1 = { product = "porridge 5 mg" }', "must hold ingredients"),
        ('H1 = { product = "folic acid 5 mg", form = "porridge" }', "must hold ingredients"),
        ('H1 = { product = "folic acid", colour = "red" }', "colour"),
        ('" H1" = "metformin"', "blanks around it"),
    ],
)
def test_a_code_that_means_nothing_is_refused(line: str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=fault):
        site_of(tmp_path, f'[codes."urn:own"]\n{line}\n')


def test_a_site_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_bytes(b"\xef\xbb\xbf" + EXAMPLE.read_bytes())
    assert load_site(file).codes == load_site(EXAMPLE).codes


@pytest.mark.parametrize("profile", ["uk-nice", "us-aafp"])
def test_a_file_that_changes_nothing_lists_nothing(tmp_path: Path, profile: str) -> None:
    site = site_of(tmp_path, "")
    before, after = load_profile(profile).knowledge, load_profile(profile, site).knowledge
    assert list(changes(before, after)) == []


def test_a_number_that_is_set_to_what_it_was_is_listed_as_the_site_s(tmp_path: Path) -> None:
    before = load_profile("uk-nice").knowledge
    same = before.thresholds.b12_total_deficient.value["ng/L"]
    site = site_of(tmp_path, limit("b12_total_deficient", f'"ng/L" = "{same}"'))
    (line,) = changes(before, load_profile("uk-nice", site).knowledge)
    assert "AB: own assay" in line
