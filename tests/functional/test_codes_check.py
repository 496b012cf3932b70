"""`cobalamin codes check`: what an extract holds, what is refused, lines for the site file."""

import csv
import gzip
import json
import tomllib
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from app import EXAMPLES
from cobalamin.fhir.unit_counts import UnitCounts, nearest_unit
from cobalamin.service.cli.main import main as command
from cobalamin.service.knowledge.profile import load_profile
from cobalamin.service.knowledge.result_names import analyte_called
from cobalamin.service.knowledge.site import load_site
from cobalamin.service.lab.hl7v2.coded_elements import concepts_of_message
from cobalamin.service.lab.hl7v2.message import parse
from cobalamin.service.lab.hl7v2.reader import read_message
from cobalamin.service.rules.model.vocabulary import Analyte
from messages import message, obx

LOINC, LOCAL = "http://loinc.org", "https://lab.example.org/codes"
B12 = {"system": LOINC, "code": "2132-9", "display": "B12"}
OWN = {"system": LOCAL, "code": "VB12", "display": 'Vitamin "B12"'}
PROFILE = load_profile("uk-nice")
HEADING = "# For the site file."


def observation(*codings: dict[str, str], **more: object) -> dict[str, Any]:
    return {"resourceType": "Observation", "code": {"coding": list(codings)}, **more}


def local(code: str, name: str, *, value: str = "120", unit: str = "pg/mL", number: int = 1) -> str:
    return f"OBX|{number}|NM|{code}^{name}^L||{value}|{unit}|||||F|||20261116"


def run(*arguments: object) -> Any:  # noqa: ANN401 - click's result
    return CliRunner().invoke(command, ["codes", "check", *map(str, arguments)])


def counted(*arguments: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("--format", "json", *arguments).stdout)
    return found


def outcomes(*arguments: object) -> dict[str, int]:
    return {row["outcome"]: row["number"] for row in counted(*arguments)["outcomes"]}


def test_files_of_every_format_are_counted_together(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(json.dumps(observation(OWN, B12)))
    lines = [json.dumps(observation(OWN)), "", json.dumps(observation(B12))]
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "two.ndjson").write_text("\n".join(lines))
    (tmp_path / "three.hl7").write_text(message(obx(value="120")))
    (tmp_path / "four.json").write_text(json.dumps([observation(B12), observation(OWN)]))
    (tmp_path / "five.gz").write_bytes(gzip.compress(message(obx(value="90")).encode()))
    (tmp_path / "six.json").write_bytes((EXAMPLES / "patient-view.json").read_bytes())
    (tmp_path / "seven.json").write_bytes((EXAMPLES / "assessment.json").read_bytes())
    done = run("--format", "json", tmp_path)
    assert done.exit_code == 1
    rows = json.loads(done.stdout)
    found = {(one["system"], one["code"]): one["times"] for one in rows["codes"]}
    assert found[LOCAL, "VB12"] == 3
    assert found[LOINC, "2132-9"] == 6
    assert {row["outcome"]: row["number"] for row in rows["outcomes"]} == {
        "could be assessed": 4,
        "- advice": 4,
        "- no-advice": 0,
        "not assessable": 0,
        "refused": 5,
        "all": 9,
    }


def batch(messages: list[str], *, end: str = "\r", frame: bool = False) -> bytes:
    """Messages as a file of a batch, with these ends of lines, each in a frame or not."""
    framed = [f"\x0b{one}\x1c" if frame else one for one in messages]
    text = "\r".join(["FHS|^~\\&|A", "BHS|^~\\&|A", *framed, "BTS|2", "FTS|1", ""])
    return text.replace("\r\r", "\r").replace("\r", end).encode()


