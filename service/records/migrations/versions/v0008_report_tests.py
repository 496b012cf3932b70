"""Adds the tests of a report to those that are remembered."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Adds the column."""
    op.add_column("report_comments", sa.Column("tests", sa.Text))


def downgrade() -> None:
    """Drops it."""
    with op.batch_alter_table("report_comments") as table:
        table.drop_column("tests")
