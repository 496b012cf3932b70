"""Table definitions; created by the migrations, and a test compares the two."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

METADATA = MetaData()
_NUMBER = BigInteger().with_variant(Integer, "sqlite")

USED_TOKENS = Table(
    "replay",
    METADATA,
    Column("iss", String(512), primary_key=True),
    Column("jti", String(255), primary_key=True),
    Column("exp", BigInteger, nullable=False),
    Index("replay_exp", "exp"),
)
"""Used tokens, kept until they have expired."""

FEEDBACK = Table(
    "feedback",
    METADATA,
    Column("client", String(63), primary_key=True),
    Column("card", String(64), primary_key=True),
    Column("outcome", String(16), primary_key=True),
    Column("at", String(27), primary_key=True),
    Column("service", String(64), nullable=False),
    Column("suggestions", Text, nullable=False),
    Column("reason_system", String(255)),
    Column("reason_code", String(128)),
    Column("commented", Boolean, nullable=False),
    Column("received", BigInteger, nullable=False),
    Index("feedback_received", "received"),
)
"""Feedback on cards; `at` is the client's time in UTC, `received` this service's in Unix time."""

REQUEST_COUNTS = Table(
    "pace",
    METADATA,
    Column("client", String(63), primary_key=True),
    Column("minute", BigInteger, nullable=False),
    Column("requests", BigInteger, nullable=False),
)
"""Requests of each client in its latest minute; `minute` is Unix time divided by 60."""

AUDIT_CHAINS = Table(
    "audit_chains",
    METADATA,
    Column("chain", Integer, primary_key=True, autoincrement=False),
    Column("program", String(32), nullable=False),
    Column("key_id", String(32), nullable=False),
    Column("started", BigInteger, nullable=False),
    Column("unrecorded", BigInteger, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("first_previous", String(64), nullable=False),
    Column("first_seal", String(64), nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("last_mac", String(64), nullable=False),
    Column("last_seal", String(64), nullable=False),
)
"""One row for each process that wrote entries: where its chain begins, after a purge too, and ends.

`unrecorded` are the evaluations that the process answered without an entry before this chain.
"""

AUDIT_ENTRIES = Table(
    "audit_entries",
    METADATA,
    Column("chain", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("day", String(10), nullable=False),
    Column("correlation", String(64)),
    Column("client", String(63), nullable=False),
    Column("service", String(64), nullable=False),
    Column("hook_instance", String(64)),
    Column("patient", String(255)),
    Column("resources", Text),
    Column("profile", String(64)),
    Column("knowledge_version", String(64)),
    Column("knowledge", String(80)),
    Column("site", String(80)),
    Column("outcome", String(16)),
    Column("rung", String(16)),
    Column("urgency", String(16)),
    Column("findings", Text),
    Column("text_hash", String(64)),
    Column("inputs", String(64)),
    Column("mode", String(8)),
    Column("latency", BigInteger),
    Column("details", Text),
    Column("previous", String(64), nullable=False),
    Column("mac", String(64), nullable=False),
    Index("audit_entries_day", "day"),
    Index("audit_entries_patient", "patient"),
)
"""One row for each evaluation, batch or change of modes; `at` in milliseconds, `latency` in
microseconds, `day` in the time zone of the service. `previous` is the `mac` of the row before."""

AUDIT_CARDS = Table(
    "audit_cards",
    METADATA,
    Column("chain", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("card", String(64), nullable=False),
    Column("topic", String(100), nullable=False),
    Column("indicator", String(16), nullable=False),
    Column("shown", Boolean, nullable=False),
    Index("audit_cards_card", "card"),
)
"""The cards of an entry: their identifiers and topics, and whether they were shown."""

DAILY_COUNTS = Table(
    "daily_counts",
    METADATA,
    Column("day", String(10), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("evaluations", BigInteger, nullable=False),
)
"""How many cards of a topic were made on a day, and codes of a client not known, of so many
evaluations."""

RATE_CHANGES = Table(
    "rate_changes",
    METADATA,
    Column("day", String(10), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("days", Integer, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("expected", Float, nullable=False),
)
"""Counts of the last `days` that their past did not explain."""

MLLP_MESSAGES = Table(
    "mllp_messages",
    METADATA,
    Column("number", _NUMBER, primary_key=True, autoincrement=True),
    Column("client", String(63), nullable=False),
    Column("message_key", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("content", LargeBinary),
    Column("accepted", LargeBinary),
    Column("verdict", String(2)),
    Column("answer", LargeBinary),
    Index("mllp_messages_key", "message_key", unique=True),
    Index("mllp_messages_state", "state"),
)
"""One row for each message that came by MLLP, in the order of receipt; `message_key` is the hash of
sender and MSH-10, `digest` that of the content, which is kept until it is answered with AA.
`accepted` and `answer` are what was sent back; `received` in milliseconds."""

MLLP_OUTBOX = Table(
    "mllp_outbox",
    METADATA,
    Column("number", _NUMBER, primary_key=True, autoincrement=True),
    Column("message", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("state", String(16), nullable=False),
    Column("changed", BigInteger, nullable=False),
    Index("mllp_outbox_state", "state"),
)
"""Messages to send on, in their order; `message` is the number of the one that they answer."""

REPORT_COMMENTS = Table(
    "report_comments",
    METADATA,
    Column("number", _NUMBER, primary_key=True, autoincrement=True),
    Column("client", String(63), nullable=False),
    Column("patient", String(32), nullable=False),
    Column("message", String(32), nullable=False),
    Column("results", Text, nullable=False),
    Column("placer", Text, nullable=False),
    Column("filler", Text, nullable=False),
    Column("control_id", Text, nullable=False),
    Column("day", String(10), nullable=False),
    Column("code", String(64)),
    Column("text", String(32)),
    Column("urgency", String(16), nullable=False),
    Column("first_line", Integer, nullable=False),
    Column("last_line", Integer, nullable=False),
    Column("changed", Boolean, nullable=False),
    Column("repeats", BigInteger),
    Column("ended_by", String(32)),
    Column("received", BigInteger, nullable=False),
    Column("tests", Text),
    Index("report_comments_patient", "patient"),
    Index("report_comments_received", "received"),
)
"""One row for each report that held a marker of vitamin B12; `patient`, `message`, `results` and
`text` are keyed hashes, the other columns as in `StoredReport`."""
