"""Messages by MLLP: acknowledged once they are stored, answered once, and kept where refused."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import hl7
import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from cobalamin.service.cli.main import main as command
from cobalamin.service.lab.hl7v2 import process
from cobalamin.service.message_form import SegmentEnd
from cobalamin.service.mllp import processing
from cobalamin.service.mllp.forwarding import Forwarder
from cobalamin.service.mllp.listener import recover
from cobalamin.service.mllp.options import Late, MllpOptions
from cobalamin.service.records.messages import (
    MessageState,
    count_messages,
    delete_messages,
    iter_messages,
)
from cobalamin.service.records.migrate import upgrade
from cobalamin.service.records.outbox import count_outbox, delete_sent
from cobalamin.service.records.store import Store
from cobalamin.service.records.tables import AUDIT_ENTRIES
from cobalamin.service.settings import AuditPolicy, Mode
from mllp import Caller, Listening, error_code, listening, oru, verdict

KEY = ("k" * 40,)
AUDITED: dict[str, Any] = {"audit": AuditPolicy.required, "audit_key": KEY}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    address = f"sqlite:///{tmp_path_factory.mktemp('mllp')}/test.sqlite3"
    with closing(Store(address)) as store:
        upgrade(store)
    return address


@pytest.fixture(scope="module")
def listener(database: str) -> Iterator[Listening]:
    with listening(database, **AUDITED) as running:
        yield running


@pytest.fixture
def caller(listener: Listening) -> Iterator[Caller]:
    with listener.connect() as connection:
        yield connection


def entries(store: Store) -> int:
    with store.connection() as connection:
        return int(connection.execute(select(func.count()).select_from(AUDIT_ENTRIES)).scalar_one())


# --- one message, one answer


def test_messages_of_a_connection_are_answered_in_order(caller: Caller) -> None:
    sent = [f"o{number}" for number in range(5)]
    caller.send(b"".join(b"\x0b" + oru(name) + b"\x1c\r" for name in sent))
    answers = [caller.read() for _ in sent]
    assert [verdict(answer) for answer in answers] == [("AA", name) for name in sent]
    assert all(b"NTE|1|L|This vitamin B12 level" in answer for answer in answers)


def test_a_repeated_message_gets_the_same_bytes_and_no_second_record(
    listener: Listening, caller: Caller
) -> None:
    first, before = caller.ask(oru("r1")), entries(listener.store)
    with listener.connect() as other:
        assert other.ask(oru("r1")) == caller.ask(oru("r1")) == first
    assert entries(listener.store) == before


def test_other_content_under_the_same_id_is_refused_and_kept(
    listener: Listening, caller: Caller
) -> None:
    first = caller.ask(oru("s1", "120"))
    other = caller.ask(oru("s1", "600"))
    assert (verdict(other), error_code(other)) == (("AE", "s1"), "205")
    assert caller.ask(oru("s1", "600")) == other
    assert caller.ask(oru("s1", "120")) == first
    kept = [one.content for one in iter_messages(listener.store, MessageState.refused)]
    assert oru("s1", "600") in kept


def test_a_refused_message_may_be_sent_corrected_under_its_own_id(
    listener: Listening, caller: Caller
) -> None:
    half, whole, other = oru("s2", "600")[:-14], oru("s2", "120"), oru("s2", "250")
    wrong = oru("s2", "120").replace(b"Ada", b"\xff")
    refused = {bad: caller.ask(bad) for bad in (half, wrong)}
    assert [verdict(answer) for answer in refused.values()] == [("AE", "s2")] * 2
    before = entries(listener.store)
    taken = caller.ask(whole)
    assert verdict(taken) == ("AA", "s2")
    assert b"|deficient|" in taken
    # Each of them gets what it got, and what was taken is not replaced.
    assert {bad: caller.ask(bad) for bad in refused} == refused
    assert error_code(caller.ask(other)) == "205"
    assert caller.ask(whole) == taken
    assert entries(listener.store) == before + 1


@pytest.mark.parametrize("needs", SegmentEnd)
def test_a_last_segment_without_its_end_is_read_as_the_site_says(
    database: str, tmp_path: Path, needs: SegmentEnd
) -> None:
    site = tmp_path / "site.toml"
    site.write_text(f'name = "Made up"\n[hl7v2]\nlast_segment_end = "{needs}"\n', "utf-8")
    sent = {
        f"{needs}-result": b"",
        f"{needs}-comment": b"NTE|1||haemolysed",
    }
    with listening(database, site=site) as running, running.connect() as caller:
        answers = [caller.ask((oru(name) + last).rstrip(b"\r")) for name, last in sent.items()]
        # A result that is cut before its status is not believed by anybody.
        name = f"{needs}-cut"
        cut = caller.ask(oru(name)[: oru(name).index(b"|120|") + 3])
    assert [error_code(answer) == "100" for answer in answers] == {
        SegmentEnd.required: [True, True],
        SegmentEnd.after_result: [False, True],
        SegmentEnd.optional: [False, False],
    }[needs]
    assert error_code(cut) == "100" or b"ZCB|not-assessable|" in cut


@pytest.mark.parametrize(
    ("content", "expected", "code"),
    [
        (oru("h1")[:-14], ("AE", "h1"), "100"),
        (oru("h2").replace(b"Ada", b"\xff\xfe"), ("AE", "h2"), "102"),
        (oru("h3").replace(b"ORU^R01", b"ADT^A01"), ("AR", "h3"), "200"),
        (oru(""), ("AE", ""), "101"),
        (b"FHS|^~\\&\rBHS|^~\\&\r" + oru("h4") + b"BTS|1\r", ("AR", "h4"), "200"),
        (b"PID|1||P1\r", ("AR", ""), "100"),
        (b"", ("AR", ""), "100"),
    ],
)
def test_what_cannot_be_believed_is_refused_and_kept(
    listener: Listening, caller: Caller, content: bytes, expected: tuple[str, str], code: str
) -> None:
    before = entries(listener.store)
    answer = caller.ask(content)
    assert (verdict(answer), error_code(answer)) == (expected, code)
    assert caller.ask(content) == answer
    kept = [one.content for one in iter_messages(listener.store, MessageState.refused)]
    assert kept.count(content) == 1
    assert entries(listener.store) == before


def test_content_is_not_kept_once_it_is_answered(listener: Listening, caller: Caller) -> None:
    caller.ask(oru("k1"))
    answered = list(iter_messages(listener.store, MessageState.answered))
    assert answered
    assert all(one.content is None for one in answered)


# --- the enhanced mode


@pytest.mark.parametrize(
    ("modes", "is_good", "expected"),
    [
        ("AL|AL", True, ["CA", "AA"]),
        ("AL|NE", True, ["CA"]),
        ("NE|AL", True, ["AA"]),
        ("ER|ER", True, []),
        ("ER|ER", False, ["AE"]),
        ("SU|SU", True, ["CA", "AA"]),
        ("AL|SU", False, ["CA"]),
        ("NE|XX", True, ["AA"]),
        ("|2.5.1", False, ["AE"]),
    ],
)
def test_acknowledgements_are_sent_where_they_are_asked_for(
    caller: Caller, modes: str, *, is_good: bool, expected: list[str]
) -> None:
    name = f"e{modes}{is_good}".replace("|", "")
    content = oru(name, modes=modes)
    content = content if is_good else content.replace(b"^LN||", b"^LN|\xff|")
    end = oru(f"{name}x")
    for _ in range(2):
        caller.send(b"\x0b" + content + b"\x1c\r" + b"\x0b" + end + b"\x1c\r")
        answers = [caller.read() for _ in (*expected, end)]
        assert [verdict(one) for one in answers] == [
            *((code, name) for code in expected),
            ("AA", f"{name}x"),
        ]


# --- late, silent, left from before


@pytest.mark.parametrize("late", Late)
def test_a_late_answer_does_not_hold_the_report_up(
    database: str, monkeypatch: pytest.MonkeyPatch, late: Late
) -> None:
    def slow(*arguments: Any, **more: Any) -> Any:  # noqa: ANN401 - as the one in its place
        time.sleep(1)
        return assess(*arguments, **more)

    assess = process.answer_message
    monkeypatch.setattr(processing, "answer_message", slow)
    content = oru(f"late{late}")
    with listening(database, MllpOptions(answer_seconds=0.2, late=late)) as running:
        with running.connect() as caller:
            answer = caller.ask(content)
            assert verdict(answer)[0] == ("AE" if late is Late.refuse else "AA")
            assert b"NTE" not in answer
            time.sleep(1.2)
            assert caller.ask(content) == answer
        kept = [one.content for one in iter_messages(running.store, MessageState.refused)]
        assert content in kept


def test_a_silent_feed_is_assessed_and_says_nothing(database: str) -> None:
    with listening(database, mode=Mode.silent, **AUDITED) as running, running.connect() as caller:
        before = entries(running.store)
        answer = caller.ask(oru("quiet"))
        assert verdict(answer) == ("AA", "quiet")
        assert b"NTE" not in answer
        assert b"ZCB" not in answer
        assert entries(running.store) == before + 1


def test_what_was_stored_and_not_answered_is_answered_at_the_next_start(
    listener: Listening, caller: Caller
) -> None:
    content = oru("left")
    listener.processor.receive(None, content)
    left = list(iter_messages(listener.store, MessageState.received))
    assert [one.content for one in left] == [content]
    assert recover(listener.processor, left) == 1
    before = entries(listener.store)
    assert verdict(caller.ask(content)) == ("AA", "left")
    assert entries(listener.store) == before


# --- limits


def test_no_more_connections_than_allowed(database: str) -> None:
    options = MllpOptions(connections=1)
    with listening(database, options) as running, running.connect() as first:
        assert verdict(first.ask(oru("l1"))) == ("AA", "l1")
        with running.connect() as second:
            assert second.read() == b""


@pytest.mark.parametrize("begun", [b"", b"\x0bMSH|"])
def test_who_sends_nothing_is_not_waited_for(database: str, begun: bytes) -> None:
    options = MllpOptions(idle_seconds=0.3, frame_seconds=0.3)
    with listening(database, options) as running, running.connect() as caller:
        caller.send(begun)
        assert caller.read() == b""


def test_a_frame_without_end_closes_the_connection(database: str) -> None:
    with listening(database, MllpOptions(most_bytes=5000)) as running, running.connect() as caller:
        caller.send(b"\x0b" + b"x" * 6000)
        assert caller.read() == b""


# --- the commands


def run(database: str, *arguments: str) -> tuple[int, str]:
    environment = {"COBALAMIN_ENVIRONMENT": "development", "COBALAMIN_DATABASE_URL": database}
    done = CliRunner().invoke(command, ["mllp", *arguments], env=environment)
    return done.exit_code, done.stdout


def test_refused_messages_are_sent_again_after_the_cause_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"sqlite:///{tmp_path}/replay.sqlite3"
    with closing(Store(address)) as store:
        upgrade(store)

    def broken(*_: object) -> None:
        raise RuntimeError("P1")

    with listening(address) as running, running.connect() as caller:
        with monkeypatch.context() as patched:
            patched.setattr(processing, "answer_message", broken)
            answer = caller.ask(oru("again"))
            assert (verdict(answer), error_code(answer)) == (("AE", "again"), "207")
        caller.ask(oru("bad").replace(b"Ada", b"\xff"))
    assert run(address, "status") == (0, "received\t0\nanswered\t0\nrefused\t2\n")
    assert run(address, "replay") == (1, "1\tAA\n2\tAE\n")
    assert run(address, "replay", "--number", "1") == (0, "")
    with closing(Store(address)) as store:
        assert count_messages(store) == {"answered": 1, "refused": 1}
        assert delete_messages(store, int(time.time() * 1000) + 1) == 2
        assert count_messages(store) == {}


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--listen", "here"),
        ("--listen", "127.0.0.1:0", "--key", __file__),
        ("--listen", "127.0.0.1:0", "--certificate", __file__),
    ],
)
def test_a_wrong_address_or_certificate_is_a_usage_error(
    database: str, arguments: tuple[str, ...]
) -> None:
    assert run(database, *arguments)[0] == 2


def test_without_a_registry_it_listens_on_loopback_alone(database: str) -> None:
    assert run(database, "--listen", "0.0.0.0:0")[0] == 78


# --- messages that are sent on


class Receiver:
    """A laboratory system that takes messages: refuses the first one, and hangs up once."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.port, self.answers = 0, ["AA", "", "AE", "AA", ""]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            while verdict_of := self.answers.pop(0):
                self.taken.append((await reader.readuntil(b"\x1c\r"))[1:-2])
                writer.write(b"\x0bMSH|^~\\&|\rMSA|%s|1\r\x1c\r" % verdict_of.encode())
        writer.close()
        await writer.wait_closed()


