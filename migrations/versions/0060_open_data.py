"""Open data: what is published of each procedure, its blocks, versions and files, and what was done to them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "open_datasets",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("procedure_id", NUMBER, nullable=False),
        sa.Column("choices", JSON, nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("lag", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("series", sa.Integer(), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=True),
        sa.Column("taken_back_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_open_datasets_authority_id")),
        sa.ForeignKeyConstraint(["procedure_id"], ["procedures.id"], name=op.f("fk_open_datasets_procedure_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open_datasets")),
        sa.UniqueConstraint("procedure_id", name=op.f("uq_open_datasets_procedure_id")),
    )
    op.create_table(
        "open_data_blocks",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("dataset_id", NUMBER, nullable=False),
        sa.Column("series", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("choices", JSON, nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("suppressed", sa.Integer(), nullable=False),
        sa.Column("held", JSON, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_open_data_blocks_authority_id")),
        sa.ForeignKeyConstraint(["dataset_id"], ["open_datasets.id"], name=op.f("fk_open_data_blocks_dataset_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open_data_blocks")),
        sa.UniqueConstraint(
            "dataset_id",
            "series",
            "starts_on",
            "months",
            name=op.f("uq_open_data_blocks_dataset_id_series_starts_on_months"),
        ),
    )
    op.create_table(
        "open_data_versions",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("dataset_id", NUMBER, nullable=False),
        sa.Column("series", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("blocks", JSON, nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("suppressed", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_open_data_versions_authority_id")),
        sa.ForeignKeyConstraint(["dataset_id"], ["open_datasets.id"], name=op.f("fk_open_data_versions_dataset_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open_data_versions")),
        sa.UniqueConstraint("dataset_id", "number", name=op.f("uq_open_data_versions_dataset_id_number")),
    )
    op.create_table(
        "open_data_files",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("version_id", NUMBER, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", NUMBER, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_open_data_files_authority_id")),
        sa.ForeignKeyConstraint(["version_id"], ["open_data_versions.id"], name=op.f("fk_open_data_files_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open_data_files")),
        sa.UniqueConstraint("version_id", "name", name=op.f("uq_open_data_files_version_id_name")),
    )
    op.create_index("ix_open_data_files_digest", "open_data_files", ["digest"], unique=False)
    op.create_table(
        "open_data_changes",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("dataset_id", NUMBER, nullable=True),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("said", JSON, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("staff_id", NUMBER, nullable=True),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_open_data_changes_authority_id")),
        sa.ForeignKeyConstraint(["dataset_id"], ["open_datasets.id"], name=op.f("fk_open_data_changes_dataset_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_open_data_changes_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open_data_changes")),
    )
    op.create_index(
        "ix_open_data_changes_dataset", "open_data_changes", ["authority_id", "dataset_id", "id"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_open_data_changes_dataset", table_name="open_data_changes")
    op.drop_table("open_data_changes")
    op.drop_index("ix_open_data_files_digest", table_name="open_data_files")
    op.drop_table("open_data_files")
    op.drop_table("open_data_versions")
    op.drop_table("open_data_blocks")
    op.drop_table("open_datasets")
