"""Comments on earlier reports of a patient: left out, replaced or withdrawn, never in silence."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import hl7
import pytest
from sqlalchemy import select

from app import app_with
from cobalamin.service.records.migrate import upgrade
from cobalamin.service.records.outbox import OutboxState, next_waiting, settle
from cobalamin.service.records.report_comments import count_reports, delete_reports
from cobalamin.service.records.store import Store
from cobalamin.service.records.tables import REPORT_COMMENTS
from cobalamin.service.settings import SettingsError
from databases import new_database
from messages import obx
from mllp import listening
from reports import (
    AUDIT_KEY,
    BY,
    DAY_SECONDS,
    codes,
    earlier,
    notes,
    order,
    report,
    site_file,
    warned,
)

START = 1_780_000_000.0
BORDERLINE = obx(value="250")
MCV = obx("787-2", "92", "fL")
AUTOMATIC = f'[comments.release.indeterminate]\nvalue = "automatic"\n{BY}'


class Laboratory:
    """A service with a clock of its own, asked by POST /hl7v2."""

    def __init__(self, database_url: str, site: Path) -> None:
        self.seconds = START
        self.settings: dict[str, Any] = {
            "database_url": database_url,
            "site": site,
            "audit_key": AUDIT_KEY,
        }
        self.client = app_with(now=self.now, **self.settings).test_client()

    def now(self) -> float:
        return self.seconds

    def close(self) -> None:
        comments = self.client.application.extensions["cobalamin"].value.context.comments
        comments.close()

    def later(self, days: float) -> None:
        self.seconds += days * DAY_SECONDS

    def send(self, body: str) -> hl7.Message:
        found = self.client.post("/hl7v2", data=body.encode(), content_type="application/hl7-v2")
        assert found.status_code == 200, found.text
        parsed: hl7.Message = hl7.parse(found.get_data(as_text=True))
        return parsed


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Laboratory]]:
    """The service on a database of each kind, made when it is first asked for."""
    made: dict[str, Laboratory] = {}
    with ExitStack() as stack:

        def service(kind: str) -> Laboratory:
            if kind not in made:
                folder = tmp_path_factory.mktemp(kind)
                address = stack.enter_context(new_database(kind, folder))
                with closing(Store(address)) as store:
                    upgrade(store)
                made[kind] = stack.enter_context(closing(Laboratory(address, site_file(folder))))
            return made[kind]

        yield service


@pytest.fixture
def laboratory(request: pytest.FixtureRequest, services: Callable[[str], Laboratory]) -> Laboratory:
    """The service without any report, on SQLite or on the database that the test names."""
    service = services(getattr(request, "param", "sqlite"))
    with closing(Store(service.settings["database_url"])) as store:
        delete_reports(store, 2**62)
    service.seconds = START
    return service


on_each_database = pytest.mark.parametrize("laboratory", ["sqlite", "postgresql"], indirect=True)


# --- the same comment again


@on_each_database
def test_the_same_comment_is_left_out_and_says_where_it_stands(laboratory: Laboratory) -> None:
    assert codes(laboratory.send(report("M1")))[0] == "deficient"
    laboratory.later(89)
    again = laboratory.send(report("M2", filler="B2"))
    assert (codes(again), notes(again)) == (("", "", ""), [])
    assert earlier(again) == [("repeats", "M1")]
    assert "ZCR|repeats|A1|B1|M1|20261120|deficient" in str(again)
    assert warned(again) == ["I comment-left-out"]
    laboratory.later(2)  # counted from the report that has the comment
    assert codes(laboratory.send(report("M3", filler="B3")))[0] == "deficient"


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(report("M2", BORDERLINE, filler="B2"), id="another code"),
        pytest.param(report("M2", obx(), MCV, filler="B2"), id="another text"),
        pytest.param(report("M2", obx(status="C"), filler="B2"), id="corrected"),
        pytest.param(report("M2", filler="B2", status="C"), id="corrected report"),
        pytest.param(report("M2", filler="B2", patient="P2"), id="another patient"),
        pytest.param(report("M2", filler="B2").replace("19690412", "19690413"), id="another birth"),
        pytest.param(report("M2", filler="B2").replace("|LIS|", "|LIS2|"), id="another sender"),
        pytest.param(report("M2"), id="the same report"),
    ],
)  # fmt: skip
def test_what_is_new_always_comes(laboratory: Laboratory, other: str) -> None:
    laboratory.send(report("M1"))
    answer = laboratory.send(other)
    assert codes(answer)[0] in {"deficient", "indeterminate"}
    assert "repeats" not in str(answer)


def test_a_comment_comes_again_when_something_else_was_said_in_between(
    laboratory: Laboratory,
) -> None:
    for number, segment in enumerate((obx(), obx(value="600"), obx(), BORDERLINE, obx())):
        answer = laboratory.send(report(f"M{number}", segment, filler=f"B{number}"))
        assert earlier(answer) == []


def test_what_is_for_today_always_comes_and_for_this_week_after_two_weeks(
    laboratory: Laboratory,
) -> None:
    few = (obx(value="90"), obx("718-7", "112", "g/L"))
    severe = (obx(), obx("718-7", "60", "g/L"))
    urgent = [laboratory.send(report(f"U{n}", *severe, filler=f"U{n}")) for n in (1, 2)]
    assert "^urgent|" in str(urgent[1])
    assert codes(urgent[0]) == codes(urgent[1])
    soon = [report(f"S{n}", *few, filler=f"S{n}", patient="P2") for n in (1, 2, 3)]
    first = laboratory.send(soon[0])
    assert "^soon|" in str(first)
    assert earlier(laboratory.send(soon[1])) == [("repeats", "S1")]
    laboratory.later(15)
    assert codes(laboratory.send(soon[2])) == codes(first)


# --- a report that changes


@on_each_database
def test_a_corrected_result_replaces_its_comment_by_reference(laboratory: Laboratory) -> None:
    laboratory.send(report("M1"))
    answer = laboratory.send(report("M2", obx(value="250", status="C")))
    assert earlier(answer) == [("replaces", "M1")]
    assert notes(answer)[0] == "This replaces the comment on report B1 of 2026-11-20 (message M1)."
    assert notes(answer)[1].startswith("Superseding the earlier total vitamin B12")
    assert codes(answer)[1] == "required"
    assert warned(answer) == ["I comment-replaced"]
    # The one that was replaced is not replaced once more.
    assert earlier(laboratory.send(report("M3", obx(value="110", status="C")))) == [
        ("replaces", "M2")
    ]


@pytest.mark.parametrize("status", ["X", "W", "D"])
def test_a_withdrawn_result_withdraws_its_comment(laboratory: Laboratory, status: str) -> None:
    laboratory.send(report("M1"))
    answer = laboratory.send(report("M2", obx(status=status)))
    assert earlier(answer) == [("withdraws", "M1")]
    assert notes(answer) == [
        "The comment on report B1 of 2026-11-20 (message M1) no longer applies."
    ]
    assert codes(answer)[2]
    assert warned(answer) == ["W comment-withdrawn"]
    assert earlier(laboratory.send(report("M3", obx(status=status)))) == []


def test_a_new_report_of_the_order_without_a_comment_withdraws_it(laboratory: Laboratory) -> None:
    laboratory.send(report("M1"))
    answer = laboratory.send(report("M2", obx(value="600")))
    assert earlier(answer) == [("withdraws", "M1")]


@on_each_database
def test_a_message_that_comes_again_gets_what_it_got(laboratory: Laboratory) -> None:
    bodies = [report("M1"), report("M2", BORDERLINE), report("M3", filler="B2")]
    first = [laboratory.send(body) for body in bodies]
    again = [laboratory.send(body) for body in bodies]
    for one, other in zip(first, again, strict=True):
        assert (codes(one), notes(one), earlier(one)) == (
            codes(other),
            notes(other),
            earlier(other),
        )
    with closing(Store(laboratory.settings["database_url"])) as store:
        assert count_reports(store) == 3


def test_a_correction_that_comes_before_its_report_is_not_undone(laboratory: Laboratory) -> None:
    laboratory.send(report("M2", obx(value="600", status="C")))
    answer = laboratory.send(report("M1"))
    assert earlier(answer) == [("review", "M2")]
    assert codes(answer)[0] == "deficient"
    assert codes(answer)[2] == "earlier-comment"
    assert warned(answer) == ["W comment-to-review"]


def test_a_part_of_a_report_does_not_replace_the_whole(laboratory: Laboratory) -> None:
    mma = obx("13964-2", "600", "nmol/L")
    laboratory.send(report("M1", obx(), mma))
    answer = laboratory.send(report("M2", obx("13964-2", "150", "nmol/L", status="C")))
    assert earlier(answer) == [("review", "M1")]
    assert codes(answer)[2] == "earlier-comment"
    # One that is withdrawn takes the comment with it all the same.
    assert earlier(laboratory.send(report("M3", obx(status="W")))) == [("withdraws", "M1")]


def test_a_report_whose_comment_was_left_out_is_named_when_the_other_one_goes(
    laboratory: Laboratory,
) -> None:
    laboratory.send(report("M1"))
    laboratory.send(report("M2", filler="B2"))
    answer = laboratory.send(report("M3", obx(status="W")))
    assert earlier(answer) == [("withdraws", "M1"), ("missing", "M2")]
    assert warned(answer) == ["W comment-withdrawn", "W comment-missing"]
    assert codes(laboratory.send(report("M4", filler="B3")))[0] == "deficient"


def test_a_report_that_says_the_same_once_more_stands_for_it(laboratory: Laboratory) -> None:
    for body in (report("M1"), report("M2", filler="B2")):
        laboratory.send(body)
    assert earlier(laboratory.send(report("M3"))) == [("replaces", "M1")]
    assert earlier(laboratory.send(report("M4", obx(value="600")))) == [
        ("withdraws", "M3"),
        ("missing", "M2"),
    ]


def test_a_reflex_test_is_not_added_again_within_its_interval(
    tmp_path: Path, laboratory: Laboratory
) -> None:
    """By what was added to an earlier report, and by what another one measured."""
    rule = f'[reflex.test-folate]\naction = "add"\nminimum_days = 30\n{BY}'
    site = site_file(tmp_path, rule, repeat=None)
    service = Laboratory(laboratory.settings["database_url"], site)
    sent = [report("F1"), report("F2", filler="B2"), report("F2", filler="B2"), report("F3")]
    answers = [rule_of(service.send(body), "test-folate") for body in sent]
    within = "withhold^site.reflex.test-folate.minimum_days"
    assert answers == ["add^site.reflex.test-folate", within, within, within]
    folate = obx("2284-8", "9", "ug/L", taken="20261020")
    service.send(report("F4", obx(), folate, filler="B4", patient="P4"))
    answer = service.send(report("F5", filler="B5", patient="P4"))
    assert rule_of(answer, "test-folate") == "add^site.reflex.test-folate"  # 31 days ago
    service.close()


def rule_of(answer: hl7.Message, code: str) -> str:
    """What is done with a reflex test, and by which rule."""
    tests = str(answer.segment("ZCB")[18]).split("~")
    return next(one.partition("^")[2] for one in tests if one.startswith(code))


# --- what is kept, and what happens when it cannot be


@on_each_database
def test_nothing_that_names_a_patient_is_kept(laboratory: Laboratory) -> None:
    laboratory.send(report("M1", patient="Zq7canary"))
    with closing(Store(laboratory.settings["database_url"])) as store:
        with store.connection() as connection:
            (row,) = connection.execute(select(REPORT_COMMENTS)).mappings()
        text = str(dict(row))
        assert all(word not in text for word in ("Zq7canary", "1969", "Ada", "120", "level makes"))
        assert (row["placer"], row["filler"], row["control_id"]) == ("A1", "B1", "M1")
        assert delete_reports(store, int(START * 1000)) == 0
        assert delete_reports(store, int(START * 1000) + 1) == 1


def test_a_report_is_forgotten_after_its_days(laboratory: Laboratory) -> None:
    laboratory.send(report("M1"))
    laboratory.later(401)
    assert earlier(laboratory.send(report("M2", obx(status="C")))) == []


@pytest.mark.parametrize(
    "unnamed", [report("M2", filler="", placer=""), report("M2", patient="", filler="B2")]
)
def test_a_report_without_numbers_keeps_its_comment_and_says_so(
    laboratory: Laboratory, unnamed: str
) -> None:
    laboratory.send(report("M1"))
    answer = laboratory.send(unnamed)
    assert codes(answer)[0] == "deficient"
    assert warned(answer) == ["W earlier-comments-not-known"]


@on_each_database
def test_reports_of_a_patient_at_the_same_time_are_not_lost(
    laboratory: Laboratory,
) -> None:
    """Two services on one database: corrections of one order form one line."""
    settings = laboratory.settings
    other = Laboratory(settings["database_url"], settings["site"])
    bodies = [report(f"M{number}", obx(value=str(100 + number))) for number in range(8)]
    with ThreadPoolExecutor(4) as pool:
        senders = [laboratory if number % 2 else other for number in range(8)]
        answers = list(pool.map(lambda one: one[0].send(one[1]), zip(senders, bodies, strict=True)))
    other.close()
    replaced = [name for answer in answers for action, name in earlier(answer)]
    unknown = [answer for answer in answers if "not-known" in str(answer)]
    assert len(replaced) == len(set(replaced)) == 7 - len(unknown)
    assert all(codes(answer)[0] == "deficient" for answer in answers)


def test_the_comment_comes_while_the_database_is_away(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/gone.sqlite3"
    with closing(Store(address)) as store:
        upgrade(store)
    laboratory = Laboratory(address, site_file(tmp_path))
    laboratory.send(report("M1"))
    (tmp_path / "gone.sqlite3").rename(tmp_path / "away.sqlite3")
    answer = laboratory.send(report("M2", filler="B2"))
    assert codes(answer)[0] == "deficient"
    assert warned(answer) == ["W earlier-comments-not-known"]


def test_without_a_key_it_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="COBALAMIN_AUDIT_KEY"):
        app_with(site=site_file(tmp_path), database_url=f"sqlite:///{tmp_path}/none.sqlite3")


# --- by MLLP, and as results


@on_each_database
def test_mllp_and_http_know_the_same_reports(laboratory: Laboratory) -> None:
    laboratory.seconds = time.time()
    laboratory.send(report("H1"))
    with listening(**laboratory.settings) as running, running.connect() as caller:
        left_out = hl7.parse(caller.ask(report("H2", filler="B2").encode()).decode())
        assert earlier(left_out) == [("repeats", "H1")]
        again = hl7.parse(caller.ask(report("H2", filler="B2").encode()).decode())
        assert str(again) == str(left_out)
        corrected = hl7.parse(caller.ask(report("H3", obx(status="C")).encode()).decode())
        assert earlier(corrected) == [("replaces", "H1"), ("missing", "H2")]
    assert earlier(laboratory.send(report("H4", obx(status="D")))) == [("withdraws", "H3")]


def lines(text: str) -> list[str]:
    """Order, lines for a person, and number and status of every line of a comment."""
    found = []
    for segment in hl7.parse(text):
        if str(segment[0]) == "OBX":
            found.append(f"{segment[4]} {segment[11]}{'' if str(segment[5]) else ' empty'}")
        elif str(segment[0]) == "OBR":
            found.append(str(segment[3]))
    return found


def sent_on(store: Store) -> list[str]:
    """The messages that wait to be sent on, which are then taken."""
    found = []
    while (message := next_waiting(store)) is not None:
        found.append(message.content.decode())
        settle(store, message.number, OutboxState.taken)
    return found


def test_a_comment_as_results_is_put_right_by_status(
    tmp_path: Path, laboratory: Laboratory
) -> None:
    site = site_file(tmp_path, f'{AUTOMATIC}[hl7v2]\ncomment = "oru-obx"\n', repeat=None)
    results = [BORDERLINE, obx(value="251"), obx(status="C"), obx(status="W")]
    with (
        listening(**{**laboratory.settings, "site": site}) as running,
        running.connect() as caller,
    ):
        for number, result in enumerate(results, start=1):
            caller.ask(report(f"R{number}", result).encode())
        for number, result in ((5, obx()), (6, obx(value="600"))):
            caller.ask(report(f"R{number}", result, filler="B5").encode())
        made = sent_on(running.store)
    assert [lines(text) for text in made] == [
        ["B1", "1 F", "2 F"],
        ["B1", "1 C", "2 C"],
        ["B1", "1 D empty", "2 D empty", "3 P", "4 P"],
        ["B1", "3 W empty", "4 W empty"],
        ["B5", "1 P", "2 P"],
        ["B5", "1 D empty", "2 D empty"],
    ]
    for text, earlier_message in zip(made, ("", "R1", "R2", "R3", "", "R5"), strict=True):
        assert (f"(message {earlier_message})" in text) == bool(earlier_message)
        assert ("ZCR|" in text) == bool(earlier_message)


def test_one_order_takes_lines_from_another(laboratory: Laboratory) -> None:
    two = report("M1", obx("13964-2", "600", "nmol/L")) + f"{order('B2', 'A2')}\r{obx()}\r"
    laboratory.send(two)
    answer = laboratory.send(two.replace("|M1|", "|M2|"))
    assert earlier(answer) == [("replaces", "M1")]
