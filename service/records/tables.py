"""The tables of what is kept; a migration makes each, and a test compares the two."""

from sqlalchemy import BigInteger, Boolean, Column, Index, MetaData, String, Table, Text

METADATA = MetaData()

REPLAY = Table(
    "replay",
    METADATA,
    Column("iss", String(512), primary_key=True),
    Column("jti", String(255), primary_key=True),
    Column("exp", BigInteger, nullable=False),
    Index("replay_exp", "exp"),
)
"""Tokens that were used, until they would have expired anyway."""

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
"""What became of cards; `at` is the client's time in UTC, `received` this service's in seconds."""

PACE = Table(
    "pace",
    METADATA,
    Column("client", String(63), primary_key=True),
    Column("minute", BigInteger, nullable=False),
    Column("requests", BigInteger, nullable=False),
)
"""How many requests each client sent in its last minute, counted from 1970."""
