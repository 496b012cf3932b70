"""Makes the tables of messages that came by MLLP, and of what is to be sent on."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "mllp_messages",
        sa.Column("number", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("client", sa.String(63), nullable=False),
        sa.Column("message_key", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("received", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("content", sa.LargeBinary),
        sa.Column("accepted", sa.LargeBinary),
        sa.Column("verdict", sa.String(2)),
        sa.Column("answer", sa.LargeBinary),
    )
    op.create_index("mllp_messages_key", "mllp_messages", ["message_key"], unique=True)
    op.create_index("mllp_messages_state", "mllp_messages", ["state"])
    op.create_table(
        "mllp_outbox",
        sa.Column("number", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("message", sa.BigInteger, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("changed", sa.BigInteger, nullable=False),
    )
    op.create_index("mllp_outbox_state", "mllp_outbox", ["state"])


def downgrade() -> None:
    """Drops them, with messages that were not answered yet."""
    for table in ("mllp_outbox", "mllp_messages"):
        op.drop_table(table)
