"""`cohort report --outcomes`: the figures of a small population that were worked out by hand.

The 40 people of `FORTY` have these levels and fates:

| people | level, mean cell volume, haemoglobin | card | treated later |
|---|---|---|---|
| 8 | 120 pg/mL, 90 fL, 140 g/L | R13 | 7, after 10, 20, ... 70 days |
| 4 | 250 pg/mL, 108 fL, 100 g/L | R15 | 2, after 30 and 90 days |
| 28 | 500 pg/mL, 90 fL, 140 g/L | none | 6, after 15 days each |

|  | treated | not | in all |
|---|---|---|---|
| card | 9 | 3 | 12 |
| no card | 6 | 22 | 28 |
| in all | 15 | 25 | 40 |

Sensitivity 9/15 = 60 %, specificity 22/25 = 88 %, positive predictive value 9/12 = 75 %, negative
22/28 = 78.57 %.

Wilson's interval is (p + a ± z √(p(1-p)/n + b)) / (1 + 2a) with a = z²/2n, b = z²/4n²,
z = 1.95996 and z² = 3.84146.

- 9/15: a = 3.84146/30 = 0.12805, p + a = 0.72805, 1 + 2a = 1.25610; p(1-p)/n = 0.24/15 = 0.016,
  b = 3.84146/900 = 0.0042683; √0.0202683 = 0.142367, times z = 0.279034;
  (0.72805 - 0.279034)/1.25610 = 0.35747, (0.72805 + 0.279034)/1.25610 = 0.80176.
- 9/12: p + a = 0.910061, 1 + 2a = 1.320121; √(0.015625 + 0.0066692) = 0.149312, times z = 0.292646;
  0.617415/1.320121 = 0.46770, 1.202707/1.320121 = 0.91106.
- 22/25: 0.956829, 1.153658; √(0.004224 + 0.0015366) = 0.0758985, times z = 0.148758;
  0.70044, 0.95833.
- 22/28: 0.854312, 1.137195; √(0.0060131 + 0.0012250) = 0.0850768, times z = 0.166747;
  0.60461, 0.89787.
- 7/8 of R13 = 87.5 %: 1.115091, 1.480183; √(0.0136719 + 0.0150057) = 0.169345, times z = 0.331910;
  0.52911, 0.97758.

R13 found 7 of all 15 = 46.67 %, 40 days before in the middle, 25 and 55 at the quarters. R15: 2/4 =
50 %, and the middle of 30 and 90 is 60. Any card: of 10, 20, 30, 30, 40, 50, 60, 70 and 90 days the
middle is 40, the quarters 30 and 60.
"""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest

from app import EXAMPLES
from cobalamin.service.cohort.report.proportions import proportion
from cohorts import cohort, run, write_table

pytest.importorskip("duckdb", reason="DuckDB has no wheel for this machine")
ON = date(2026, 1, 10)
COLUMNS = """
date = "2026-01-05"

[patient]
id = "person"
age = "age"
sex = { column = "sex", values = { m = "male" } }
"""
COLUMNS += "".join(
    f'[[results]]\nanalyte = "{analyte}"\ncolumn = "{column}"\nunit = "{unit}"\n'
    for analyte, column, unit in (
        ("b12_total", "b12", "pg/mL"),
        ("mcv", "mcv", "fL"),
        ("haemoglobin", "hb", "g/L"),
    )
)
# Level, mean cell volume, haemoglobin, how many, and after how many days some were treated.
GROUPS = (
    ("120", "90", "140", 8, (10, 20, 30, 40, 50, 60, 70)),
    ("250", "108", "100", 4, (30, 90)),
    ("500", "90", "140", 28, (15,) * 6),
)
NAMES = ("b12_started", "diagnosis", "diagnosed", "mma_later", "mma_day")
ONE = 'id = "person"\n[[outcomes]]\nname = "x"\n'
Row = dict[str, str]


