"""The words that cases are found by, and the triggers that say which cases are to be read again."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

# Whose change marks which cases: what holds the ids, and which columns of the table are read.
CASES_OF: dict[str, tuple[str, str]] = {
    "cases": ("cases WHERE id = {row}.id", "reference, tracking_code, subject, answers, citizen_id"),
    "messages": ("cases WHERE id = {row}.case_id", "case_id, author, subject, body"),
    "attachments": ("cases WHERE id = {row}.case_id", "case_id, name"),
    "case_representations": ("cases WHERE id = {row}.case_id", "case_id, family_name, given_names, name, number"),
    "arrived_letters": ("cases WHERE id = {row}.case_id", "case_id, registered_number"),
    "citizens": (
        "cases WHERE citizen_id = {row}.id",
        "family_name, given_names, usage_name, organisation, email, phone, address_line",
    ),
    "received_files": ("cases WHERE id IN (SELECT case_id FROM attachments WHERE digest = {row}.digest)", "text"),
}
# The words of what is deleted are read no more; a case that is deleted is marked by itself.
DELETED = {"messages", "attachments", "case_representations"}


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        "case_texts",
        sa.Column("case_id", NUMBER, nullable=False, autoincrement=False),
        sa.Column("words", sa.Text().with_variant(TSVECTOR(), "postgresql"), nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_case_texts_authority_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_texts")),
    )
    op.create_table(
        "case_text_marks",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("case_id", NUMBER, nullable=False),
        sa.Column("authority_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_case_text_marks_authority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_text_marks")),
    )
    op.create_table(
        "text_spellings",
        sa.Column("authority_id", NUMBER, nullable=False, autoincrement=False),
        sa.Column("spelling", sa.String(length=64), nullable=False),
        sa.Column("word", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_text_spellings_authority_id")),
        sa.PrimaryKeyConstraint("authority_id", "spelling", "word", name=op.f("pk_text_spellings")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_text_spellings_word", "text_spellings", ["authority_id", "word"], unique=False)
    for statement in _sqlite() if is_sqlite else _postgresql():
        op.execute(statement)
    # The relay reads what is marked: an installation with many cases is up at once, and can be searched soon after.
    op.execute("INSERT INTO case_text_marks (authority_id, case_id) SELECT authority_id, id FROM cases")


def downgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table in CASES_OF:
        for moment in ("insert", "update", "delete"):
            name = f"mark_{table}_{moment}"
            op.execute(f"DROP TRIGGER IF EXISTS {name}" + ("" if is_sqlite else f" ON {table}"))
        if not is_sqlite:
            op.execute(f"DROP FUNCTION mark_{table}()")
    if is_sqlite:
        for moment in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER follow_case_texts_{moment}")
        op.execute("DROP TABLE case_texts_fts")
    for name in ("text_spellings", "case_text_marks", "case_texts"):
        op.drop_table(name)


def _moments(table: str) -> Iterator[tuple[str, str, str]]:
    """When a table marks cases: the name of the moment, how a trigger says it, and the row that it looks at."""
    if table not in ("citizens", "received_files"):  # a new one has no case yet
        yield "insert", "INSERT", "NEW"
    yield "update", f"UPDATE OF {CASES_OF[table][1]}", "NEW"
    if table in DELETED:
        yield "delete", "DELETE", "OLD"


def _mark(table: str, row: str) -> str:
    cases = CASES_OF[table][0].format(row=row)
    return f"INSERT INTO case_text_marks (authority_id, case_id) SELECT authority_id, id FROM {cases};"  # noqa: S608


def _sqlite() -> Iterator[str]:
    for table in CASES_OF:
        for name, moment, row in _moments(table):
            yield f"CREATE TRIGGER mark_{table}_{name} AFTER {moment} ON {table} BEGIN {_mark(table, row)} END"
    yield (
        "CREATE TRIGGER mark_cases_delete AFTER DELETE ON cases BEGIN "
        "INSERT INTO case_text_marks (authority_id, case_id) VALUES (OLD.authority_id, OLD.id); END"
    )
    # The words are folded and parted before they come here: the tokenizer has only spaces to find.
    yield (
        "CREATE VIRTUAL TABLE case_texts_fts USING fts5("
        "words, content='case_texts', content_rowid='case_id', detail=none, columnsize=0, tokenize='ascii')"
    )
    write = "INSERT INTO case_texts_fts (rowid, words) VALUES (NEW.case_id, NEW.words);"
    forget = "INSERT INTO case_texts_fts (case_texts_fts, rowid, words) VALUES ('delete', OLD.case_id, OLD.words);"
    yield f"CREATE TRIGGER follow_case_texts_insert AFTER INSERT ON case_texts BEGIN {write} END"
    yield f"CREATE TRIGGER follow_case_texts_delete AFTER DELETE ON case_texts BEGIN {forget} END"
    yield f"CREATE TRIGGER follow_case_texts_update AFTER UPDATE ON case_texts BEGIN {forget} {write} END"


def _postgresql() -> Iterator[str]:
    yield "CREATE INDEX ix_case_texts_words ON case_texts USING gin (words)"
    for table in CASES_OF:
        body = _mark(table, "NEW")
        if table == "cases":
            body = (
                "IF TG_OP = 'DELETE' THEN INSERT INTO case_text_marks (authority_id, case_id) "
                "VALUES (OLD.authority_id, OLD.id); ELSE INSERT INTO case_text_marks (authority_id, case_id) "
                "VALUES (NEW.authority_id, NEW.id); END IF;"
            )
        elif table in DELETED:
            body = f"IF TG_OP = 'DELETE' THEN {_mark(table, 'OLD')} ELSE {body} END IF;"
        yield (
            f"CREATE FUNCTION mark_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$"
        )
        moments = [*_moments(table), *([("delete", "DELETE", "OLD")] if table == "cases" else [])]
        for name, moment, _ in moments:
            yield (
                f"CREATE TRIGGER mark_{table}_{name} AFTER {moment} ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION mark_{table}()"
            )
