"""Senders against `cobalamin mllp` with every fault of a wire, and the listener killed in between.

    PYTHONPATH=.path:tests/support:tests/soak:deploy python -m mllp_soak --messages 10000 --kills 6

The messages are made by hl7apy and sent by a client of our own, or made, framed and sent by the
library that `--sender node-hl7-client` names. Each sender has its messages in an order and sends
the next one when the last is answered, as a laboratory system does. On the way: bytes that are no
frame, frames that begin anew or end without a return, halves of messages in a whole frame, another
character set than MSH-18 names, repeats, frames in small pieces, and connections that break. At the
end the database must hold each message once, in the order of its sender, with the answer of its
value.
"""

import asyncio
import json
import os
import random
import signal
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections import Counter
from contextlib import closing, suppress
from functools import cache
from itertools import pairwise
from pathlib import Path

from hl7apy.core import Message
from msgspec import Struct
from sqlalchemy import func, select

from cobalamin.service.records.messages import MessageState, iter_messages
from cobalamin.service.records.migrate import upgrade
from cobalamin.service.records.store import Store
from cobalamin.service.records.tables import AUDIT_ENTRIES, MLLP_MESSAGES
from databases import free_port
from mllp import verdict
from node_senders import NODE, NodeOutcome, NodeSenders, install, why_not_usable

KEY = "s" * 40
PLACEHOLDER = "NUMBER"
CODES = {"120": b"|deficient|", "250": b"|indeterminate|", "600": b"|no-advice||"}
FAULTS = (
    *(["none"] * 6),
    "junk",
    "restarted",
    "no return",
    "cut",
    "half in a frame",
    "character set",
    "repeat",
    "pieces",
    "hang up",
)
MOST_TRIES = 400


@cache
def _template(value: str) -> bytes:
    """The content of one frame with one vitamin B12 under PLACEHOLDER, as hl7apy writes it."""
    made = Message("ORU_R01", version="2.5.1")
    header = (
        None,
        None,
        "LIS",
        "LAB",
        "COBALAMIN",
        "HOSPITAL",
        "20261118",
        None,
        "ORU^R01^ORU_R01",
    )
    for number, text in enumerate(header, start=1):
        if text is not None:
            setattr(made.msh, f"msh_{number}", text)
    made.msh.msh_11 = "P"
    result = made.add_group("oru_r01_patient_result")
    patient = result.oru_r01_patient.pid
    patient.pid_3, patient.pid_5 = "P1^^^LAB^MR", "Example^Ada"
    patient.pid_7, patient.pid_8 = "19690412", "F"
    order = result.oru_r01_order_observation
    order.obr.obr_4, order.obr.obr_7 = "B12^Vitamin B12^L", "20261116084000+0000"
    obx = order.oru_r01_observation.obx
    obx.obx_2, obx.obx_3, obx.obx_5 = "NM", "2132-9^name^LN", value
    obx.obx_6, obx.obx_11 = "pg/mL", "F"
    made.msh.msh_10 = PLACEHOLDER
    frame: str = made.to_mllp()
    return frame.encode()[1:-2]


def oru(control_id: str, value: str) -> bytes:
    """The content of one frame of hl7apy, with a control id of its own."""
    return _template(value).replace(PLACEHOLDER.encode(), control_id.encode(), 1)


class Outcome(Struct, frozen=True, kw_only=True):
    """What a run came to; `faults` are what was tried, `wrong` what must not be."""

    sender: str
    messages: int
    connections: int
    kills: int
    seconds: float
    faults: dict[str, int]
    refused: int
    wrong: list[str]


