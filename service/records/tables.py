"""Table definitions; created by the migrations, and a test compares the two."""

from sqlalchemy import BigInteger, Boolean, Column, Index, MetaData, String, Table, Text

METADATA = MetaData()

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
