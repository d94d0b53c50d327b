"""The rules that send mail to its department, with the history of their changes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "routing_rules",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("criteria", JSON, nullable=False),
        sa.Column("procedure_code", sa.String(length=64), nullable=False),
        sa.Column("department_id", NUMBER, nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_routing_rules_authority_id")),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_routing_rules_department_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_rules")),
    )
    op.create_index("ix_routing_rules_order", "routing_rules", ["authority_id", "position"], unique=False)
    op.create_table(
        "routing_rule_changes",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("rule_id", NUMBER, nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("said", JSON, nullable=False),
        sa.Column("staff_id", NUMBER, nullable=True),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authorities.id"], name=op.f("fk_routing_rule_changes_authority_id")
        ),
        sa.ForeignKeyConstraint(["rule_id"], ["routing_rules.id"], name=op.f("fk_routing_rule_changes_rule_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_routing_rule_changes_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_rule_changes")),
    )
    op.create_index("ix_routing_rule_changes_rule", "routing_rule_changes", ["rule_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_routing_rule_changes_rule", table_name="routing_rule_changes")
    op.drop_table("routing_rule_changes")
    op.drop_index("ix_routing_rules_order", table_name="routing_rules")
    op.drop_table("routing_rules")
