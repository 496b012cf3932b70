"""Cards and unknown codes are counted by day, and a change is logged and reported once."""

import json
import logging
from datetime import date, timedelta

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace
from sqlalchemy import insert, select

from app import app_with, example
from cobalamin.service.cli.main import main
from cobalamin.service.records.audit.chain import card_rows, entry_row
from cobalamin.service.records.audit.daily_counts import check_days, delete_counts, load_changes
from cobalamin.service.records.audit.entries import AuditCard, AuditEntry, EntryKind
from cobalamin.service.records.audit.keys import AuditKey
from cobalamin.service.records.audit.trail import AuditTrail
from cobalamin.service.records.audit.writer import AuditWriter
from cobalamin.service.records.store import Store
from cobalamin.service.records.tables import AUDIT_CARDS, AUDIT_ENTRIES, DAILY_COUNTS
from cobalamin.service.settings import AuditPolicy
from measured import counted, counting

SECRET = "a secret of a site, of more than 32 characters"  # noqa: S105 - of tests alone
FIRST = date(2026, 6, 1)
CARDS, DAYS = 24, 42


def an_entry(day: date, *, topic: str | None = None, unknown: int = 0) -> AuditEntry:
    shown = AuditCard(card="c", topic=topic or "", indicator="info", shown=True)
    findings = {"notes": {"code-not-known": unknown, "date-partial": 7}} if unknown else {}
    return AuditEntry(
        kind=EntryKind.evaluation,
        at=1,
        day=day.isoformat(),
        client="ehr",
        service="b12-patient-view",
        findings=json.dumps(findings),
        cards=(shown,) if topic else (),
    )


def write_days(store: Store, first: date, days: int, *, cards: int, unknown: int = 3) -> None:
    """Days of thirty evaluations, so many of which made a card; a chain a day, not sealed."""
    entries, shown = [], []
    for day in (first + timedelta(days=number) for number in range(days)):
        for one in range(30):
            topic = "b12TreatByCause" if one < cards else None
            entry = an_entry(day, topic=topic, unknown=unknown if one == 0 else 0)
            place = {"chain": day.toordinal(), "number": one}
            entries.append({**entry_row(entry), **place, "previous": "", "mac": ""})
            shown += [{**card, **place, "position": 0} for card in card_rows(entry)]
    with store.transaction() as connection:
        connection.execute(insert(AUDIT_ENTRIES), entries)
        if shown:
            connection.execute(insert(AUDIT_CARDS), shown)


@pytest.fixture
def ordinary(store: Store) -> Store:
    """Six weeks of ordinary days."""
    write_days(store, FIRST, DAYS, cards=CARDS)
    assert check_days(store, FIRST + timedelta(days=DAYS)) == []
    return store


def test_a_drop_to_zero_and_unknown_codes_are_found_once(ordinary: Store) -> None:
    changed = FIRST + timedelta(days=DAYS)
    write_days(ordinary, changed, 2, cards=0, unknown=60)
    today = changed + timedelta(days=2)
    found = check_days(ordinary, today)
    assert sorted({(kind, name, change.is_rise) for kind, name, change in found}) == [
        ("codes", "ehr", True),
        ("topic", "b12TreatByCause", False),
    ]
    assert len(found) == 2
    assert check_days(ordinary, today) == []
    assert sorted(load_changes(ordinary, changed)) == sorted(found)
    assert load_changes(ordinary, today) == []
    topic = next(change for change in found if change.kind == "topic")
    assert topic.describe().startswith("cards of topic b12TreatByCause: 0 in the 1 day(s) until ")


def test_the_first_evaluation_of_a_day_counts_those_before_and_logs(
    ordinary: Store, caplog: pytest.LogCaptureFixture
) -> None:
    changed = FIRST + timedelta(days=DAYS)
    write_days(ordinary, changed, 1, cards=0)
    key = AuditKey(SECRET)
    trail = AuditTrail(AuditWriter(ordinary, key), key, required=True)
    with caplog.at_level(logging.WARNING, "cobalamin.audit"), counting() as recorder:
        trail.record(an_entry(changed + timedelta(days=1)))
        trail.join()
    labels = {"kind": "topic", "name": "b12TreatByCause", "direction": "fall"}
    assert counted(recorder, "cobalamin_firing_rate_changes_total", **labels) == 1
    assert [record.getMessage()[:38] for record in caplog.records] == [
        "rate changed: cards of topic b12TreatB"
    ]


def test_patients_of_batches_do_not_count(store: Store) -> None:
    writer, evaluation = AuditWriter(store, AuditKey(SECRET)), an_entry(FIRST, topic="b12Treat")
    patient = replace(an_entry(FIRST, topic="b12Treat", unknown=9), kind=EntryKind.batch_patient)
    writer.write_many([evaluation, evaluation, patient, patient, patient])
    assert check_days(store, FIRST + timedelta(days=1)) == []
    with store.connection() as connection:
        found = connection.execute(select(DAILY_COUNTS)).all()
    counts = {(kind, name): count for _, kind, name, count, _ in found}
    assert counts == {("all", ""): 2, ("codes", "ehr"): 0, ("topic", "b12Treat"): 2}


def test_a_day_is_counted_by_one_process(ordinary: Store) -> None:
    changed = FIRST + timedelta(days=DAYS)
    write_days(ordinary, changed, 1, cards=0)
    other = Store(ordinary.url.render_as_string(hide_password=False))
    found = [check_days(one, changed + timedelta(days=1)) for one in (ordinary, other)]
    other.close()
    assert [len(changes) for changes in found] == [1, 0]


def command(store: Store, *arguments: str) -> Result:
    url = store.url.set(drivername=store.url.get_backend_name())
    told = {
        "COBALAMIN_ENVIRONMENT": "development",
        "COBALAMIN_DATABASE_URL": url.render_as_string(hide_password=False),
    }
    return CliRunner().invoke(main, arguments, env=told)


def test_the_command_reports_and_the_purge_forgets(ordinary: Store) -> None:
    nothing = command(ordinary, "audit", "rates")
    heading = "day\tkind\tname\tdays\tcount\texpected\n"
    assert (nothing.exit_code, nothing.stdout) == (0, heading)
    changed = FIRST + timedelta(days=DAYS)
    write_days(ordinary, changed, 1, cards=0)
    done = command(ordinary, "audit", "rates")
    line = f"{changed}\ttopic\tb12TreatByCause\t1\t0\t24.0\n"
    assert (done.exit_code, done.stdout) == (1, heading + line)
    assert delete_counts(ordinary, changed) == DAYS * 3
    assert delete_counts(ordinary, changed + timedelta(days=1)) == 2
    assert load_changes(ordinary, date.min) == []
    purged = command(ordinary, "db", "purge", "--count-days", "30")
    assert purged.stderr.endswith("daily counts deleted: 0\n")


def test_codes_of_a_real_call_are_counted(store: Store) -> None:
    url = store.url.set(drivername=store.url.get_backend_name())
    body = example("patient-view.json")
    coding = body["prefetch"]["labs"]["entry"][0]["resource"]["code"]["coding"]
    coding[:] = [{"system": "http://loinc.org", "code": "99999-9"}]
    app = app_with(
        database_url=url.render_as_string(hide_password=False),
        audit=AuditPolicy.required,
        audit_key=(SECRET,),
    )
    answer = app.test_client().post("/cds-services/b12-patient-view", json=body)
    assert answer.status_code == 200
    with store.connection() as connection:
        findings = connection.execute(AUDIT_ENTRIES.select()).mappings().one()["findings"]
    assert json.loads(findings)["notes"]["code-not-known"] >= 1
