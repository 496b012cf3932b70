"""Which of several results is the newest, and which dates cannot be meant, in any time zone."""

from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments import TODAY, get_profile
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.model.assessment import Assessment, Outcome, Status
from cobalamin.service.rules.model.dates import When, read_when
from cobalamin.service.rules.model.facts import Facts, HistoryFact, Patient, Refusal, Result
from cobalamin.service.rules.model.quantities import Quantity
from cobalamin.service.rules.model.vocabulary import Analyte, History

LOW, ENOUGH = 100, 600
ZONES = st.sampled_from(
    ("Pacific/Auckland", "Asia/Kolkata", "Europe/London", "America/St_Johns", "Pacific/Honolulu")
).map(ZoneInfo)
OFFSETS = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
# The days around the day of assessment, to the minute.
INSTANTS = st.datetimes(datetime(2026, 11, 10), datetime(2026, 11, 19)).map(  # noqa: DTZ001
    lambda moment: moment.replace(second=0, microsecond=0, tzinfo=UTC)
)


def a_result(value: int, on: When, *, corrected: bool = False) -> Result:
    quantity = Quantity(value=Decimal(value), unit="ng/L")
    return Result(analyte=Analyte.b12_total, on=on, quantity=quantity, corrected=corrected)


def assessed(
    *results: Result,
    born: str | None = "1969-04-12",
    refusals: tuple[Refusal, ...] = (),
    history: tuple[HistoryFact, ...] = (),
) -> Assessment:
    birth_date = None if born is None else read_when(born)
    facts = Facts(
        patient=Patient(birth_date=birth_date),
        results=results,
        refusals=refusals,
        history=history,
    )
    return assess(facts, get_profile().knowledge, TODAY)


def status(*results: Result) -> Status:
    return assessed(*results).status.value


def codes(assessment: Assessment) -> set[str]:
    return {note.code for note in assessment.notes}


def in_zone(instant: datetime, zone: tzinfo, service: tzinfo = UTC) -> When:
    return read_when(instant.astimezone(zone).isoformat(), service)


# --- the order


@given(INSTANTS, INSTANTS, OFFSETS, OFFSETS, ZONES)
def test_of_two_times_with_a_zone_the_later_instant_counts(
    one: datetime, other: datetime, first: tzinfo, second: tzinfo, service: tzinfo
) -> None:
    low = a_result(LOW, in_zone(one, first, service))
    enough = a_result(ENOUGH, in_zone(other, second, service))
    for order in ((low, enough), (enough, low)):
        found = assessed(*order)
        expected = Status.deficient if one >= other else Status.unlikely
        assert found.status.value is expected
        assert ("results-disagree" in codes(found)) is (one == other)


@given(st.times(), st.times(), st.sampled_from(("zone", "clock", "day")), st.booleans())
def test_within_a_day_without_a_zone_the_one_nearer_to_deficiency_counts(
    one: time,
    other: time,
    written: str,
    swapped: bool,  # noqa: FBT001 - drawn
) -> None:
    day = "2026-11-16"
    first = read_when(f"{day}T{one.isoformat('minutes')}" if written != "day" else day)
    zone = "Z" if written == "zone" else ""
    second = read_when(f"{day}T{other.isoformat('minutes')}{zone}")
    low, enough = (second, first) if swapped else (first, second)
    found = assessed(a_result(ENOUGH, enough), a_result(LOW, low))
    assert found.status.value is Status.deficient
    assert "results-disagree" in codes(found)


@given(st.integers(1, 9), INSTANTS, OFFSETS)
def test_days_apart_the_later_counts_however_it_is_written(
    days: int, instant: datetime, offset: tzinfo
) -> None:
    timed = in_zone(instant, offset)
    before = read_when((timed.first - timedelta(days=days)).isoformat())
    assert status(a_result(LOW, before), a_result(ENOUGH, timed)) is Status.unlikely
    assert status(a_result(ENOUGH, before), a_result(LOW, timed)) is Status.deficient


