"""Logs: one line a fact, for people in a terminal or as JSON for a collector; never with personal data.

What is logged is what happened, and the number of the row it happened to: names, addresses and texts stay in the
database.
"""

import logging
import sys
import traceback
from pathlib import Path
from typing import Any

import structlog

from backoffice.settings import Settings

# These libraries tell their life at INFO; our own lines already say what matters of it.
QUIET = ("alembic", "amqp", "celery", "fontTools", "kombu", "multiprocessing", "PIL", "weasyprint", "werkzeug")
OURS = "parvis"

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


def place_of(error: Exception) -> str:
    """Where an error was raised, as `file.py:line`: its message may quote a citizen, and stays out of the logs."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""


def _rendering(settings: Settings) -> list[Any]:
    if settings.log_json:
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