class Server:
    """The listener as a process of its own, killed and started again on the same port."""

    def __init__(self, folder: Path) -> None:
        self.database = f"sqlite:///{folder}/mllp.sqlite3"
        self.port, self._log = free_port(), folder / "log"
        self._process: asyncio.subprocess.Process | None = None
        with closing(Store(self.database)) as store:
            upgrade(store)

    async def start(self) -> None:
        """Start it and wait until it listens."""
        environment = {
            **{name: value for name, value in os.environ.items() if "COBALAMIN" not in name},
            "COBALAMIN_ENVIRONMENT": "development",
            "COBALAMIN_DATABASE_URL": self.database,
            "COBALAMIN_AUDIT": "required",
            "COBALAMIN_AUDIT_KEY": KEY,
        }
        command = (sys.executable, "-m", "cobalamin.service", "mllp")
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *command, "--listen", f"127.0.0.1:{self.port}", env=environment, stderr=log
            )
        for _ in range(600):
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                return
            await asyncio.sleep(0.1)
        raise TimeoutError(self._log.read_text("utf-8"))

    async def end(self, number: signal.Signals) -> None:
        """Send it a signal and wait for its end."""
        assert self._process is not None
        self._process.send_signal(number)
        await self._process.wait()


class Sender:
    """One laboratory system with its messages."""

    def __init__(self, name: int, count: int, port: int, faults: "Counter[str]") -> None:
        self._name, self._count, self._port = name, count, port
        self._faults, self._chosen = faults, random.Random(name)  # noqa: S311 - not a secret
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self.wrong: list[str] = []
        self.refused: set[str] = set()
        self.done = 0

    async def run(self) -> None:
        """Send all of them, each until it is answered."""
        for number in range(self._count):
            name, value = f"c{self._name}-{number}", self._chosen.choice(tuple(CODES))
            fault = self._chosen.choice(FAULTS)
            self._faults[fault] += 1
            content = oru(name, value)
            await self._spoil(fault, name, content)
            answer = await self._ask(content, in_pieces=fault == "pieces")
            if verdict(answer) != ("AA", name) or CODES[value] not in answer:
                self.wrong.append(f"{name}: {answer[:200]!r}")
            if fault == "repeat" and await self._ask(content) != answer:
                self.wrong.append(f"{name}: another answer the second time")
            self.done += 1
        await self._close()

    async def _spoil(self, fault: str, name: str, content: bytes) -> None:
        """Send something that must not be believed, before the message itself."""
        cut = content.index(b"||", content.index(b"OBX")) + 3
        junk = {
            "junk": b"\x00\xffGET / HTTP/1.1\r\n\r\n",
            "restarted": b"\x0b" + content[:cut],
            "no return": b"\x0b" + content.replace(b"|F|", b"|X|") + b"\x1c\n",
        }
        if fault in junk:
            await self._write(junk[fault])
        elif fault == "cut":
            await self._write(b"\x0b" + content[:cut])
            await self._close()
        elif fault == "hang up":
            await self._write(b"\x0b" + content + b"\x1c\r")
            await self._close()
        elif fault == "half in a frame":
            await self._refused(
                f"{name}-half",
                content[:cut].replace(b"|%s|" % name.encode(), b"|%s-half|" % name.encode()),
            )
        elif fault == "character set":
            bad = content.replace(b"|%s|" % name.encode(), b"|%s-set|" % name.encode())
            await self._refused(f"{name}-set", bad.replace(b"Ada", "Adä".encode("latin-1")))

    async def _refused(self, name: str, content: bytes) -> None:
        answer = await self._ask(content)
        self.refused.add(name)
        if verdict(answer) != ("AE", name):
            self.wrong.append(f"{name}: {answer[:200]!r}")

    async def _ask(self, content: bytes, *, in_pieces: bool = False) -> bytes:
        """The answer to a message that is sent until it has one."""
        frame = b"\x0b" + content + b"\x1c\r"
        size = 37 if in_pieces else len(frame)
        for _ in range(MOST_TRIES):
            try:
                for start in range(0, len(frame), size):
                    await self._put(frame[start : start + size])
                reader, _ = await self._open()
                answer = await asyncio.wait_for(reader.readuntil(b"\x1c\r"), 60)
                return answer[1:-2]
            except (OSError, EOFError, TimeoutError):
                await self._close()
                await asyncio.sleep(0.1)
        self.wrong.append("no answer")
        return b"MSA||"

    async def _write(self, data: bytes) -> None:
        with suppress(OSError):
            await self._put(data)

    async def _put(self, data: bytes) -> None:
        _, writer = await self._open()
        writer.write(data)
        await writer.drain()

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        return self._streams

    async def _close(self) -> None:
        if self._streams is not None:
            _, writer = self._streams
            self._streams = None
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


