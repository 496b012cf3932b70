"""The audit trail: chains, entries and their cards."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Makes the tables."""
    _create_chains()
    _create_entries()
    op.create_table(
        "audit_cards",
        sa.Column("chain", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("card", sa.String(64), nullable=False),
        sa.Column("topic", sa.String(100), nullable=False),
        sa.Column("indicator", sa.String(16), nullable=False),
        sa.Column("shown", sa.Boolean, nullable=False),
    )
    op.create_index("audit_cards_card", "audit_cards", ["card"])


def _create_chains() -> None:
    op.create_table(
        "audit_chains",
        sa.Column("chain", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("program", sa.String(32), nullable=False),
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("started", sa.BigInteger, nullable=False),
        sa.Column("unrecorded", sa.BigInteger, nullable=False),
        sa.Column("first", sa.BigInteger, nullable=False),
        sa.Column("first_previous", sa.String(64), nullable=False),
        sa.Column("first_seal", sa.String(64), nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.Column("last_mac", sa.String(64), nullable=False),
        sa.Column("last_seal", sa.String(64), nullable=False),
    )


def _create_entries() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("chain", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("correlation", sa.String(64)),
        sa.Column("client", sa.String(63), nullable=False),
        sa.Column("service", sa.String(64), nullable=False),
        sa.Column("hook_instance", sa.String(64)),
        sa.Column("patient", sa.String(255)),
        sa.Column("resources", sa.Text),
        sa.Column("profile", sa.String(64)),
        sa.Column("knowledge_version", sa.String(64)),
        sa.Column("knowledge", sa.String(80)),
        sa.Column("site", sa.String(80)),
        sa.Column("outcome", sa.String(16)),
        sa.Column("rung", sa.String(16)),
        sa.Column("urgency", sa.String(16)),
        sa.Column("findings", sa.Text),
        sa.Column("text_hash", sa.String(64)),
        sa.Column("inputs", sa.String(64)),
        sa.Column("mode", sa.String(8)),
        sa.Column("latency", sa.BigInteger),
        sa.Column("details", sa.Text),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("mac", sa.String(64), nullable=False),
    )
    op.create_index("audit_entries_day", "audit_entries", ["day"])
    op.create_index("audit_entries_patient", "audit_entries", ["patient"])


def downgrade() -> None:
    """Drops them with the whole trail."""
    for table in ("audit_cards", "audit_entries", "audit_chains"):
        op.drop_table(table)