def test_the_messages_of_a_file_are_taken_one_by_one(tmp_path: Path) -> None:
    sent = [message(obx(value=str(value))) for value in (90, 120, 600)]
    ways = list(product(("\r", "\n", "\r\n"), (False, True), (b"", b"\xef\xbb\xbf")))
    for number, (end, frame, start) in enumerate(ways):
        whole = start + batch(sent, end=end, frame=frame)
        (tmp_path / f"batch-{number}.hl7").write_bytes(whole)
        (tmp_path / f"plain-{number}.hl7").write_bytes(start + "".join(sent).encode())
    found = outcomes(tmp_path)
    assert found["could be assessed"] == found["all"] == 2 * len(ways) * len(sent)


def test_what_the_printed_block_says_is_read_once_it_is_pasted(tmp_path: Path) -> None:
    file, site = tmp_path / "one.hl7", tmp_path / "site.toml"
    results = (
        local("VB12", "Vitamin B12"),
        local("HOLO", "Active B12", unit="pmol/L", value="20", number=2),
        local("FOL", "Folate", unit="ug/L", value="8", number=3),
        local("HCY", "Homocysteine", unit="mg%", value="2", number=4),
        local("ä1", "Hämoglobin", unit="g/L", value="100", number=5),
    )
    file.write_bytes(message(*results, msh=latin1()).encode("latin-1"))
    assert outcomes(file)["could be assessed"] == 0
    done = run(file)
    assert done.exit_code == 1
    block = done.stdout[done.stdout.index(HEADING) :]
    site.write_text(f'name = "Made up"\n{block}', "utf-8")
    assert {code: found.analyte for (_, code), found in load_site(site).codes.items()} == {
        "VB12": Analyte.b12_total,
        "HOLO": Analyte.b12_active,
        "ä1": Analyte.haemoglobin,
    }
    again = counted("--site", site, file)
    assert '# "HCY" = "homocysteine"  # so by its name, but a unit is refused: ' in block
    assert '# "FOL" = ""  # result, times: 1, shown as "Folate"' in block
    uses = {row["code"]: row["use"] for row in again["codes"]}
    assert {uses[code] for code in ("VB12", "HOLO", "ä1")} == {"read"}
    assert uses["FOL"] == uses["HCY"] == "code not known"
    assert outcomes("--site", site, file)["could be assessed"] == 1
    # The block then holds what is there already, to be put in its place.
    merged = tomllib.loads(again["siteFile"].replace('# "FOL" = ""', '"FOL" = "folate_serum"'))
    assert set(merged["codes"]["L"]) == {"VB12", "HOLO", "ä1", "FOL"}


def latin1() -> str:
    return "MSH|^~\\&|LIS|LAB|||20261118||ORU^R01|C1|P|2.5.1||||||8859/1"


def test_refused_units_have_their_number_and_the_nearest_that_is_read(tmp_path: Path) -> None:
    messages = [
        message(obx(value="120", unit="pg/dL")),
        message(obx(value="120", unit="pg/dL")),
        message(obx(value="120", unit="")),
        message(local("HCY", "Homocysteine", unit="umol/dl")),
    ]
    (tmp_path / "all.hl7").write_bytes(batch(messages))
    found = counted(tmp_path)
    assert [
        (
            row["code"],
            row["by"],
            row["unit"],
            row["why"],
            row["nearest that is read"],
            row["number"],
        )
        for row in found["units"]
    ] == [
        ("2132-9", "its code", "pg/dL", "unit-not-read", "ng/L", 2),
        ("HCY", "its name", "umol/dl", "unit-not-read", "umol/L", 1),
        ("2132-9", "its code", "", "unit-missing", "ng/L", 1),
    ]
    assert {row["reason"] for row in found["reasons"]} >= {"b12-not-usable"}
    notes = {row["note"]: row["of them not assessable"] for row in found["notes"]}
    assert notes["unit-not-read"] == 2
    assert notes["unit-missing"] == 1


UNITS = sorted({unit for table in PROFILE.knowledge.units.values() for unit in table.aliases})
KNOWN = sorted(PROFILE.knowledge.units)


