"""The index that people are found by, made for those who are known already."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.orm import Session

from backoffice.queries import citizen_keys

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "citizen_keys",
        sa.Column("citizen_id", NUMBER, nullable=False, autoincrement=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_citizen_keys_authority_id")),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizens.id"], name=op.f("fk_citizen_keys_citizen_id")),
        sa.PrimaryKeyConstraint("citizen_id", "kind", "key", name=op.f("pk_citizen_keys")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "case_keys",
        sa.Column("case_id", NUMBER, nullable=False, autoincrement=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_case_keys_authority_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_keys_case_id")),
        sa.PrimaryKeyConstraint("case_id", "key", name=op.f("pk_case_keys")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "known_spellings",
        sa.Column("authority_id", NUMBER, nullable=False, autoincrement=False),
        sa.Column("spelling", sa.String(length=64), nullable=False),
        sa.Column("word", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_known_spellings_authority_id")),
        sa.PrimaryKeyConstraint("authority_id", "spelling", "word", name=op.f("pk_known_spellings")),
        sqlite_with_rowid=False,
    )
    citizen_keys.rebuild(Session(op.get_bind()))
    # Written first, indexed next: many rows go faster so.
    op.create_index("ix_citizen_keys_key", "citizen_keys", ["authority_id", "kind", "key", "citizen_id"], unique=False)
    op.create_index("ix_case_keys_key", "case_keys", ["authority_id", "key", "case_id"], unique=False)
    op.create_index("ix_known_spellings_word", "known_spellings", ["authority_id", "word"], unique=False)
    op.create_index("ix_cases_tracking_code", "cases", ["authority_id", "tracking_code"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_cases_tracking_code", table_name="cases")
    op.drop_table("known_spellings")
    op.drop_table("case_keys")
    op.drop_table("citizen_keys")
