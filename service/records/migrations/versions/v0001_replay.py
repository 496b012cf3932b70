"""The memory of used tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "replay",
        sa.Column("iss", sa.String(512), primary_key=True),
        sa.Column("jti", sa.String(255), primary_key=True),
        sa.Column("exp", sa.BigInteger, nullable=False),
    )
    op.create_index("replay_exp", "replay", ["exp"])


def downgrade() -> None:
    """Drops it; tokens could then be used again until they expire."""
    op.drop_table("replay")
