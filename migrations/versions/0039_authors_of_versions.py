"""Who published each version of a procedure, and why."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AUTHOR = "fk_procedure_versions_staff_id"


def upgrade() -> None:
    with op.batch_alter_table("procedure_versions") as table:
        table.add_column(sa.Column("staff_id", NUMBER, nullable=True))
        table.add_column(sa.Column("reason", sa.Text(), nullable=False, server_default=""))
        table.create_foreign_key(op.f(AUTHOR), "staff", ["staff_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("procedure_versions") as table:
        table.drop_constraint(op.f(AUTHOR), type_="foreignkey")
        table.drop_column("reason")
        table.drop_column("staff_id")
