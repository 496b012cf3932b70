"""`cobalamin mllp`: takes HL7 v2 messages by MLLP, and sends refused ones again."""

import asyncio
import logging
import signal
import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cobalamin.service.cli.mllp_tls import build_tls
from cobalamin.service.cli.settings import exit_if_not_usable, load_settings_or_exit
from cobalamin.service.environment_reader import is_loopback
from cobalamin.service.logs.configuration import configure_logging
from cobalamin.service.mllp.options import MIB, Late, MllpOptions
from cobalamin.service.settings import Environment, Settings, SettingsError
from cobalamin.service.tracing.installation import install_tracing
from cobalamin.service.tracing.recording import TRACING

if TYPE_CHECKING:
    from cobalamin.service.http.app_context import Configuration
    from cobalamin.service.mllp.processing import MessageProcessor
    from cobalamin.service.modes import Modes
    from cobalamin.service.records.store import Store
    from cobalamin.service.reloading import ReloadedValue

FAILED, USAGE = 1, 2
LOG = logging.getLogger("cobalamin.mllp")
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("mllp", invoke_without_command=True)
@click.option("--listen", metavar="HOST:PORT", help="Where to take messages; port 0 is any.")
@click.option("--to", metavar="HOST:PORT", help="Where to send messages on, see docs/mllp.md.")
@click.option("--certificate", type=FILE, help="PEM file of this listener; switches TLS on.")
@click.option("--key", type=FILE, help="PEM file of its private key.")
@click.option("--client-ca", type=FILE, help="PEM file of who signs certificates of senders.")
@click.option("--answer-seconds", type=click.FloatRange(min=0.01), default=10, show_default=True)
@click.option(
    "--late",
    type=click.Choice([late.value for late in Late]),
    default=Late.refuse.value,
    show_default=True,
    help="A message that is not assessed in that time: AE, or AA without a comment.",
)
@click.option("--frame-seconds", type=click.FloatRange(min=0.01), default=30, show_default=True)
@click.option("--idle-seconds", type=click.FloatRange(min=0.01), default=3600, show_default=True)
@click.option("--connections", type=click.IntRange(min=1), default=100, show_default=True)
@click.option("--threads", type=click.IntRange(min=1, max=64), default=4, show_default=True)
@click.option("--max-mib", type=click.IntRange(min=1, max=64), default=8, show_default=True)
@click.pass_context
def mllp(ctx: click.Context, /, **options: object) -> None:
    """Take ORU^R01 by MLLP and answer them; each is stored before it is accepted.

    Clients of the registry are told by `addresses` and, with TLS, by `certificate`. Ends on SIGTERM
    after the messages that it is at.
    """
    from cobalamin.service.cli.mllp_metrics import served_metrics  # noqa: PLC0415

    if ctx.invoked_subcommand is not None:
        return
    if options["listen"] is None:
        raise click.UsageError("say where to --listen, or give a command")
    host, port = _address(str(options["listen"]))
    settings = load_settings_or_exit()
    tls = build_tls(options["certificate"], options["key"], options["client_ca"])
    receiver = None if options["to"] is None else _address(str(options["to"]))
    limits = _limits(settings, options)
    with exit_if_not_usable():
        _check(settings, host, tls)
        install_tracing(settings)
        store, configuration, modes = open_store_and_files(settings)
        counting = ExitStack()
        counting.enter_context(served_metrics(settings, configuration, modes))
    configure_logging(settings)
    processor = build_processor(store, configuration, modes, limits.late)
    with counting, closing(store):
        code = asyncio.run(_listen(processor, store, limits, (host, port), tls, receiver))
    TRACING.shut_down()
    sys.exit(code)


def _limits(settings: Settings, options: dict[str, object]) -> MllpOptions:
    return MllpOptions(
        answer_seconds=_number(options, "answer_seconds"),
        frame_seconds=_number(options, "frame_seconds"),
        idle_seconds=_number(options, "idle_seconds"),
        drain_seconds=settings.drain_seconds or MllpOptions().drain_seconds,
        connections=int(_number(options, "connections")),
        threads=int(_number(options, "threads")),
        most_bytes=int(_number(options, "max_mib")) * MIB,
        late=Late(str(options["late"])),
    )


def _number(options: dict[str, object], name: str) -> float:
    return float(str(options[name]))


