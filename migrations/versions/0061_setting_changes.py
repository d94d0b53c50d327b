"""The history of every setting, in words: what was done, what was and what is."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

TABLE, LABEL = "setting_changes", "Chiffres par agent"
SHOWN, HIDDEN = "Affichés", "Cachés"


def _told() -> list[sa.Column[object]]:
    """The columns that both shapes have."""
    return [
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
    ]


def _keys() -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_setting_changes_authority_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_setting_changes_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setting_changes")),
    ]


def _old() -> sa.TableClause:
    names = ("setting", "reason", "staff_id", "author", "authority_id")
    return sa.table(
        TABLE,
        sa.column("id", NUMBER),
        sa.column("on", sa.Boolean),
        sa.column("at", sa.DateTime(timezone=True)),
        *map(sa.column, names),
    )


def _new() -> sa.TableClause:
    names = ("screen", "subject", "act", "folded", "reason", "staff_id", "author", "authority_id")
    return sa.table(
        TABLE,
        sa.column("id", NUMBER),
        sa.column("before", JSON),
        sa.column("after", JSON),
        sa.column("at", sa.DateTime(timezone=True)),
        *map(sa.column, names),
    )


def _said(row: sa.RowMapping) -> dict[str, object]:
    return {name: row[name] for name in ("reason", "staff_id", "author", "at", "authority_id")}


def upgrade() -> None:
    rows = op.get_bind().execute(sa.select(_old()).order_by(sa.column("id"))).mappings().all()
    op.drop_index("ix_setting_changes_setting", table_name=TABLE)
    op.drop_table(TABLE)
    op.create_table(
        TABLE,
        sa.Column("screen", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("act", sa.String(length=255), nullable=False),
        sa.Column("before", JSON, nullable=False),
        sa.Column("after", JSON, nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("staff_id", NUMBER, nullable=True),
        *_told(),
        *_keys(),
    )
    op.create_index("ix_setting_changes_authority", TABLE, ["authority_id", "id"], unique=False)
    op.create_index("ix_setting_changes_screen", TABLE, ["authority_id", "screen", "id"], unique=False)
    words = {True: (HIDDEN, SHOWN), False: (SHOWN, HIDDEN)}
    for row in rows:
        was, is_now = words[bool(row["on"])]
        folded = f"{LABEL} {is_now} {row['author']} {row['reason']}".lower()
        told = {"screen": row["setting"], "subject": LABEL, "act": is_now, "folded": folded, **_said(row)}
        op.execute(_new().insert().values(before={LABEL: was}, after={LABEL: is_now}, **told))


def downgrade() -> None:
    rows = op.get_bind().execute(sa.select(_new()).order_by(sa.column("id"))).mappings().all()
    op.drop_index("ix_setting_changes_screen", table_name=TABLE)
    op.drop_index("ix_setting_changes_authority", table_name=TABLE)
    op.drop_table(TABLE)
    op.create_table(
        TABLE,
        sa.Column("setting", sa.String(length=64), nullable=False),
        sa.Column("on", sa.Boolean(), nullable=False),
        sa.Column("staff_id", NUMBER, nullable=False),
        *_told(),
        *_keys(),
    )
    op.create_index("ix_setting_changes_setting", TABLE, ["authority_id", "setting", "id"], unique=False)
    for row in rows:
        if row["screen"] == "agent_figures" and row["staff_id"] is not None:
            op.execute(_old().insert().values(setting=row["screen"], on=row["act"] == SHOWN, **_said(row)))
