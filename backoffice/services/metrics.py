"""What monitoring reads: promises, mail, deadlines, how long pages take; never a name, an address or a reference."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import accumulate

from sqlalchemy.orm import Session

from backoffice.domain.metrics import Metric, Sample
from backoffice.infra import migrations
from backoffice.infra.request_counts import BUCKETS, RouteCounts
from backoffice.infra.runtime import Runtime
from backoffice.queries import metrics as queries
from backoffice.queries import received_files
from backoffice.services import moment

AT_RISK = timedelta(days=7)
CLASS_NAMES = ("1xx", "2xx", "3xx", "4xx", "5xx")


def collect(runtime: Runtime, counts: Iterable[RouteCounts]) -> list[Metric]:
    """Everything of now."""
    with runtime.database.reading() as session:
        found = [*_jobs(session), *_mail(session), *_cases(session)]
        if runtime.antivirus is not None:
            waiting = float(received_files.count_waiting(session))
            found.append(
                _gauge("parvis_files_waiting", "Received files that the antivirus has not looked at.", waiting)
            )
    revision = {"revision": migrations.known_numbers()[-1]}
    info = Metric("parvis_info", "gauge", "The schema that this program was written for.", (Sample(1, revision),))
    return [info, *found, *_pages(list(counts))]


def _gauge(name: str, words: str, value: float) -> Metric:
    return Metric(name, "gauge", words, (Sample(value),))


def _jobs(session: Session) -> list[Metric]:
    now = moment.now()
    counted = queries.count_jobs(session)
    oldest = queries.find_oldest_due(session, now)
    samples = tuple(Sample(count, {"kind": kind, "state": state}) for (kind, state), count in sorted(counted.items()))
    age = (now - oldest).total_seconds() if oldest else 0.0
    return [
        Metric("parvis_jobs", "gauge", "Promises that are queued, running or dead (given up).", samples),
        _gauge("parvis_jobs_oldest_due_seconds", "How long the oldest due promise has waited.", age),
    ]


def _mail(session: Session) -> list[Metric]:
    boxes = queries.list_mailboxes(session)
    lines = queries.count_lines(session)
    now, by_box = moment.now(), {box.mailbox: {"mailbox": box.mailbox} for box in boxes}
    told = {name: sum(count for (mailbox, _), count in lines.items() if mailbox == name) for name in by_box}
    ages = tuple(
        Sample((now - box.last_success_at).total_seconds(), by_box[box.mailbox]) for box in boxes if box.last_success_at
    )
    outcomes = tuple(Sample(n, {"mailbox": name, "outcome": what}) for (name, what), n in sorted(lines.items()))
    received = tuple(Sample(box.received, by_box[box.mailbox]) for box in boxes)
    balance = tuple(Sample(box.received - told[box.mailbox], by_box[box.mailbox]) for box in boxes)
    return [
        Metric("parvis_mail_received_total", "counter", "Mails taken in by each mailbox.", received),
        Metric("parvis_mail_lines", "gauge", "Lines of the ledger of received mail, by outcome.", outcomes),
        Metric("parvis_mail_balance", "gauge", "Mails received minus lines of the ledger: 0, or one is lost.", balance),
        Metric("parvis_mailbox_silence_seconds", "gauge", "Time since a mailbox was last read.", ages),
        _gauge("parvis_mail_unsent", "Mails that wait to leave.", queries.count_unsent(session)),
    ]


def _cases(session: Session) -> list[Metric]:
    today = moment.today(queries.find_timezone(session))
    late, soon = queries.count_deadlines(session, today, AT_RISK)
    samples = (Sample(late, {"when": "late"}), Sample(soon, {"when": "within_7_days"}))
    return [Metric("parvis_deadlines", "gauge", "Open cases whose day has passed, or comes within a week.", samples)]


def _pages(counts: list[RouteCounts]) -> list[Metric]:
    times: list[Sample] = []
    answers: list[Sample] = []
    for one in counts:
        so_far = list(accumulate(one.buckets))
        for bound, count in zip((*map(str, BUCKETS), "+Inf"), so_far, strict=True):
            times.append(Sample(count, {"route": one.route, "le": bound}, "_bucket"))
        times.append(Sample(one.seconds, {"route": one.route}, "_sum"))
        times.append(Sample(so_far[-1], {"route": one.route}, "_count"))
        named = zip(CLASS_NAMES, one.classes, strict=True)
        answers += [Sample(count, {"route": one.route, "status": name}) for name, count in named if count]
    return [
        Metric("parvis_request_seconds", "histogram", "How long answers took on this machine.", tuple(times)),
        Metric("parvis_responses_total", "counter", "Answers of this machine, by status.", tuple(answers)),
    ]