def test_comments_are_sent_on_in_their_order_until_they_are_taken(tmp_path: Path) -> None:
    address, site = f"sqlite:///{tmp_path}/on.sqlite3", tmp_path / "site.toml"
    site.write_text('name = "Here"\n[hl7v2]\ncomment = "oru-obx"\n', "utf-8")
    with closing(Store(address)) as store:
        upgrade(store)
    with listening(address, site=site) as running, running.connect() as caller:
        for number in range(3):
            answer = caller.ask(oru(f"f{number}"))
            assert b"NTE" not in answer
            assert caller.ask(oru(f"f{number}")) == answer
        assert verdict(caller.ask(oru("none", "600"))) == ("AA", "none")
        assert count_outbox(running.store) == {"waiting": 3}
        receiver = Receiver()
        asyncio.run(forward(running.store, receiver))
        assert count_outbox(running.store) == {"taken": 2, "refused": 1}
        assert len(receiver.taken) == 3
        ids = [hl7.parse(one.decode())["MSH.F10"] for one in receiver.taken]
        assert len(set(map(str, ids))) == 3
        assert all(b"|ORU^R01^ORU_R01|" in one for one in receiver.taken)
    assert delete_sent(running.store, int(time.time() * 1000) + 1) == 3


async def forward(store: Store, receiver: Receiver) -> None:
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    port = int(server.sockets[0].getsockname()[1])
    sending = asyncio.ensure_future(Forwarder(store, "127.0.0.1", port).run())
    for _ in range(300):
        await asyncio.sleep(0.1)
        if "waiting" not in count_outbox(store):
            break
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    server.close()
    await asyncio.sleep(0.2)
