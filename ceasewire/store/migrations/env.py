"""Alembic's environment: migrates on the connection that `migrations.upgrade` hands over, in its transaction."""

from alembic import context
from sqlmodel import SQLModel

from ceasewire.store import tables  # noqa: F401  fills the metadata
from ceasewire.store.migrations import is_ours

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    include_name=lambda name, kind, _parents: is_ours(name, kind),
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
