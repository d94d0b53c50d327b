"""Scanned letters: files as they came, what they were cut into, and the text read on them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
DATA = sa.JSON().with_variant(JSONB(), "postgresql")
WAITING = sa.text("state = 'waiting'")

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "digitised_files",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("source_key", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("media_type", sa.String(length=255), nullable=False),
        sa.Column("size", NUMBER, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("cuts_at_blanks", sa.Boolean(), nullable=False),
        sa.Column("staff_id", NUMBER, nullable=True),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("cut", sa.String(length=64), nullable=False),
        sa.Column("page_count", sa.Integer(), nullable=False),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_digitised_files_authority_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_digitised_files_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digitised_files")),
        sa.UniqueConstraint("authority_id", "source_key", name=op.f("uq_digitised_files_authority_id_source_key")),
    )
    op.create_index("ix_digitised_files_digest", "digitised_files", ["authority_id", "digest"])
    op.create_index("ix_digitised_files_state", "digitised_files", ["authority_id", "state", "id"])
    op.create_table(
        "digitised_letters",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("file_id", NUMBER, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", NUMBER, nullable=False),
        sa.Column("pages", DATA, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("read_at", INSTANT, nullable=True),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("arrived_letter_id", NUMBER, nullable=True),
        sa.Column("staff_id", NUMBER, nullable=True),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["arrived_letter_id"], ["arrived_letters.id"], name=op.f("fk_digitised_letters_arrived_letter_id")
        ),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_digitised_letters_authority_id")),
        sa.ForeignKeyConstraint(["file_id"], ["digitised_files.id"], name=op.f("fk_digitised_letters_file_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_digitised_letters_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digitised_letters")),
        sa.UniqueConstraint("file_id", "position", name=op.f("uq_digitised_letters_file_id_position")),
    )
    op.create_index(
        "ix_digitised_letters_waiting",
        "digitised_letters",
        ["authority_id", "id"],
        postgresql_where=WAITING,
        sqlite_where=WAITING,
    )
    op.add_column("received_files", sa.Column("text", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("received_files", "text")
    op.drop_index("ix_digitised_letters_waiting", table_name="digitised_letters")
    op.drop_table("digitised_letters")
    op.drop_index("ix_digitised_files_state", table_name="digitised_files")
    op.drop_index("ix_digitised_files_digest", table_name="digitised_files")
    op.drop_table("digitised_files")
