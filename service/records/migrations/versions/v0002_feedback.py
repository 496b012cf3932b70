"""What became of cards."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "feedback",
        sa.Column("client", sa.String(63), primary_key=True),
        sa.Column("card", sa.String(64), primary_key=True),
        sa.Column("outcome", sa.String(16), primary_key=True),
        sa.Column("at", sa.String(27), primary_key=True),
        sa.Column("service", sa.String(64), nullable=False),
        sa.Column("suggestions", sa.Text, nullable=False),
        sa.Column("reason_system", sa.String(255)),
        sa.Column("reason_code", sa.String(128)),
        sa.Column("commented", sa.Boolean, nullable=False),
        sa.Column("received", sa.BigInteger, nullable=False),
    )
    op.create_index("feedback_received", "feedback", ["received"])


def downgrade() -> None:
    """Drops it with all that was told."""
    op.drop_table("feedback")
