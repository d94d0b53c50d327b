"""« Questions des autres services »: the questions that others await from the viewer's departments, and theirs."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain import policy, row_ids
from backoffice.domain.policy import Permission
from backoffice.models.tasks import Task
from backoffice.queries import catalogue
from backoffice.queries import tasks as queries
from backoffice.queries.tasks import Filters, View
from backoffice.web import page_numbers, queue, task_panel
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime
from backoffice.web.pages import today_here

pages = Blueprint("task_list", __name__)

PAGE_SIZE = 25
VIEWS: dict[View, str] = {
    View.DEPARTMENTS: "Mes services",
    View.MINE: "Pour moi",
    View.LATE: "En retard",
    View.ANSWERED: "Terminées",
    View.ASKED: "Posées par nous",
}
NOTHING: dict[View, tuple[str, str]] = {
    View.DEPARTMENTS: (
        "Personne ne vous attend",
        "Les questions que d’autres services posent aux vôtres arrivent ici.",
    ),
    View.MINE: ("Rien pour vous", "Aucune question ne vous est posée personnellement."),
    View.LATE: ("Aucun retard", "Toutes les questions ouvertes sont dans les temps."),
    View.ANSWERED: ("Rien de terminé", "Les questions que vos services ont traitées resteront ici."),
    View.ASKED: ("Vous n’attendez personne", "Posez une question depuis la page d’un dossier : elle apparaîtra ici."),
}


@pages.get("/agents/questions")
@audience(Audience.STAFF, Permission.TASK_ANSWER)
def show() -> ResponseReturnValue:
    """The list, narrowed by what the address says."""
    view = request.args.get("vue", "")
    asked = Filters(
        View(view) if view in set(View) else View.DEPARTMENTS, row_ids.read(request.args.get("service", ""))
    )
    number, today = page_numbers.asked(), today_here()
    with runtime().database.reading() as session:
        counts = queries.count_views(session, actor(), asked, today)
        found = queries.list_tasks(session, actor(), asked, today, (number - 1) * PAGE_SIZE, PAGE_SIZE + 1)
        departments = catalogue.list_departments(session, actor().authority_id)
    views = [one for one in View if one is not View.ASKED or policy.allows(actor(), Permission.TASK_ASK)]
    return render_template(
        "tasks/list.html",
        rows=[(task_panel.show(one), _is_readable(one)) for one in found[:PAGE_SIZE]],
        asked=asked,
        tabs=[(VIEWS[one], _here(vue=one.value), one is asked.view, queue.so_many(counts[one])) for one in views],
        nothing=NOTHING[asked.view],
        pager=(
            _here(page=str(number - 1)) if number > 1 else None,
            _here(page=str(number + 1)) if len(found) > PAGE_SIZE else None,
        ),
        departments=[(str(one.id), one.name) for one in departments],
    )


def _is_readable(task: Task) -> bool:
    return policy.allows(actor(), Permission.CASE_READ, task.case)


def _here(**changes: str) -> str:
    kept: dict[str, Any] = {name: value for name, value in request.args.items() if name in {"vue", "service"}}
    return url_for("task_list.show", **{name: value for name, value in (kept | changes).items() if value})
