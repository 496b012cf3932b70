"""What Alembic runs to migrate: on the connection that `upgrade` opened."""

from alembic import context

from cobalamin.service.records.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
)
context.run_migrations()