@mllp.command("replay")
@click.option("--number", type=int, multiple=True, help="One message; without it all refused ones.")
def replay(number: tuple[int, ...]) -> None:
    """Assess refused messages again, in their order; print number and MSA-1 of each.

    What is AA now is answered so when its sender sends it again. Exit 1 where any is still refused.
    """
    from cobalamin.service.lab.hl7v2.header import MessageHeader  # noqa: PLC0415
    from cobalamin.service.mllp.processing import Receipt  # noqa: PLC0415
    from cobalamin.service.records.messages import MessageState, iter_messages  # noqa: PLC0415

    with exit_if_not_usable():
        store, configuration, modes = open_store_and_files(load_settings_or_exit())
        processor = build_processor(store, configuration, modes, Late.refuse)
    left = 0
    with closing(store):
        for stored in iter_messages(store, MessageState.refused):
            if number and stored.number not in number:
                continue
            client = processor.sender_by_id(stored.client)
            receipt = Receipt(header=MessageHeader(), stored=stored, client=client)
            answer = processor.answer(receipt, of=MessageState.refused)
            verdict = "not stored" if answer is None else answer.verdict
            left += answer is None or answer.state is MessageState.refused
            click.echo(f"{stored.number}\t{verdict}")
    sys.exit(FAILED if left else 0)


@mllp.command("status")
def status() -> None:
    """Print how many messages are received and not answered, answered, refused, and to send on."""
    from cobalamin.service.records.messages import MessageState  # noqa: PLC0415

    counts, to_send = _counts()
    for state in MessageState:
        click.echo(f"{state.value}\t{counts.get(state.value, 0)}")
    for name, count in to_send.items():
        click.echo(f"outbox {name}\t{count}")


def _counts() -> tuple[dict[str, int], dict[str, int]]:
    from cobalamin.service.cli.db import exit_on_store_error, open_store  # noqa: PLC0415
    from cobalamin.service.records.messages import count_messages  # noqa: PLC0415
    from cobalamin.service.records.outbox import count_outbox  # noqa: PLC0415

    with exit_on_store_error(), closing(open_store()) as store:
        return count_messages(store), count_outbox(store)


def open_store_and_files(
    settings: Settings,
) -> "tuple[Store, ReloadedValue[Configuration], ReloadedValue[Modes] | None]":
    """The database, and what follows from the files of the settings without a restart.

    Raises:
        KnowledgeError: the site file is invalid.
        SettingsError: the client registry or the database is not usable.
    """
    from cobalamin.service.app import build_configuration, follow_modes  # noqa: PLC0415
    from cobalamin.service.records.schema_version import open_checked_store  # noqa: PLC0415

    store = open_checked_store(settings.database_url)
    configuration = build_configuration(settings)
    return store, configuration, follow_modes(settings, configuration.value.context)


def build_processor(
    store: "Store",
    configuration: "ReloadedValue[Configuration]",
    modes: "ReloadedValue[Modes] | None",
    late: Late,
) -> "MessageProcessor":
    """The processor that takes the configuration and the modes as they are at each message."""
    from cobalamin.service.mllp.processing import MessageProcessor  # noqa: PLC0415
    from cobalamin.service.modes import ALL_LIVE, Modes  # noqa: PLC0415

    def now_in_force() -> Modes:
        return ALL_LIVE if modes is None else modes.get()

    return MessageProcessor(store, configuration.get, now_in_force, late)


def _check(settings: Settings, host: str, tls: ssl.SSLContext | None) -> None:
    problems = tuple(_problems(settings, is_loopback(host), tls is not None))
    if problems:
        raise SettingsError(problems)


def _problems(settings: Settings, is_local: bool, has_tls: bool) -> Iterator[str]:  # noqa: FBT001
    is_production = settings.environment is Environment.production
    if is_production and not settings.has_fixed_database:
        yield "COBALAMIN_DATABASE_URL: messages are stored, so name the database"
    if settings.clients is None and not is_local:
        yield "--listen: without a client registry it must be a loopback address"
    if is_production and not is_local and not has_tls:
        yield "--listen: in production TLS is needed (--certificate) beyond loopback"


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise click.UsageError("an address is HOST:PORT")
    return host.strip("[]"), int(port)


async def _listen(
    processor: "MessageProcessor",
    store: "Store",
    options: MllpOptions,
    address: tuple[str, int],
    tls: ssl.SSLContext | None,
    receiver: tuple[str, int] | None,
) -> int:
    from cobalamin.service.mllp.forwarding import Forwarder  # noqa: PLC0415
    from cobalamin.service.mllp.listener import MllpListener, recover  # noqa: PLC0415
    from cobalamin.service.records.messages import MessageState, iter_messages  # noqa: PLC0415

    left = list(iter_messages(store, MessageState.received))
    if left:
        LOG.info("answered %d of %d messages left from before", recover(processor, left), len(left))
    listener = MllpListener(processor, options)
    try:
        found = await listener.start(*address, tls)
    except OSError as error:
        click.echo(f"--listen: {error.strerror}", err=True)
        return FAILED
    LOG.info("listening on %s:%d%s", address[0], found, " with TLS" if tls else "")
    sending = None if receiver is None else asyncio.ensure_future(Forwarder(store, *receiver).run())
    await _until_stopped()
    await listener.stop()
    if sending is not None:
        sending.cancel()
    return 0


async def _until_stopped() -> None:
    stopped = asyncio.Event()
    stop: Callable[[], None] = stopped.set
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop)
    await stopped.wait()