def forty() -> list[Row]:
    """The people of the table above, with the day of their treatment."""
    rows: list[Row] = []
    for level, volume, haemoglobin, number, days in GROUPS:
        for at in range(number):
            started = str(ON + timedelta(days[at])) if at < len(days) else ""
            person = {"person": f"p{len(rows):02}", "age": "60", "sex": "m", "b12": level}
            later = {**dict.fromkeys(NAMES, ""), "b12_started": started}
            rows.append({**person, "mcv": volume, "hb": haemoglobin, **later})
    return rows


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run over the 40 people."""
    folder = tmp_path_factory.mktemp("outcomes")
    mapping = folder / "columns.toml"
    mapping.write_text(COLUMNS, "utf-8")
    table = write_table(folder / "forty.csv", forty())
    return run(folder / "out", table, "--mapping", mapping, day=ON.isoformat())


def report(finished: Path, folder: Path, rows: list[Row], mapping: str | None = None) -> Path:
    """The report on the 40 people with what these rows say of later."""
    named = EXAMPLES / "outcome-mapping.toml"
    if mapping is not None:
        named = folder / "later.toml"
        named.write_text(mapping, "utf-8")
    table = write_table(folder / "later.csv", rows)
    options = ("--outcomes", table, "--outcome-mapping", named, "--output", folder / "report")
    done = cohort("report", finished, *options)
    assert done.exit_code == 0, done.output
    return folder / "report"


def table_of(folder: Path, name: str, outcome: str) -> list[list[str]]:
    """The lines of a table about one outcome, without its name."""
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [line[1:] for line in csv.reader(file) if line[0] == outcome]


def test_the_figures_are_those_that_were_worked_out_by_hand(finished: Path, tmp_path: Path) -> None:
    made = report(finished, tmp_path, forty())
    assert table_of(made, "outcome-people", "treated") == [["15", "25", "0", "0", "0"]]
    assert table_of(made, "outcome-two-by-two", "treated") == [
        ["card", "9", "3"],
        ["no card", "6", "22"],
        ["of these not assessable", "0", "0"],
    ]
    assert table_of(made, "outcome-measures", "treated") == [
        ["sensitivity", "9", "15", "60.0", "35.75", "80.18"],
        ["specificity", "22", "25", "88.0", "70.04", "95.83"],
        ["positive predictive value", "9", "12", "75.0", "46.77", "91.11"],
        ["negative predictive value", "22", "28", "78.57", "60.46", "89.79"],
    ]
    r13, r15, every = table_of(made, "outcome-by-rung", "treated")
    assert (r13[0], r13[2:7]) == ("R13", ["7", "8", "87.5", "52.91", "97.76"])
    assert (r13[7], r13[10:]) == ("46.67", ["7", "40.0", "25.0", "55.0"])
    assert (r15[0], r15[2:5], r15[10:12]) == ("R15", ["2", "4", "50.0"], ["2", "60.0"])
    assert (every[0], every[2:7]) == ("any", ["9", "12", "75.0", "46.77", "91.11"])
    assert every[7:] == ["60.0", "35.75", "80.18", "9", "40.0", "30.0", "60.0"]


def test_the_page_says_what_it_cannot_show(finished: Path, tmp_path: Path) -> None:
    page = (report(finished, tmp_path, forty()) / "index.html").read_text("utf-8")
    assert "What these figures cannot show" in page
    for words in ("verification bias", "Treated without a test", "incorporation bias", "Benefit"):
        assert words in page
    # Of nobody is a diagnosis known: there is no share of nobody.
    made = table_of(tmp_path / "report", "outcome-measures", "diagnosis")
    assert [line[1:] for line in made] == [["0", "0", "", "", ""]] * 4


def test_what_is_not_known_or_was_before_is_not_counted(finished: Path, tmp_path: Path) -> None:
    later = dict.fromkeys(NAMES, "")
    rows = [
        # Before the day, twice; on the day; not read, by its word and by its day.
        {"person": "p00", **later, "diagnosis": "deficiency", "diagnosed": "2026-01-09"},
        {"person": "p00", **later, "diagnosis": "deficiency", "diagnosed": "2026-03-01"},
        {"person": "p01", **later, "diagnosis": "deficiency", "diagnosed": "2026-01-10"},
        {"person": "p02", **later, "diagnosis": "perhaps"},
        {"person": "p03", **later, "diagnosis": "deficiency", "diagnosed": "soon"},
        # Of two lines the first day counts; a day in a timestamp; no day; a word that was earlier.
        {"person": "p04", **later, "diagnosis": "deficiency", "diagnosed": "2026-02-10 08:00"},
        {"person": "p04", **later, "diagnosis": "deficiency", "diagnosed": "2026-01-30"},
        {"person": "Patient/p05", **later, "diagnosis": "deficiency"},
        {"person": "p06", **later, "diagnosis": "none", "diagnosed": "2026-01-01"},
        {"person": "p12", **later, "diagnosis": "none", "diagnosed": "2026-06-01"},
        # Somebody else, and nobody.
        {"person": "q", **later, "diagnosis": "none"},
        {"person": "", **later, "diagnosis": "none"},
    ]
    limits = {"0.40": "p00", "0.41": "p01", "<0.5": "p02", "nan": "p03", "NA": "p04"}
    rows += [{"person": who, **later, "mma_later": text} for text, who in limits.items()]
    made = report(finished, tmp_path, rows)
    assert table_of(made, "outcome-people", "diagnosis") == [["3", "1", "33", "1", "2"]]
    assert table_of(made, "outcome-two-by-two", "diagnosis")[:2] == [
        ["card", "3", "0"],
        ["no card", "0", "1"],
    ]
    step, _ = table_of(made, "outcome-by-rung", "diagnosis")
    assert step[10:] == ["2", "10.0", "5.0", "15.0"]
    assert table_of(made, "outcome-people", "MMA above 0.40 umol/L") == [["1", "1", "36", "0", "2"]]
    assert "without a row in the run: 1." in (made / "index.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('id = "person"\n', "outcomes"),
        ('id = "person"\noutcomes = []\n', "at least one"),
        ('id = "person"\n[[outcomes]]\nname = "x"\ncolumn = "nowhere"\n', "no column nowhere"),
        (
            'id = "person"\n[[outcomes]]\nname = "x"\ncolumn = "hb"\nabove = 1\nbelow = 2\n',
            "one of",
        ),
        ('id = "person"\n[[outcomes]]\nname = "x"\ncolumn = "hb"\nabove = nan\n', "no number"),
        ('id = "person"\n[[outcomes]]\nname = "x"\ncolumn = "hb"\nover = 1\n', "over"),
    ],
)
def test_a_mapping_that_is_wrong_is_refused(
    text: str, said: str, finished: Path, tmp_path: Path
) -> None:
    mapping = tmp_path / "later.toml"
    mapping.write_text(text, "utf-8")
    table = write_table(tmp_path / "later.csv", forty()[:2])
    options: list[str | Path] = ["--outcomes", table, "--outcome-mapping", mapping]
    done = cohort("report", finished, *options, "--output", tmp_path / "report")
    assert (done.exit_code, said in done.output) == (3, True), done.output
    alone = cohort("report", finished, *options[:2])
    assert (alone.exit_code, "given together" in alone.output) == (2, True)


def test_an_interval_holds_its_share_and_ends_at_nobody_and_everybody() -> None:
    for whole in range(1, 40):
        for part in range(whole + 1):
            found = proportion(part, whole)
            assert found.percent is not None
            assert found.low is not None
            assert found.high is not None
            assert 0 <= found.low <= found.percent <= found.high <= 100
            assert found.low < found.high
            assert (found.low == 0, found.high == 100) == (part == 0, part == whole)
    assert proportion(0, 0).percent is None
