"""A copy of an installation for training: the same shape, other people, other words, other files, and no way out."""

import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table

from backoffice.domain.french import fold
from backoffice.domain.pseudonyms import Pseudonyms
from backoffice.errors import Conflict, Invalid
from backoffice.infra import exercise_files, migrations
from backoffice.infra import runtime as runtimes
from backoffice.infra.runtime import Runtime
from backoffice.infra.storage import DIGEST
from backoffice.queries import citizen_keys, copied_tables, whole_tables
from backoffice.queries import demo_copy as queries
from backoffice.queries.copied_tables import Fate
from backoffice.services import accounts, journal

DATABASE, FILES, ENVIRONMENT = "parvis.sqlite", "files", "parvis.env"
STAFF_DOMAIN = "formation.example"
PDF, MAIL = "application/pdf", "message/rfc822"
CODE = re.compile(r"[a-z]+(_[a-z0-9]+)*")
ANSWERS, REGIME = "answers", "regime"
OPAQUE = ("source_id", "position", "external_id", "form_key", "only_key", "dedupe_key")
EMPTIED = (
    "in_reply_to", "thread", "reply_to", "content_id", "body_html", "html", "error", "near_street", "routing_reason",
)  # fmt: skip

# Where a copy answers: not where the installation does, which may be open on the same machine.
ADDRESS = "http://127.0.0.1:8010"
# Said empty, for whoever opens a copy where these are set would read the real mailboxes and write to real people.
NOT_ITS_OWN = (
    "SMTP_URL", "SMS_URL", "SMS_TOKEN", "MAILBOXES", "IDENTITY_PROVIDERS", "SCAN_FOLDER", "BACKUP_DIR", "BACKUP_KEY",
    "CALL_WEBHOOK_SECRET", "METRICS_TOKEN", "SITES",
)  # fmt: skip

Row = dict[str, Any]


def make(runtime: Runtime, place: Path) -> str:
    """Write the copy in a new folder and give the password that all its agents share.

    The database is read as it is at one instant, whichever engine it is on; the copy is a SQLite file. Raises Conflict
    when the folder is not empty.
    """
    if re.search(r"\s", str(place)):
        raise Invalid(f"Le chemin « {place} » contient une espace : donnez un dossier dont le chemin n’en a pas.")
    if place.exists() and any(place.iterdir()):
        raise Conflict(f"Le dossier {place} n’est pas vide : donnez un dossier nouveau.")
    place.mkdir(parents=True, exist_ok=True)
    place.chmod(0o700)
    password, key = f"formation-{secrets.token_hex(4)}-{secrets.token_hex(4)}", secrets.token_hex(32)
    settings = replace(
        runtime.settings,
        database_url=f"sqlite:///{place / DATABASE}",
        storage_url=f"file://{place / FILES}",
        var_dir=place,
        secret_keys=(key,),
        smtp_url="",
        sms_url="",
    )
    migrations.upgrade(settings.database_url)
    copy = runtimes.build(settings)
    try:
        with runtime.database.snapshot() as source:
            _Copy(source, copy, accounts.hash_password(password)).write()
    finally:
        copy.database.dispose()
    lines = {
        "SECRET_KEYS": key,
        "DATABASE_URL": settings.database_url,
        "STORAGE_URL": settings.storage_url,
        "BROKER_URL": f"filesystem://{place}/broker",
        "RATE_LIMIT_URL": "memory://",
        "VAR_DIR": str(place),
        "PUBLIC_URL": ADDRESS,
        "PARVIS_DEMO": "0",
        **dict.fromkeys(NOT_ITS_OWN, ""),
    }
    (place / ENVIRONMENT).write_text("".join(f"{name}={value}\n" for name, value in lines.items()), encoding="utf-8")
    return password