class PythonSenders:
    """All senders in this process, with a client of our own and messages of hl7apy."""

    def __init__(self) -> None:
        self._senders: list[Sender] = []

    @property
    def done(self) -> int:
        """How many messages are answered."""
        return sum(sender.done for sender in self._senders)

    async def run(self, port: int, connections: int, messages: int) -> NodeOutcome:
        """Send all messages; returns when each is answered."""
        faults, each = Counter[str](), messages // connections
        self._senders = [Sender(name, each, port, faults) for name in range(connections)]
        await asyncio.gather(*(sender.run() for sender in self._senders))
        return NodeOutcome(
            faults=dict(faults),
            refused=[name for sender in self._senders for name in sender.refused],
            wrong=[one for sender in self._senders for one in sender.wrong],
        )


SENDERS: dict[str, type[PythonSenders | NodeSenders]] = {
    "hl7apy": PythonSenders,
    NODE: NodeSenders,
}


async def soak(
    messages: int, connections: int, kills: int, folder: Path, sender: str = "hl7apy"
) -> Outcome:
    """Run it once; the messages are those of the library that `sender` names."""
    server, senders = Server(folder), SENDERS[sender]()
    await server.start()
    each = messages // connections
    began = time.monotonic()
    running = asyncio.ensure_future(senders.run(server.port, connections, each * connections))
    for kill in range(1, kills + 1):
        wanted = kill * each * connections // (kills + 1)
        while senders.done < wanted and not running.done():  # noqa: ASYNC110 - they count
            await asyncio.sleep(0.02)
        await server.end(signal.SIGKILL)
        await server.start()
    found = await running
    seconds = time.monotonic() - began
    await server.end(signal.SIGTERM)
    return Outcome(
        sender=sender,
        messages=each * connections,
        connections=connections,
        kills=kills,
        seconds=round(seconds, 1),
        faults=found.faults,
        refused=len(set(found.refused)),
        wrong=[*found.wrong, *check(server, each, connections, set(found.refused))],
    )


def check(server: Server, each: int, connections: int, refused: set[str]) -> list[str]:
    """What the database says that must not be."""
    wrong = []
    with closing(Store(server.database)) as store:
        answered = [
            verdict(one.answer or b"MSA||") for one in iter_messages(store, MessageState.answered)
        ]
        kept = {
            verdict(one.answer or b"MSA||")[1] for one in iter_messages(store, MessageState.refused)
        }
        with store.connection() as connection:
            rows = connection.execute(select(func.count()).select_from(MLLP_MESSAGES)).scalar_one()
            entries = connection.execute(
                select(func.count()).select_from(AUDIT_ENTRIES)
            ).scalar_one()
    names = [name for _, name in answered]
    expected = {f"c{sender}-{number}" for sender in range(connections) for number in range(each)}
    if set(names) != expected or len(names) != len(expected):
        wrong.append(f"{len(expected - set(names))} lost, {len(names) - len(set(names))} twice")
    if kept != refused or rows != len(expected) + len(refused):
        wrong.append(f"{len(refused ^ kept)} refused messages differ")
    if entries != len(expected):
        wrong.append(f"{entries} records of {len(expected)} messages")
    for sender in range(connections):
        numbers = [int(name.partition("-")[2]) for name in names if name.startswith(f"c{sender}-")]
        if any(later < earlier for earlier, later in pairwise(numbers)):
            wrong.append(f"the order of connection {sender}")
    return wrong


def main() -> int:
    """Run as the arguments say; print what it came to."""
    parser = ArgumentParser()
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=20)
    parser.add_argument("--kills", type=int, default=6)
    parser.add_argument("--sender", choices=tuple(SENDERS), default="hl7apy")
    options = parser.parse_args()
    if options.sender == NODE:
        install()
        why = why_not_usable()
        if why is not None:
            print(f"test-mllp: SKIPPED, nothing was tested: {why}", flush=True)
            return 0
    sizes = (options.messages, options.connections, options.kills)
    with tempfile.TemporaryDirectory() as folder:
        outcome = asyncio.run(soak(*sizes, Path(folder), options.sender))
    print(
        json.dumps({name: getattr(outcome, name) for name in outcome.__struct_fields__}, indent=1)
    )
    return 1 if outcome.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
