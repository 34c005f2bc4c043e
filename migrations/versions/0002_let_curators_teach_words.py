"""Let curators teach words, and let PostgreSQL hold the text index itself."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "synonym",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("said", sa.String(length=200), nullable=False),
        sa.Column("words", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("term_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_synonym_account_id_account")),
        sa.ForeignKeyConstraint(["term_id"], ["term.id"], name=op.f("fk_synonym_term_id_term")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_synonym")),
        sa.UniqueConstraint("said", name=op.f("uq_synonym_said")),
        sa.UniqueConstraint("uid", name=op.f("uq_synonym_uid")),
    )
    with op.batch_alter_table("search_document", schema=None) as batch_op:
        batch_op.add_column(sa.Column("vector", postgresql.TSVECTOR().with_variant(sa.Text(), "sqlite"), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        # Reading the weights of a common word is reading most rows, and unpacking them would take four times as long as
        # that: vectors are never compressed, and stay in their row up to a whole page.
        op.execute("ALTER TABLE search_document ALTER COLUMN vector SET STORAGE EXTERNAL")
        op.execute("ALTER TABLE search_document SET (toast_tuple_target = 8160)")
        op.create_index("search_document_vector", "search_document", ["vector"], postgresql_using="gin")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index("search_document_vector", "search_document")
        op.execute("ALTER TABLE search_document RESET (toast_tuple_target)")
    with op.batch_alter_table("search_document", schema=None) as batch_op:
        batch_op.drop_column("vector")
    op.drop_table("synonym")