class _Copy:
    """Rows on their way from a real installation to its copy."""

    def __init__(self, source: Connection, copy: Runtime, password_hash: str) -> None:
        self._source, self._copy, self._password_hash = source, copy, password_hash
        self._fakes = Pseudonyms(secrets.token_bytes(32), queries.read_vocabulary(source))
        self._people = queries.read_names(source)
        self._files: dict[str, tuple[str, int]] = {}
        self._heads: dict[int, str] = {}

    def write(self) -> None:
        """Every table that a copy has, then what is made from them."""
        with self._copy.database.transaction() as session:
            for table in copied_tables.list_tables():
                whole_tables.write_rows(session, table, self._rows(table))
            queries.write_heads(session, self._heads)
            citizen_keys.rebuild(session)

    def _rows(self, table: Table) -> Iterator[Row]:
        change = self._as_it_is if copied_tables.fate_of(table) is Fate.AS_IT_IS else self._under_pseudonyms
        own: Callable[[Row], Row] = getattr(self, f"_{table.name}", lambda row: row)
        for row in whole_tables.read_rows(self._source, table):
            yield own(change(table, row))

    def _as_it_is(self, _: Table, row: Row) -> Row:
        known = {
            "email": self._house_email,
            "phone": self._fakes.phone,
            "name": self._fakes.full_name,
            "words": _nothing,
        }
        for name, kind in copied_tables.CONTACTS.items():
            if isinstance(row.get(name), str):
                row[name] = known[kind](row[name])
        return row

    def _under_pseudonyms(self, table: Table, row: Row) -> Row:
        kind = row.get("media_type", PDF)
        for column in whole_tables.columns_of(table):
            value = row[column.name]
            if isinstance(value, dict):
                row[column.name] = self._data(value, strict=column.name == ANSWERS, name=column.name)
            elif not isinstance(value, str) or not value:
                continue
            elif column.name in {"digest", "raw_digest"}:
                if table.name != "case_events":
                    new, size = self._file(value, MAIL if column.name == "raw_digest" else kind)
                    row |= {column.name: new} | ({"size": size} if "size" in row else {})
            elif not copied_tables.is_code(column):
                row[column.name] = self._text(column.name, value)
        return row

    def _text(self, name: str, text: str) -> str:
        """What stands for a text of a column: nothing, when nothing has to."""
        made: dict[str, Callable[[str], str]] = {
            **dict.fromkeys(OPAQUE, self._fakes.token),
            **dict.fromkeys(EMPTIED, _nothing),
            **dict.fromkeys(("from_number", "to_number"), self._fakes.phone),
            **dict.fromkeys(("tracking_code", "registered_number", "number"), self._short),
            **dict.fromkeys(("sender", "recipient"), self._fakes.email),
            "message_id": lambda one: f"<{self._fakes.token(one)}@copie.example>",
            "actor_name": self._fakes.full_name,
            "signatory": self._fakes.full_name,
        }
        return made[name](text) if name in made else str(self._fakes.value(text, name))

    def _short(self, text: str) -> str:
        return self._fakes.token(text, 10).upper()

    def _data(self, value: Any, *, strict: bool, name: str = "") -> Any:
        """JSON without a word of anybody's; codes of the house stay, in what nobody types."""
        if name == REGIME:
            return value  # the law of the procedure, in its own words
        if isinstance(value, dict):
            # Answers are typed wherever they stand: a word alone among them is no code.
            return {key: self._data(one, strict=strict or key == ANSWERS, name=str(key)) for key, one in value.items()}
        if isinstance(value, list):
            return [self._data(one, strict=strict, name=name) for one in value]
        if not isinstance(value, str):
            return value
        if DIGEST.fullmatch(value):
            return self._files.get(value, (self._fakes.token(value, 64), 0))[0]
        if not strict and CODE.fullmatch(value) and value not in self._people:
            return value
        return self._fakes.value(value, name)

    def _file(self, digest: str, media_type: str) -> tuple[str, int]:
        if digest not in self._files:
            content = exercise_files.make(len(self._files) + 1, media_type)
            self._files[digest] = self._copy.storage.put(content), len(content)
        return self._files[digest]

    def _house_email(self, address: str) -> str:
        return f"service-{self._fakes.token(address, 8)}@{STAFF_DOMAIN}" if address else ""

    def _authorities(self, row: Row) -> Row:
        details = row["details"]
        row["details"] = {
            name: self._house_email(one) if isinstance(one, str) and "@" in one else one
            for name, one in details.items()
        }
        return row

    def _staff(self, row: Row) -> Row:
        given, family = row["name"].partition(" ")[::2]
        row["email"] = f"{fold(given)}.{fold(family)}.{row['id']}@{STAFF_DOMAIN}".replace(" ", "-")
        return row | {"password_hash": self._password_hash}

    def _citizens(self, row: Row) -> Row:
        name = row["organisation"] or f"{row['usage_name'] or row['family_name']} {row['given_names']}"
        return row | {"folded_name": fold(name.strip())[:255], "merged_into_id": row["merged_into_id"]}

    def _cases(self, row: Row) -> Row:
        places = {name: round(row[name], 2) for name in ("latitude", "longitude") if row[name] is not None}
        return row | places

    def _mail_records(self, row: Row) -> Row:
        return row | {"content": {}, "reason": ""}

    def _outgoing_mails(self, row: Row) -> Row:
        return row | {"files": {}}

    def _case_events(self, row: Row) -> Row:
        """The chain is forged anew: a copy is verified like the original."""
        row["previous_digest"] = self._heads.get(row["case_id"], "")
        row["digest"] = self._heads[row["case_id"]] = journal.digest_of(row)
        return row


def _nothing(_: str) -> str:
    return ""