@given(
    st.sampled_from([("2132-9", "LN"), ("14685-2", "LN"), ("72160-5", "LN"), ("718-7", "LN")]),
    st.sampled_from([*UNITS, "", "pg", "ng/dl", "mg %", "picomoles per litre", "pg/mL^x^UCUM"]),
)
def test_a_unit_is_refused_here_if_and_only_if_the_reader_refuses_it(
    code: tuple[str, str], unit: str
) -> None:
    body = message(f"OBX|1|NM|{code[0]}^^{code[1]}||150|{unit}|||||F|||20261116").encode()
    counts = UnitCounts(PROFILE.codes, PROFILE.knowledge.units)
    for concept in concepts_of_message(body):
        counts.add(concept)
    refusals = {one.code for one in read_message(parse(body), PROFILE).refusals}
    found = {count.issue for count in counts} - {""}
    if refusals & {"haemoglobin-unit-unclear", "value-not-plausible"}:
        # The unit is one of the analyte, and the value is looked at before that of the code.
        assert found <= {"unit-not-of-code"}
    else:
        assert found == {one for one in refusals if one.startswith("unit-")}


@given(st.sampled_from(KNOWN), st.text(max_size=12) | st.sampled_from(UNITS))
def test_the_nearest_unit_is_one_that_is_read(analyte: Analyte, unit: str) -> None:
    table = PROFILE.knowledge.units[analyte]
    assert table.unit_of(nearest_unit(unit, table)) is not None


@pytest.mark.parametrize(
    ("name", "analyte"),
    [
        ("Vitamin B12", Analyte.b12_total),
        ("VITB12", Analyte.b12_total),
        ("S-Cobalamin", Analyte.b12_total),
        ("aktives Vitamin B12", Analyte.b12_active),
        ("Holotranscobalamin", Analyte.b12_active),
        ("Methylmalonic acid, plasma", Analyte.mma),
        ("Serum folate", Analyte.folate_serum),
        ("Folate", None),
        ("Red cell folate", None),
        ("Creatinine", None),
        ("Methylmalonic acid urine", None),
        ("B12 binding capacity", None),
        ("Vitamin B12 antibody", None),
        ("Vitamin B12 + folate", None),
        ("Vitamin B12 after injection", None),
        ("Transcobalamin", None),
        ("Vitamin B1", None),
        ("Haemoglobin A1c", None),
        ("", None),
    ],
)
def test_a_name_is_proposed_only_where_it_says_nothing_else(
    name: str, analyte: Analyte | None
) -> None:
    assert analyte_called(name) is analyte


def test_bad_files_cost_no_others(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text('{"secret": ')
    (tmp_path / "bad.ndjson").write_text('{"secret": 1, }\n{"subject": "secret"\n')
    (tmp_path / "bad.gz").write_bytes(gzip.compress(b"MSH|secret")[:-12])
    (tmp_path / "bad.bin").write_bytes(b"\x00\xffsecret")
    (tmp_path / "bad.hl7").write_bytes(b"MSH|secret\rMSH|^~\\&|A|\xff\rOBX|secret")
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "good.hl7").write_text(message(obx(value="120")))
    done = run(tmp_path)
    assert done.exit_code == 3
    assert "2132-9" in done.stdout
    assert "secret" not in done.output.replace(str(tmp_path), "")
    for name in ("bad.gz", "bad.bin", "empty"):
        assert f"{tmp_path / name}: cannot be read" in done.output
    found = outcomes(tmp_path)
    assert (found["could be assessed"], found["refused"]) == (1, 5)


def test_the_tables_are_written_as_csv(tmp_path: Path) -> None:
    (tmp_path / "one.hl7").write_text(message(obx(value="120", unit="=pg")))
    assert run(tmp_path / "one.hl7", "--csv", tmp_path / "tables").exit_code == 1
    with (tmp_path / "tables" / "units.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["unit"], row["number"]) == ("=pg", "1")
    assert {file.stem for file in (tmp_path / "tables").iterdir()} == {
        "outcomes", "reasons", "notes", "refused", "units", "codes", "text-only",
    }  # fmt: skip
