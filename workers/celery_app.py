"""Celery as the house uses it: one task, three queues, json, and nothing that must survive in the broker.

`python -m workers.supervisor --only worker --queues pdf` runs a worker of one queue, with its relay.
"""

import gc
import importlib
import os
import signal
import warnings
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from celery import Celery, signals
from celery.exceptions import SecurityWarning
from kombu.entity import Queue

from backoffice.infra import logs, runtime
from backoffice.infra.runtime import Runtime
from backoffice.settings import Settings
from workers import folder_broker, jobs
from workers.parent import die_with_parent

TASK = "parvis.run_job"
CONCURRENCY = 2
# A job that hangs holds a process of the pool: after an hour it is killed, and its lease gives it another start.
LONGEST_JOB_SECONDS = 3600
# Of the broker, in seconds: how long to wait for an answer.
BROKER_PATIENCE = 4

REDIS_OPTIONS = {
    "visibility_timeout": 2 * LONGEST_JOB_SECONDS,
    "socket_connect_timeout": BROKER_PATIENCE,
    "socket_timeout": 30,
    "socket_keepalive": True,
}


def build(settings: Settings, handlers: Mapping[str, jobs.Handler] = jobs.HANDLERS) -> Celery:
    """The Celery application of these settings; a process of its pool builds its own tools after the fork."""
    celery = Celery("parvis", set_as_current=False)
    celery.conf.update(_configuration(settings))

    @cache
    def tools() -> Runtime:
        return runtime.build(settings)

    @celery.task(name=TASK, shared=False)
    def run_job(job_id: int) -> None:
        jobs.run(tools(), handlers, job_id)

    @signals.worker_process_init.connect(weak=False)
    def open_tools(**_: Any) -> None:
        die_with_parent(signal.SIGKILL)
        tools()

    @signals.setup_logging.connect(weak=False)
    def configure_logs(**_: Any) -> None:
        logs.configure(settings)

    return celery


def _configuration(settings: Settings) -> dict[str, Any]:
    return {
        **_broker(settings.broker_url),
        "broker_connection_timeout": BROKER_PATIENCE,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_channel_error_retry": True,
        "accept_content": ["json"],
        "task_serializer": "json",
        "task_queues": [Queue(name) for name in jobs.QUEUES],  # type: ignore[no-untyped-call]
        "task_default_queue": jobs.DEFAULT_QUEUE,
        "task_create_missing_queues": False,
        "task_ignore_result": True,
        "task_store_errors_even_if_ignored": False,
        # A message is spent as soon as it is taken: the lease of the row, not the broker, gives a job another start.
        "task_acks_late": False,
        "task_reject_on_worker_lost": False,
        "task_time_limit": LONGEST_JOB_SECONDS,
        "worker_prefetch_multiplier": 1,
        "worker_concurrency": CONCURRENCY,
        "worker_max_tasks_per_child": 200,
        "worker_max_memory_per_child": 400_000,  # KiB
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "enable_utc": True,
    }


def _broker(url: str) -> dict[str, Any]:
    if url.startswith("filesystem:"):
        folder_broker.prepare(url)
        return {
            "broker_url": "filesystem://localhost",
            "broker_transport": "workers.folder_broker:Transport",
            "broker_transport_options": folder_broker.options(url),
        }
    return {"broker_url": url, "broker_transport_options": REDIS_OPTIONS}


def start_worker(celery: Celery, queues: Sequence[str] = tuple(jobs.QUEUES)) -> int:
    """Run a worker in this process until it is told to stop; answers its exit code."""
    # Celery warns those who run it as root against pickled messages: ours are numbers in JSON.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    worker = celery.Worker(
        pool="prefork",
        concurrency=CONCURRENCY,
        queues=list(queues),
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        loglevel="WARNING",
        quiet=True,
    )
    # With it each of the pool's processes asks the kernel to end with this one.
    importlib.import_module("cffi.cparser")
    # What the pool's processes share is not visited by the collector, and its pages stay shared.
    os.register_at_fork(before=gc.freeze)
    worker.start()
    return int(worker.exitcode or 0)
