"""Cases copied inside PostgreSQL from those it has: a million are written in the time of a few ten thousands."""

from sqlalchemy import Connection, text

NUMBER = "lpad(({id})::text, greatest(6, length(({id})::text)), '0')"
# What differs in a copy, by table; every other column is as it was. `{n}` is added to the numbers of rows.
TABLES: dict[str, dict[str, str]] = {
    "citizens": {"id": "id + {n}", "email": "'usager.' || (id + {n}) || '@courriel.example'"},
    "cases": {
        "id": "id + {n}",
        "citizen_id": "citizen_id + {n}",
        "reference": "left(reference, 5) || " + NUMBER.format(id="id + {n}"),
    },
    "case_texts": {
        "case_id": "case_id + {n}",
        "words": "ts_delete(words, {own_words_before}) || array_to_tsvector({own_words})",
    },
    "messages": {"id": "id + {n}", "case_id": "case_id + {n}", "source_id": "'volume-' || (id + {n})"},
    "case_events": {"id": "id + 2 * {n}", "case_id": "case_id + {n}"},
    "documents": {"id": "id + {n}", "case_id": "case_id + {n}"},
}
KEY = {"case_texts": "case_id", "case_events": "case_id"}
# The words of one case alone, or of ten: its reference, its number, that of its e-mail, its rare word.
OWN = (
    f"ARRAY['ref02001' || {NUMBER}, {NUMBER}, ({{id}})::text,"
    " 'lieu' || translate(lpad((({id}) / 10)::text, 6, '0'), '0123456789', 'abcdefghij')]"
)


def add(connection: Connection, first: int, count: int) -> None:
    """Copy the cases from number 1 to `count` as those that follow number `first`."""
    for table, changed in TABLES.items():
        columns = connection.execute(
            text("SELECT column_name FROM information_schema.columns WHERE table_name = :table"), {"table": table}
        ).scalars()
        before, after = OWN.format(id="case_id"), OWN.format(id=f"case_id + {first}")
        words = {"n": str(first), "own_words_before": before, "own_words": after}
        values = {name: changed[name].format(**words) if name in changed else f'"{name}"' for name in columns}
        names = ", ".join(f'"{name}"' for name in values)
        connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        connection.execute(
            text(
                f"INSERT INTO {table} ({names}) SELECT {', '.join(values.values())} FROM {table}"
                f" WHERE {KEY.get(table, 'id')} BETWEEN 1 AND {count}"
            )
        )
        connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