@given(st.permutations(range(5)), st.data())
def test_the_order_of_sending_never_matters(order: list[int], data: st.DataObject) -> None:
    written = st.sampled_from(
        (
            "2026-11-16",
            "2026-11-17",
            "2026-11",
            "2026-11-16T23:30:00-05:00",
            "2026-11-17T03:00:00Z",
            "2026-11-17T08:00:00",
            "2026-11-16T09:00:00+13:00",
        )
    )
    values = data.draw(st.lists(st.tuples(st.integers(50, 900), written), min_size=5, max_size=5))
    results = [a_result(value, read_when(text)) for value, text in values]
    sent = assessed(*results)
    again = assessed(*(results[at] for at in order))
    assert again.status == sent.status
    assert again.notes == sent.notes


def test_a_correction_counts_beside_a_value_of_the_same_instant_in_another_zone() -> None:
    on = datetime(2026, 11, 16, 8, 40, tzinfo=UTC)
    old = a_result(LOW, in_zone(on, timezone(timedelta(hours=13))))
    new = a_result(ENOUGH, in_zone(on, UTC), corrected=True)
    found = assessed(old, new)
    assert found.status.value is Status.unlikely
    assert "results-disagree" not in codes(found)


# --- the future


@given(OFFSETS, ZONES, st.integers(0, 24 * 60 - 1))
def test_a_time_on_the_day_of_the_service_is_never_in_the_future(
    offset: tzinfo, service: tzinfo, minute: int
) -> None:
    midnight = datetime.combine(TODAY, time(), service)
    instant = midnight.astimezone(UTC) + timedelta(minutes=minute)
    assert status(a_result(LOW, in_zone(instant, offset, service))) is Status.deficient


@given(OFFSETS, ZONES, st.integers(0, 10_000))
def test_a_time_after_the_day_in_every_zone_is_in_the_future_and_refused(
    offset: tzinfo, service: tzinfo, minutes: int
) -> None:
    # The day has ended everywhere twelve hours after it has ended in UTC.
    end = datetime.combine(TODAY + timedelta(days=1), time(12), UTC)
    found = assessed(a_result(LOW, in_zone(end + timedelta(minutes=minutes), offset, service)))
    assert found.outcome is Outcome.not_assessable
    assert found.status.value is Status.not_assessable
    assert "result-in-future" in codes(found)


@pytest.mark.parametrize(
    ("written", "zone", "code"),
    [
        ("2026-11-21", "UTC", "result-dated-ahead"),
        ("2026-11-22", "UTC", "result-in-future"),
        ("2026-11-21T09:00:00", "UTC", "result-dated-ahead"),
        ("2026-11-21T20:00:00", "UTC", "result-in-future"),
        ("2026-11-21T05:00:00+13:00", "UTC", None),
        ("2026-11-21T01:00:00Z", "UTC", "result-in-future"),
        ("2026-11-21T01:00:00Z", "America/New_York", None),
        ("2026-11", "UTC", None),
        ("2026-12", "UTC", "result-in-future"),
    ],
)
def test_the_next_day_is_used_as_long_as_it_may_have_begun(
    written: str, zone: str, code: str | None
) -> None:
    found = codes(assessed(a_result(LOW, read_when(written, ZoneInfo(zone)))))
    assert found & {"result-dated-ahead", "result-in-future"} == ({code} if code else set())


@given(st.dates(date(2026, 11, 23), date(2400, 1, 1)))
def test_a_result_of_the_future_does_not_make_an_older_one_the_newest(day: date) -> None:
    older = read_when("2026-09-20")
    future = a_result(ENOUGH, read_when(day.isoformat()))
    assert status(a_result(ENOUGH, older), future) is Status.not_assessable
    assert status(a_result(LOW, older), future) is Status.deficient


# --- dates that cannot be meant


@given(st.dates(date(1850, 1, 1), date(1969, 4, 11)))
def test_a_result_from_before_the_birth_is_refused_and_said(day: date) -> None:
    found = assessed(a_result(LOW, read_when(day.isoformat())))
    assert found.outcome is Outcome.not_assessable
    assert codes(found) & {"date-before-birth", "date-not-plausible"}


@pytest.mark.parametrize(
    "written", ["1900-01-01", "0001-01-01", "1900-01-01T00:00:00+01:00", "0001-01-01T00:00:00Z"]
)
def test_a_date_put_in_for_an_unknown_one_is_refused_and_said(written: str) -> None:
    found = assessed(a_result(LOW, read_when(written)))
    assert found.outcome is Outcome.not_assessable
    assert "date-not-plausible" in codes(found)


