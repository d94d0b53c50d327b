"""What a citizen reads before asking: how long answers really take, and the form to print."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "usual_delays",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("procedure_code", sa.String(length=64), nullable=False),
        sa.Column("sample", sa.Integer(), nullable=False),
        sa.Column("median", sa.Integer(), nullable=False),
        sa.Column("nine_in_ten", sa.Integer(), nullable=False),
        sa.Column("measured_at", INSTANT, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_usual_delays_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usual_delays")),
        sa.UniqueConstraint("authority_id", "procedure_code", name=op.f("uq_usual_delays_authority_id_procedure_code")),
    )
    op.create_table(
        "paper_forms",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("procedure_id", NUMBER, nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("values", JSON, nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_paper_forms_authority_id")),
        sa.ForeignKeyConstraint(["procedure_id"], ["procedures.id"], name=op.f("fk_paper_forms_procedure_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_forms")),
        sa.UniqueConstraint("authority_id", "fingerprint", name=op.f("uq_paper_forms_authority_id_fingerprint")),
    )
    op.create_index(op.f("ix_paper_forms_procedure_id"), "paper_forms", ["procedure_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_paper_forms_procedure_id"), table_name="paper_forms")
    op.drop_table("paper_forms")
    op.drop_table("usual_delays")
