"""The tables of what is kept; a migration makes each, and a test compares the two."""

from sqlalchemy import BigInteger, Column, Index, MetaData, String, Table

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