@given(
    st.one_of(
        st.sampled_from(("0001-01-01", "1900-01-01", "1900", "2027", "2026-11-23")),
        st.dates(date(1, 1, 1), date(1903, 12, 31)).map(date.isoformat),
        st.dates(date(2026, 11, 22)).map(date.isoformat),
    )
)
def test_a_birth_date_that_nobody_living_has_is_not_used_and_said(born: str) -> None:
    found = assessed(a_result(LOW, read_when("2026-11-16")), born=born)
    assert found.facts.patient.birth_date is None
    assert found.outcome is Outcome.not_assessable
    assert "birth-date-not-plausible" in codes(found)


@given(st.dates(date(1904, 1, 1), TODAY))
def test_any_other_birth_date_is_used(born: date) -> None:
    found = assessed(born=born.isoformat())
    assert found.facts.patient.birth_date is not None
    assert "birth-date-not-plausible" not in codes(found)


@given(st.sampled_from(("1900-01-01", "0001-01-01", "1950-03", "1968")))
def test_a_start_before_the_birth_is_not_known_and_the_rest_stays(since: str) -> None:
    metformin = HistoryFact(code=History.metformin, since=read_when(since), reference="m")
    found = assessed(a_result(LOW, read_when("2026-11-16")), history=(metformin,))
    (kept,) = found.facts.history
    assert (kept.code, kept.since) == (History.metformin, None)
    assert [note.where for note in found.notes if note.code == "date-not-plausible"] == ["m"]


# --- the newest result counts even when it cannot be used


def refused(code: str, on: str | None = "2026-11-18") -> Refusal:
    day = None if on is None else read_when(on)
    return Refusal(analyte=Analyte.b12_total, code=code, where="r", on=day)


@pytest.mark.parametrize("code", ["unit-not-read", "value-not-read", "code-refused"])
@pytest.mark.parametrize("value", [250, ENOUGH])
def test_an_older_result_that_is_not_low_does_not_count(code: str, value: int) -> None:
    older = a_result(value, read_when("2026-09-20"))
    found = assessed(older, refusals=(refused(code),))
    assert found.status.value is Status.not_assessable
    assert found.outcome is Outcome.not_assessable
    assert older in found.status.earlier
    assert "newer-result-not-usable" in codes(found)


@pytest.mark.parametrize("code", ["unit-not-read", "date-not-read"])
def test_an_older_result_that_is_low_decides_and_the_note_stays(code: str) -> None:
    older = a_result(LOW, read_when("2026-09-20"))
    found = assessed(older, refusals=(refused(code, None if "date" in code else "2026-11-18"),))
    assert found.status.value is Status.deficient
    assert found.outcome is Outcome.advice
    assert "newer-result-not-usable" in codes(found)


def test_a_refused_result_of_unknown_date_may_be_the_newest() -> None:
    older = a_result(ENOUGH, read_when("2026-09-20"))
    found = assessed(older, refusals=(refused("date-not-read", None),))
    assert found.outcome is Outcome.not_assessable


@pytest.mark.parametrize("on", ["2026-09-20", "2026-01-01"])
def test_a_refused_result_that_is_not_newer_changes_nothing(on: str) -> None:
    older = a_result(ENOUGH, read_when("2026-09-20"))
    found = assessed(older, refusals=(refused("unit-not-read", on),))
    assert found.status.value is Status.unlikely
    assert found.outcome is Outcome.no_advice


@pytest.mark.parametrize("code", ["entered-in-error", "status-withdrawn", "report-withdrawn"])
def test_a_withdrawn_result_is_as_if_it_had_not_been_sent(code: str) -> None:
    older = a_result(ENOUGH, read_when("2026-09-20"))
    assert assessed(older, refusals=(refused(code),)).outcome is Outcome.no_advice


def test_a_result_that_is_not_final_leaves_the_status_but_is_not_silence() -> None:
    older = a_result(ENOUGH, read_when("2026-09-20"))
    found = assessed(older, refusals=(refused("status-not-final"),))
    assert found.status.value is Status.unlikely
    assert found.outcome is Outcome.not_assessable
