"""Keep tries at ringing about a claim, who proposed one for somebody else, which volunteers rest or have left, all who hear of a report,
and which checks speak of what is there no more."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.add_column(sa.Column("proposed_by", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_claim_proposed_by_account"), "account", ["proposed_by"], ["id"])

    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.alter_column("task_id", existing_type=sa.Integer(), nullable=True)
        batch_op.add_column(sa.Column("claim_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_attempt_claim_id_claim"), "claim", ["claim_id"], ["id"], ondelete="CASCADE")
        batch_op.create_index(batch_op.f("ix_attempt_claim_id"), ["claim_id"], unique=False)
        batch_op.create_check_constraint(batch_op.f("ck_attempt_about_one"), "(task_id IS NULL) <> (claim_id IS NULL)")

    op.add_column("account", sa.Column("back_on", sa.Date(), nullable=True))

    op.add_column("check", sa.Column("replaced_on", sa.Date(), nullable=True))
    op.add_column("check", sa.Column("seen", sa.String(length=64), nullable=False, server_default=""))

    op.create_table(
        "left_patch",
        sa.Column("area_code", sa.String(length=9), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("area_code", name=op.f("pk_left_patch")),
    )

    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.alter_column("reply_to", existing_type=sa.String(length=254), type_=sa.Text(), existing_nullable=False)


def downgrade() -> None:
    # There was room for one address, and letting one stand for several would choose between people.
    report = sa.table("report", sa.column("reply_to", sa.Text()))
    several = report.c.reply_to.contains("\n") | (sa.func.length(report.c.reply_to) > 254)
    op.execute(report.update().where(several).values(reply_to=""))
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.alter_column("reply_to", existing_type=sa.Text(), type_=sa.String(length=254), existing_nullable=False)

    op.drop_column("check", "seen")
    op.drop_column("check", "replaced_on")
    op.drop_table("left_patch")
    op.drop_column("account", "back_on")  # not as a batch, which would make anew a table that most others point at

    op.execute("DELETE FROM attempt WHERE task_id IS NULL")
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_attempt_about_one"), type_="check")
        batch_op.drop_index(batch_op.f("ix_attempt_claim_id"))
        batch_op.drop_constraint(batch_op.f("fk_attempt_claim_id_claim"), type_="foreignkey")
        batch_op.drop_column("claim_id")
        batch_op.alter_column("task_id", existing_type=sa.Integer(), nullable=False)

    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_claim_proposed_by_account"), type_="foreignkey")
        batch_op.drop_column("proposed_by")
