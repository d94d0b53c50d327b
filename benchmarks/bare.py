"""The raw limit over HTTP: bare Flask pages that send one raw statement, and nothing else."""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask, redirect, request
from markupsafe import escape
from werkzeug.wrappers import Response

Statement = tuple[str, Any]
"""SQL and its parameters, as the driver takes them."""
Connect = Callable[[], AbstractContextManager[Any]]

TABLE = "bare_forms"
COLUMNS = ("family_name", "email", "description")


class Connections(StrEnum):
    """How a bare page comes by its connection."""

    OPENED = "opened"  # by each request, as in Flask's own tutorial
    KEPT = "kept"  # by each thread, once: the least that can be


def create_insert_app(url: str, connections: Connections) -> Flask:
    """A page that inserts three fields of the posted form in one table."""
    app, connect = Flask("bare"), connecting(url, connections)
    insert = insert_statement(url)

    @app.post("/")
    def submit() -> Response:
        with connect() as connection:
            connection.execute(insert, [request.form[name] for name in COLUMNS])
        return redirect("/", 303)

    return app


def create_select_app(url: str, connections: Connections, statements: Sequence[Statement]) -> Flask:
    """A page that shows the rows of these SELECTs in plain tables."""
    app, connect = Flask("bare"), connecting(url, connections)

    @app.get("/")
    def show() -> str:
        tables = []
        with connect() as connection:
            for sql, parameters in statements:
                rows = connection.execute(sql, parameters).fetchall()
                lines = ("".join(f"<td>{escape(value)}</td>" for value in row) for row in rows)
                tables.append(f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>")
        return f"<!doctype html><title>Bare</title>{''.join(tables)}"

    return app


def prepare(url: str) -> None:
    """Make the table that the bare page writes in."""
    with connecting(url, Connections.OPENED)() as connection:
        key = "bigserial PRIMARY KEY" if url.startswith("postgresql") else "integer PRIMARY KEY"
        connection.execute(f"CREATE TABLE {TABLE} (id {key}, {', '.join(f'{name} text' for name in COLUMNS)})")


def insert_statement(url: str) -> str:
    """The INSERT of one row, with the parameters of this engine."""
    mark = "%s" if url.startswith("postgresql") else "?"
    return f"INSERT INTO {TABLE} ({', '.join(COLUMNS)}) VALUES ({', '.join([mark] * len(COLUMNS))})"


def connecting(url: str, connections: Connections) -> Connect:
    """Lends a connection where each statement is its own transaction."""
    mine = threading.local()

    @contextmanager
    def opened() -> Iterator[Any]:
        with closing(_open(url)) as connection:
            yield connection

    @contextmanager
    def kept() -> Iterator[Any]:
        if not hasattr(mine, "connection"):
            mine.connection = _open(url)
        yield mine.connection

    return kept if connections is Connections.KEPT else opened


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
