"""Ready answers for agents: the list, one answer with all it has said, and its changes."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain import row_ids, text_changes
from backoffice.domain.lifecycle import DESK_STATUS_LABELS
from backoffice.domain.policy import Permission
from backoffice.errors import Conflict, Invalid, NotFound
from backoffice.models.ready_answers import ReadyAnswer, ReadyAnswerVersion
from backoffice.queries import catalogue, people, repeat_contacts
from backoffice.queries import ready_answers as queries
from backoffice.services import ready_answers
from backoffice.web import ready_answer_list as listing
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime
from backoffice.web.errors import status_of
from backoffice.web.pages import today_here

pages = Blueprint("ready_answers", __name__, url_prefix="/agents/reponses")


@pages.get("")
@audience(Audience.STAFF, Permission.READY_ANSWER_READ)
def show() -> ResponseReturnValue:
    """The answers, by words, by procedure, by what they wait for."""
    asked = listing.filters()
    with runtime().database.reading() as session:
        rows, counts = listing.rows(session, asked)
        return render_template(
            "answers/list.html",
            asked=asked,
            rows=rows,
            tabs=[
                (label, asked.url(vue=view), view == asked.view, counts[view]) for view, label in listing.VIEWS.items()
            ],
            procedures=catalogue.list_procedure_titles(session, actor().authority_id),
            definition=listing.DEFINITION,
        )


@pages.route("/nouvelle", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.READY_ANSWER_MANAGE)
def create() -> ResponseReturnValue:
    """A new answer."""
    if request.method == "GET":
        review_on = today_here() + ready_answers.READ_AGAIN_AFTER
        return _form(None, {"review_on": review_on.isoformat(), "owner": str(actor().id)})
    return _posted(None, lambda session: ready_answers.create(session, actor(), request.form))


@pages.get("/<int:answer_id>")
@audience(Audience.STAFF, Permission.READY_ANSWER_READ)
def answer(answer_id: int) -> ResponseReturnValue:
    """One answer: what it says, what it said, who changed it."""
    with runtime().database.reading() as session:
        found = queries.get_answer(session, actor().authority_id, answer_id)
        versions = queries.list_versions(session, answer_id)
        given, came_back = listing.uses_of(session, answer_id)
        changes = queries.list_changes(session, answer_id)
        return render_template(
            "answers/show.html",
            answer=found,
            said=versions[0],
            versions=versions,
            compared=_compared(versions),
            given=given,
            came_back=came_back,
            definition=listing.DEFINITION,
            days_left=(found.review_on - today_here()).days,
            statuses=DESK_STATUS_LABELS,
            procedures=dict(catalogue.list_procedure_titles(session, actor().authority_id)),
            changes=changes,
            review_days={one.id: date.fromisoformat(one.said["review_on"]) for one in changes},
            change_labels=ready_answers.CHANGES,
            staff={one.id: one.name for one in people.list_staff(session, actor().authority_id)},
        )


@pages.get("/<int:answer_id>/retours")
@audience(Audience.STAFF, Permission.READY_ANSWER_READ)
def returns(answer_id: int) -> ResponseReturnValue:
    """The contacts that it was given to, or (« revenus ») those whose person came back."""
    only_back = request.args.get("vue") == "revenus"
    with runtime().database.reading() as session:
        found = queries.get_answer(session, actor().authority_id, answer_id)
        given, came_back = listing.uses_of(session, answer_id)
        before = row_ids.read(request.args.get("apres", "")) or 0
        period = listing.counted_period()
        uses = repeat_contacts.list_uses(session, actor(), *period, answer_id, only_back=only_back, before=before)
        shown = uses[: repeat_contacts.PAGE_SIZE]
        of: dict[str, Any] = {"answer_id": answer_id, **listing.chosen_days()}
        kept: dict[str, Any] = {**of, "vue": "revenus" if only_back else None}
        last = shown[-1].contact_id if len(uses) > len(shown) else None
        return render_template(
            "answers/returns.html",
            answer=found,
            uses=shown,
            only_back=only_back,
            first_url=url_for("ready_answers.returns", **kept) if before else None,
            next_url=url_for("ready_answers.returns", **kept, apres=last) if last else None,
            tabs=[
                ("Données", url_for("ready_answers.returns", **of), not only_back, given),
                (
                    "Usager revenu",
                    url_for("ready_answers.returns", **of, vue="revenus"),
                    only_back,
                    came_back,
                ),
            ],
            definition=listing.DEFINITION_OF_DAYS if listing.is_chosen() else listing.DEFINITION,
        )


@pages.route("/<int:answer_id>/modifier", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.READY_ANSWER_MANAGE)
def edit(answer_id: int) -> ResponseReturnValue:
    """A new version, other settings."""
    if request.method == "GET":
        return _form(answer_id)
    seen = row_ids.read(request.form.get("seen", ""))
    return _posted(
        answer_id, lambda session: ready_answers.update(session, actor(), answer_id, request.form, seen=seen)
    )


@pages.post("/<int:answer_id>/service")
@audience(Audience.STAFF, Permission.READY_ANSWER_MANAGE)
def set_retired(answer_id: int) -> ResponseReturnValue:
    """Retire it, or bring it back."""
    retired = request.form.get("retired") == "1"
    with runtime().database.transaction() as session:
        title = ready_answers.set_retired(session, actor(), answer_id, retired=retired).title
    if retired:
        flash(f"« {title} » est retirée : ni les agents ni les usagers ne la trouvent plus.", "success")
    else:
        flash(f"« {title} » est de nouveau en service.", "success")
    return redirect(url_for("ready_answers.answer", answer_id=answer_id), 303)


def _compared(versions: list[ReadyAnswerVersion]) -> tuple[ReadyAnswerVersion, list[text_changes.Piece]] | None:
    """The version that the address names (« avec »), else the one before, against the last one."""
    asked = request.args.get("avec", "")
    if len(versions) < 2 and not asked:
        return None
    wanted = row_ids.read(asked) if asked else versions[0].number - 1
    older = next((one for one in versions[1:] if one.number == wanted), None)
    if older is None:
        raise NotFound("Cette version n’existe pas.")
    before, after = (f"{one.title}\n{one.text}" for one in (older, versions[0]))
    return older, text_changes.compare(before, after)


def _posted(answer_id: int | None, write: Callable[[Session], ReadyAnswer]) -> ResponseReturnValue:
    try:
        with runtime().database.transaction() as session:
            written = write(session)
            answer_id, title = written.id, written.title
    except (Invalid, Conflict) as fault:
        faults = fault.faults if isinstance(fault, Invalid) else {"": fault.sentence}
        return _form(answer_id, request.form, faults), status_of(fault)
    flash(f"« {title} » est enregistrée.", "success")
    return redirect(url_for("ready_answers.answer", answer_id=answer_id), 303)


def _form(
    answer_id: int | None, typed: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None
) -> str:
    with runtime().database.reading() as session:
        mine = actor().authority_id
        found = queries.get_answer(session, mine, answer_id) if answer_id else None
        said = queries.list_said(session, [found])[found.id] if found else None
        values = dict(typed) if typed is not None else _values(found, said)
        return render_template(
            "answers/form.html",
            answer=found,
            seen=said.number if said else 0,
            values=values,
            errors=errors or {},
            procedures=catalogue.list_procedure_titles(session, mine),
            statuses=list(DESK_STATUS_LABELS.items()),
            owners=[(str(one.id), one.name) for one in people.list_staff(session, mine) if one.active],
        )


def _values(answer: ReadyAnswer | None, said: ReadyAnswerVersion | None) -> dict[str, str]:
    if answer is None or said is None:
        return {}
    return {
        "title": said.title,
        "text": said.text,
        "words": said.words,
        "procedure": answer.procedure_code,
        "status": answer.status,
        "owner": str(answer.owner_id or ""),
        "review_on": answer.review_on.isoformat(),
        "public": "1" if answer.public else "",
    }
