"""How Alembic meets the database: online only, with leave to write, comparing types too."""

import sqlalchemy as sa
from alembic import context
from flask import current_app

from directory.extensions import db
from directory.models.columns import Moment

config = context.config


def include_object(thing, name, kind, reflected, compare_to):
    """Leave alone what the models do not describe: the queue's tables and hand-made indexes."""
    return not (reflected and compare_to is None and kind in {"table", "index"} and not name.startswith(("ix_", "uq_")))


def render_item(kind, thing, autogen_context):
    """Plain types in migrations, so that an old one never depends on today's code."""
    if kind == "type" and isinstance(thing, Moment):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(thing, sa.Enum):
        return f"sa.String({thing.length})"
    return False


def run() -> None:
    engine = current_app.extensions["migrate"].db.engine.execution_options(writing=True)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_as_batch=True,
            compare_type=True,
            include_object=include_object,
            render_item=render_item,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
