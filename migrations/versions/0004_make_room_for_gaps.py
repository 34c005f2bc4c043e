"""Make room for service gaps, for what whoever claims a listing writes, and for looks at websites."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.add_column(sa.Column("evidence", sa.Text(), nullable=False, server_default=""))

    op.create_table(
        "website_look",
        sa.Column("listing_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.String(length=255), nullable=False),
        sa.Column("days_failed", sa.Integer(), nullable=False),
        sa.Column("failed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listing.id"], name=op.f("fk_website_look_listing_id_listing"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("listing_id", name=op.f("pk_website_look")),
    )
    with op.batch_alter_table("website_look", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_website_look_looked_at"), ["looked_at"], unique=False)

    op.create_table(
        "day_salt",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_day_salt")),
    )
    op.create_table(
        "miss",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("area_code", sa.String(length=9), nullable=False),
        sa.Column("need", sa.String(length=60), nullable=False),
        sa.Column("word", sa.String(length=60), nullable=False),
        sa.Column("shortfall", sa.String(32), nullable=False),
        sa.Column("searches", sa.Integer(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "area_code", "need", "word", "shortfall", name=op.f("pk_miss")),
    )
    with op.batch_alter_table("miss", schema=None) as batch_op:
        batch_op.create_index("ix_miss_need", ["need"], unique=False)
        batch_op.create_index("ix_miss_word", ["word"], unique=False)

    op.create_table(
        "miss_visit",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("day", "digest", name=op.f("pk_miss_visit")),
    )
    op.create_table(
        "passed_over",
        sa.Column("word", sa.String(length=60), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_passed_over")),
    )
    op.create_table(
        "quarter",
        sa.Column("quarter", sa.String(length=7), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("quarter", name=op.f("pk_quarter")),
    )
    op.create_table(
        "cell",
        sa.Column("quarter", sa.String(length=7), nullable=False),
        sa.Column("area_code", sa.String(length=9), nullable=False),
        sa.Column("term_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("area_name", sa.String(length=255), nullable=False),
        sa.Column("council_code", sa.String(length=9), nullable=False),
        sa.Column("hexagon", sa.String(length=16), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["term_id"], ["term.id"], name=op.f("fk_cell_term_id_term")),
        sa.PrimaryKeyConstraint("quarter", "area_code", "term_id", "kind", name=op.f("pk_cell")),
    )
    with op.batch_alter_table("cell", schema=None) as batch_op:
        batch_op.create_index("ix_cell_area_code_term_id_kind", ["area_code", "term_id", "kind"], unique=False)

    op.create_table(
        "gap",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("term_id", sa.Integer(), nullable=False),
        sa.Column("area_code", sa.String(length=9), nullable=False),
        sa.Column("area_name", sa.String(length=255), nullable=False),
        sa.Column("council_code", sa.String(length=9), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("hexagon", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("part", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("answer_id", sa.Integer(), nullable=True),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["answer_id"], ["listing.id"], name=op.f("fk_gap_answer_id_listing"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["merged_into_id"], ["gap.id"], name=op.f("fk_gap_merged_into_id_gap")),
        sa.ForeignKeyConstraint(["term_id"], ["term.id"], name=op.f("fk_gap_term_id_term")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gap")),
        sa.UniqueConstraint("uid", name=op.f("uq_gap_uid")),
    )
    with op.batch_alter_table("gap", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_gap_area_code"), ["area_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_gap_council_code"), ["council_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_gap_merged_into_id"), ["merged_into_id"], unique=False)
        batch_op.create_index(
            "ix_gap_open",
            ["term_id", "area_code", "kind", "part"],
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_gap_state"), ["state"], unique=False)

    op.create_table(
        "flag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("gap_id", sa.Integer(), nullable=True),
        sa.Column("term_id", sa.Integer(), nullable=False),
        sa.Column("area_code", sa.String(length=9), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("voice", sa.String(32), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("affected", sa.String(32), nullable=False),
        sa.Column("often", sa.String(32), nullable=True),
        sa.Column("age_band", sa.String(32), nullable=True),
        sa.Column("circumstances", sa.JSON(), nullable=False),
        sa.Column("distance_mi", sa.Integer(), nullable=True),
        sa.Column("shortfall", sa.String(32), nullable=True),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("reply_to", sa.String(length=254), nullable=False),
        sa.Column("told_step_id", sa.Integer(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_flag_account_id_account"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_flag_decided_by_account"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["gap_id"], ["gap.id"], name=op.f("fk_flag_gap_id_gap")),
        sa.ForeignKeyConstraint(["term_id"], ["term.id"], name=op.f("fk_flag_term_id_term")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flag")),
        sa.UniqueConstraint("gap_id", "who", name=op.f("uq_flag_gap_id_who")),
        sa.UniqueConstraint("uid", name=op.f("uq_flag_uid")),
    )
    with op.batch_alter_table("flag", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_flag_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_flag_gap_id"), ["gap_id"], unique=False)
        batch_op.create_index("ix_flag_state_made_at", ["state", "made_at"], unique=False)

    op.create_table(
        "gap_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("gap_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("voice", sa.String(32), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("listing_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_gap_step_account_id_account"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["gap_id"], ["gap.id"], name=op.f("fk_gap_step_gap_id_gap"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name=op.f("fk_gap_step_listing_id_listing"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gap_step")),
    )
    with op.batch_alter_table("gap_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_gap_step_gap_id"), ["gap_id"], unique=False)

    op.create_table(
        "offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("gap_id", sa.Integer(), nullable=False),
        sa.Column("listing_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_offer_account_id_account"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_offer_decided_by_account"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["gap_id"], ["gap.id"], name=op.f("fk_offer_gap_id_gap"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name=op.f("fk_offer_listing_id_listing"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_offer_organisation_id_organisation"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
        sa.UniqueConstraint("gap_id", "listing_id", name=op.f("uq_offer_gap_id_listing_id")),
        sa.UniqueConstraint("gap_id", "organisation_id", name=op.f("uq_offer_gap_id_organisation_id")),
    )
    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_offer_gap_id"), ["gap_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_offer_listing_id"), ["listing_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_offer_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "role_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agreed", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_role_change_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_role_change_decided_by_account")),
        sa.ForeignKeyConstraint(["proposed_by"], ["account.id"], name=op.f("fk_role_change_proposed_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_change")),
    )
    with op.batch_alter_table("role_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_role_change_account_id"), ["account_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("role_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_role_change_account_id"))

    op.drop_table("role_change")
    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_offer_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_offer_listing_id"))
        batch_op.drop_index(batch_op.f("ix_offer_gap_id"))

    op.drop_table("offer")
    with op.batch_alter_table("gap_step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_gap_step_gap_id"))

    op.drop_table("gap_step")
    with op.batch_alter_table("flag", schema=None) as batch_op:
        batch_op.drop_index("ix_flag_state_made_at")
        batch_op.drop_index(batch_op.f("ix_flag_gap_id"))
        batch_op.drop_index(batch_op.f("ix_flag_account_id"))

    op.drop_table("flag")
    with op.batch_alter_table("gap", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_gap_state"))
        batch_op.drop_index(
            "ix_gap_open", sqlite_where=sa.text("closed_at IS NULL"), postgresql_where=sa.text("closed_at IS NULL")
        )
        batch_op.drop_index(batch_op.f("ix_gap_merged_into_id"))
        batch_op.drop_index(batch_op.f("ix_gap_council_code"))
        batch_op.drop_index(batch_op.f("ix_gap_area_code"))

    op.drop_table("gap")
    with op.batch_alter_table("cell", schema=None) as batch_op:
        batch_op.drop_index("ix_cell_area_code_term_id_kind")

    op.drop_table("cell")
    op.drop_table("quarter")
    op.drop_table("passed_over")
    op.drop_table("miss_visit")
    with op.batch_alter_table("miss", schema=None) as batch_op:
        batch_op.drop_index("ix_miss_word")
        batch_op.drop_index("ix_miss_need")

    op.drop_table("miss")
    op.drop_table("day_salt")
    with op.batch_alter_table("website_look", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_website_look_looked_at"))

    op.drop_table("website_look")
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.drop_column("evidence")
