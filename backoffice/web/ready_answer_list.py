"""The list of ready answers: what its address asks for, how many of each kind, and who came back."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session

from backoffice.domain import word_search
from backoffice.models.ready_answers import ReadyAnswer, ReadyAnswerVersion
from backoffice.queries import ready_answers as queries
from backoffice.queries import repeat_contacts
from backoffice.services import evaluation
from backoffice.web import activity_filters
from backoffice.web.current import actor
from backoffice.web.pages import today_here

SOON = timedelta(days=30)
COUNTED_DAYS = 90
LONGEST_SEARCH = 100
IN_SERVICE, MINE, TO_REVIEW, OVERDUE, PUBLIC, RETIRED = (
    "",
    "les-miennes",
    "a-relire",
    "en-retard",
    "publiques",
    "retirees",
)
VIEWS = {
    IN_SERVICE: "En service",
    MINE: "Les miennes",
    TO_REVIEW: "À relire sous 30 jours",
    OVERDUE: "À relire, en retard",
    PUBLIC: "Visibles des usagers",
    RETIRED: "Retirées",
}
DEFINITION = (
    "Parmi les fois où un agent a donné cette réponse à un usager connu, la part de celles où il est revenu dans les "
    "quinze jours pour le même motif, par un échange ou par une demande. Sont comptés les échanges d’il y a 105 à "
    "15 jours que vous pouvez lire : leurs quinze jours sont passés."
)


DEFINITION_OF_DAYS = (
    "Les fois où un agent a donné cette réponse, pendant ces jours, à un usager connu, et celles où il est revenu dans "
    "les quinze jours pour le même motif, par un échange ou par une demande. Sont comptés les échanges que vous pouvez "
    "lire."
)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for."""

    view: str
    words: str
    procedure: str

    def url(self, **changes: str) -> str:
        """The address of the list with these filters, some of them changed."""
        asked: dict[str, Any] = {"vue": self.view, "q": self.words, "demarche": self.procedure} | changes
        return url_for("ready_answers.show", **{name: value for name, value in asked.items() if value})


@dataclass(frozen=True, slots=True)
class Row:
    """An answer with what it says today; `given` times to known people, of whom `came_back`."""

    answer: ReadyAnswer
    said: ReadyAnswerVersion
    given: int
    came_back: int
    days_left: int

    @property
    def share(self) -> int | None:
        """The share of those who came back, in percent; None when it was given to nobody known."""
        return round(100 * self.came_back / self.given) if self.given else None


def filters() -> Filters:
    """The filters of the address; an unknown view is the first one."""
    view = request.args.get("vue", "")
    return Filters(
        view if view in VIEWS else IN_SERVICE,
        request.args.get("q", "").strip()[:LONGEST_SEARCH],
        request.args.get("demarche", "")[:64],
    )


def counted_period() -> tuple[datetime, datetime]:
    """The contacts that count: those of the days of the address, else those whose fifteen days are over."""
    if is_chosen():
        return evaluation.instants(activity_filters.read().filters)
    until = datetime.now(UTC) - repeat_contacts.CAME_BACK_WITHIN
    return until - timedelta(days=COUNTED_DAYS), until


def is_chosen() -> bool:
    """Whether the address says which days are counted, in words that can be read."""
    return {"du", "au"} <= set(request.args) and not activity_filters.read().faults


def chosen_days() -> dict[str, str]:
    """The same days, for another address."""
    return {name: request.args[name] for name in ("du", "au")} if is_chosen() else {}


def uses_of(session: Session, answer_id: int) -> tuple[int, int]:
    """How many times an answer was given, and to how many people who came back."""
    return repeat_contacts.count_uses(session, actor(), *counted_period(), answer_id).get(answer_id, (0, 0))


def rows(session: Session, asked: Filters) -> tuple[list[Row], dict[str, int]]:
    """The answers that the filters keep, and how many each view would have with the same words and procedure."""
    answers = queries.list_all(session, actor().authority_id)
    said = queries.list_said(session, answers)
    kept = [one for one in answers if not asked.procedure or one.procedure_code == asked.procedure]
    if asked.words:
        indexes = [word_search.index_of(one.title, said[one.id].words, said[one.id].text) for one in kept]
        kept = [kept[place] for place in word_search.find(indexes, asked.words)]
    today = today_here()
    counts = {view: sum(_is_in(view, one, today) for one in kept) for view in VIEWS}
    uses = repeat_contacts.count_uses(session, actor(), *counted_period())
    shown = [one for one in kept if _is_in(asked.view, one, today)]
    listed = [Row(one, said[one.id], *uses.get(one.id, (0, 0)), (one.review_on - today).days) for one in shown]
    return listed, counts


def _is_in(view: str, answer: ReadyAnswer, today: date) -> bool:
    if view == RETIRED:
        return answer.retired_at is not None
    wanted = {
        IN_SERVICE: True,
        MINE: answer.owner_id == actor().id,
        TO_REVIEW: answer.review_on <= today + SOON,
        OVERDUE: answer.review_on < today,
        PUBLIC: answer.public,
    }
    return answer.retired_at is None and wanted[view]
