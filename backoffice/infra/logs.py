"""Logs: one line a fact, for people in a terminal or as JSON for a collector; never with personal data.

What is logged is what happened, and the number of the row it happened to: names, addresses and texts stay in the
database.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog

from backoffice.settings import Settings

# These libraries tell their life at INFO; our own lines already say what matters of it.
QUIET = (
    "alembic",
    "amqp",
    "celery",
    "fontTools",
    "kombu",
    "multiprocessing",
    "pikepdf",
    "PIL",
    "weasyprint",
    "werkzeug",
)
OURS = "parvis"
MOST_CAUSES, MOST_FRAMES = 5, 8

# Put values (`request_id=…`, `job_id=…`) on every later line of this request or job; or for the time of a `with` block.
bind = structlog.contextvars.bind_contextvars
bound = structlog.contextvars.bound_contextvars
# Drop what was bound: the first thing to do when a request begins.
forget = structlog.contextvars.clear_contextvars


def configure(settings: Settings) -> None:
    """Send the lines of the house and of its libraries to the standard error; calling it again changes nothing."""
    first: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            *first,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.set_name(OURS)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=first,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(settings)],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [*(other for other in root.handlers if other.name != OURS), handler]
    root.setLevel(logging.INFO)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _without_words(_logger: Any, _name: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Where an error was raised, and where each that it comes from was: what they say may quote a citizen."""
    told = line.pop("exc_info", None)
    error = sys.exc_info()[1] if told is True else told[1] if isinstance(told, tuple) else told
    places: list[str] = []
    while isinstance(error, BaseException) and len(places) < MOST_CAUSES:
        frames = traceback.extract_tb(error.__traceback__)
        way = " > ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[-MOST_FRAMES:])
        places.append(f"{type(error).__name__} at {way}")
        error = error.__cause__ or error.__context__
    if places:
        line["trace"] = places
    return line


def place_of(error: Exception) -> str:
    """Where an error was raised, as `file.py:line`: its message may quote a citizen, and stays out of the logs."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""


def _rendering(settings: Settings) -> list[Any]:
    # Who tries Parvis sees whole errors: nobody wrote there but them.
    whole = [structlog.processors.format_exc_info] if settings.demo else [_without_words]
    if settings.log_json:
        return [*whole, structlog.processors.JSONRenderer(ensure_ascii=False)]
    plain = structlog.dev.plain_traceback
    console = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)
    return [console] if settings.demo else [_without_words, console]
