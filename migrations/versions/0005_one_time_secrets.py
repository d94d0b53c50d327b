"""One-time secrets: the links and codes that prove an address."""

import sqlalchemy as sa
from alembic import op

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "one_time_secrets",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("purpose", sa.String(length=64), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("recipient", sa.String(length=255), nullable=False),
        sa.Column("recipient_key", sa.String(length=64), nullable=False),
        sa.Column("network_key", sa.String(length=64), nullable=False),
        sa.Column("next_path", sa.String(length=255), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_one_time_secrets_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_secrets")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_one_time_secrets_secret_hash")),
    )
    op.create_index("ix_one_time_secrets_recipient", "one_time_secrets", ["recipient_key", "created_at"], unique=False)
    op.create_index("ix_one_time_secrets_network", "one_time_secrets", ["network_key", "created_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_one_time_secrets_network", table_name="one_time_secrets")
    op.drop_index("ix_one_time_secrets_recipient", table_name="one_time_secrets")
    op.drop_table("one_time_secrets")
