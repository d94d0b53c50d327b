"""The raw limit over HTTP: bare Flask pages that do one raw statement on a connection kept open, and nothing else."""

import json
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask, redirect, request
from markupsafe import escape
from werkzeug.wrappers import Response

Statement = tuple[str, Any]
"""SQL and its parameters, as the driver takes them."""
Connect = Callable[[], Any]

TABLE = "bare_forms"
COLUMNS = ("family_name", "email", "description")


def create_insert_app(url: str) -> Flask:
    """A page that inserts three fields of the posted form in one table."""
    app, connection = Flask("bare"), connect(url)
    mark = "%s" if url.startswith("postgresql") else "?"
    insert = f"INSERT INTO {TABLE} ({', '.join(COLUMNS)}) VALUES ({', '.join([mark] * len(COLUMNS))})"

    @app.post("/")
    def submit() -> Response:
        connection().execute(insert, [request.form[name] for name in COLUMNS])
        return redirect("/", 303)

    return app


def create_select_app(url: str, statements: Sequence[Statement]) -> Flask:
    """A page that shows the rows of these SELECTs in plain tables."""
    app, connection = Flask("bare"), connect(url)

    @app.get("/")
    def show() -> str:
        tables = []
        for sql, parameters in statements:
            rows = connection().execute(sql, parameters).fetchall()
            lines = ("".join(f"<td>{escape(value)}</td>" for value in row) for row in rows)
            tables.append(f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>")
        return f"<!doctype html><title>Bare</title>{''.join(tables)}"

    return app


def prepare(url: str) -> None:
    """Make the table that the bare page writes in."""
    connection = connect(url)()
    key = "bigserial PRIMARY KEY" if url.startswith("postgresql") else "integer PRIMARY KEY"
    connection.execute(f"CREATE TABLE {TABLE} (id {key}, {', '.join(f'{name} text' for name in COLUMNS)})")
    connection.close()


def connect(url: str) -> Connect:
    """Gives each thread its own connection, opened once, where each statement is its own transaction."""
    mine = threading.local()

    def connection() -> Any:
        if not hasattr(mine, "connection"):
            mine.connection = _open(url)
        return mine.connection

    return connection


def _open(url: str) -> Any:
    if url.startswith("postgresql"):
        return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30, isolation_level=None)
    # The promises of the product: a write that was confirmed survives a power cut.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-16000"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def save(statements: Sequence[Statement], path: Path) -> None:
    """Write statements down for the process that serves the bare page."""
    path.write_text(json.dumps(statements, default=str), encoding="utf-8")


def load(path: Path) -> list[Statement]:
    """The statements written by `save`."""
    return [(sql, parameters) for sql, parameters in json.loads(path.read_text(encoding="utf-8"))]
