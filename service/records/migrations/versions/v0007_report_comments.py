"""Makes the table of earlier report comments."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "report_comments",
        sa.Column("number", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("client", sa.String(63), nullable=False),
        sa.Column("patient", sa.String(32), nullable=False),
        sa.Column("message", sa.String(32), nullable=False),
        sa.Column("results", sa.Text, nullable=False),
        sa.Column("placer", sa.Text, nullable=False),
        sa.Column("filler", sa.Text, nullable=False),
        sa.Column("control_id", sa.Text, nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("code", sa.String(64)),
        sa.Column("text", sa.String(32)),
        sa.Column("urgency", sa.String(16), nullable=False),
        sa.Column("first_line", sa.Integer, nullable=False),
        sa.Column("last_line", sa.Integer, nullable=False),
        sa.Column("changed", sa.Boolean, nullable=False),
        sa.Column("repeats", sa.BigInteger),
        sa.Column("ended_by", sa.String(32)),
        sa.Column("received", sa.BigInteger, nullable=False),
    )
    op.create_index("report_comments_patient", "report_comments", ["patient"])
    op.create_index("report_comments_received", "report_comments", ["received"])


def downgrade() -> None:
    """Drops it."""
    op.drop_table("report_comments")
