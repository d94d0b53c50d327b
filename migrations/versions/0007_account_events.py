"""The history of the accounts of staff."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account_events",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("staff_id", NUMBER, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor_kind", sa.String(length=64), nullable=False),
        sa.Column("actor_id", NUMBER, nullable=True),
        sa.Column("actor_name", sa.String(length=255), nullable=False),
        sa.Column("before", JSON, nullable=False),
        sa.Column("after", JSON, nullable=False),
        sa.Column("mail_id", NUMBER, nullable=True),
        sa.Column("previous_digest", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_account_events_authority_id")),
        sa.ForeignKeyConstraint(["mail_id"], ["outgoing_mails.id"], name=op.f("fk_account_events_mail_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_account_events_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_events")),
        sa.UniqueConstraint("staff_id", "number", name=op.f("uq_account_events_staff_id_number")),
    )


def downgrade() -> None:
    op.drop_table("account_events")
