"""The page of a case, and everything that is done from it: each form carries what its author had seen."""

from collections.abc import Callable, Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain import policy, row_ids
from backoffice.domain.lifecycle import Outcome
from backoffice.domain.policy import Permission
from backoffice.errors import BackofficeError, Conflict, Invalid
from backoffice.models.cases import Case
from backoffice.queries import case_pages, cases, people
from backoffice.services import (
    blanks,
    case_drafts,
    case_tags,
    casework,
    mentions,
    presences,
    representations,
    sorting,
    sub_states,
    taking_back,
)
from backoffice.web import case_drafts as kept_drafts
from backoffice.web import (
    case_inserts,
    case_list,
    case_preview,
    case_together,
    case_view,
    files,
    staff_notices,
    task_panel,
)
from backoffice.web.access import Audience, audience
from backoffice.web.case_drafts import form_key
from backoffice.web.case_preview import Preview
from backoffice.web.current import actor, runtime
from backoffice.web.errors import status_of
from backoffice.web.pages import today_here

pages = Blueprint("case_page", __name__, url_prefix="/agents/dossiers")

GO_ON = "go-on."
"""What the button that takes over a shared draft says, before the number of the draft."""

Change = Callable[[Session, Case], str]


@pages.get("/<reference>")
@audience(Audience.STAFF, Permission.CASE_READ)
def show(reference: str) -> ResponseReturnValue:
    """The case as it is now."""
    staff_notices.note_seen(reference)
    return _page(reference)


@pages.post("/<reference>/prendre")
@audience(Audience.STAFF, Permission.CASE_TAKE)
def take(reference: str) -> ResponseReturnValue:
    """I am in charge."""

    def change(session: Session, case: Case) -> str:
        if not policy.allows(actor(), Permission.CASE_TAKE, case):
            # A key of the queue leads here from any row: it says why, on the page of the case.
            raise Conflict(f"Ce dossier est suivi par le service {case.department.name} : ses agents le prennent.")
        casework.take(session, actor(), case)
        return "Vous avez pris ce dossier en charge."

    # Taking a case overwrites nothing: who comes second is told by name, whatever else changed meanwhile.
    return _do(reference, change, checked=False)


@pages.post("/<reference>/attribuer")
@audience(Audience.STAFF, Permission.CASE_ASSIGN)
def assign(reference: str) -> ResponseReturnValue:
    """A colleague is in charge, or nobody yet."""

    def change(session: Session, case: Case) -> str:
        chosen = _number("assignee")
        to = people.get_staff(session, case.authority_id, chosen) if chosen else None
        casework.assign(session, actor(), case, to=to, reason=_text("handover"))
        if to is not None:
            case_together.warn_of_absence(session, to)
        case_together.tell_mentioned(session, case, _text("handover"))
        return f"Le dossier est attribué à {to.name}." if to else "Le dossier est rendu au service."

    return _do(reference, change, text_field="handover")


@pages.post("/<reference>/transferer")
@audience(Audience.STAFF, Permission.CASE_TRANSFER)
def transfer(reference: str) -> ResponseReturnValue:
    """Another department takes over."""

    def change(session: Session, case: Case) -> str:
        department = _number("department")
        if not department:
            raise Invalid(faults={"department": "Choisissez le service qui doit prendre la suite."})
        casework.transfer(session, actor(), case, department_id=department, reason=_text("reason"))
        case_together.tell_mentioned(session, case, _text("reason"))
        return "Le dossier est transféré. Ses échéances n’ont pas changé."

    return _do(reference, change, text_field="reason")


@pages.post("/<reference>/noter")
@audience(Audience.STAFF, Permission.CASE_NOTE)
def note(reference: str) -> ResponseReturnValue:
    """Write for colleagues only."""

    def change(session: Session, case: Case) -> str:
        written = casework.note(session, actor(), case, _text("note"), key=form_key())
        case_together.tell_mentioned(session, case, written.body, mentions.note_place(written.id))
        case_drafts.forget(session, actor(), case, "note")
        return "La note est enregistrée."

    return _do(reference, change, text_field="note")


@pages.post("/<reference>/repondre")
@audience(Audience.STAFF, Permission.CASE_REPLY)
def reply(reference: str) -> ResponseReturnValue:
    """Write to the citizen."""
    do = request.form.get("do", "")
    if do.startswith(GO_ON):
        return _go_on(reference)
    if do == "preview":
        return _preview(reference)
    if do in case_inserts.KINDS:
        return _insert(reference, do)

    def change(session: Session, case: Case) -> str:
        text = blanks.complete(session, case, _text("reply"))
        casework.reply(session, runtime(), actor(), case, text, key=form_key(), hold=taking_back.HOLD)
        case_drafts.forget(session, actor(), case, "reply")
        _move_after(session, case)
        return f"Dossier {reference}. {say_on_its_way(case)}" if do == "next" else say_on_its_way(case)

    return _do(reference, change, text_field="reply", onward=case_list.onward(reference) if do == "next" else "")


def _move_after(session: Session, case: Case) -> None:
    """The state that an answer puts its case in, when one was chosen."""
    chosen = request.form.get("then_status", "")
    if chosen and chosen != case.status:
        sub_states.go_to(session, actor(), case, chosen, "then_status")


def _insert(reference: str, kind: str) -> ResponseReturnValue:
    """A text of the house under what is typed: nothing has left."""
    try:
        with runtime().database.reading() as session:
            inserted = case_inserts.KINDS[kind](session, case_preview.as_seen(session, reference))
    except Conflict as error:
        kept_drafts.keep(reference)
        return _page(reference, error, "reply"), status_of(error)
    text = "\n\n".join(one for one in (_text("reply"), inserted) if one)
    kept_drafts.keep(reference, text)
    return _page(reference, typed={**request.form, "reply": text})


def _go_on(reference: str) -> ResponseReturnValue:
    """Take over the draft that a colleague shares, under what is typed: nothing has left."""
    kept_drafts.keep(reference)
    try:
        with runtime().database.transaction() as session:
            case = cases.claim_case(session, actor(), reference)
            chosen = row_ids.read(request.form["do"].removeprefix(GO_ON)) or 0
            kind = case_drafts.go_on(session, actor(), case, chosen).kind
    except Conflict as error:
        return _page(reference, error), status_of(error)
    flash("Le brouillon est à vous : relisez-le avant de l’envoyer. Son auteur peut toujours le lire.", "success")
    asked = case_list.read() or None
    return redirect(url_for("case_page.show", reference=reference, liste=asked, _anchor=f"f-{kind}"), 303)


def _preview(reference: str) -> ResponseReturnValue:
    """The mail as it would leave, under what is typed."""
    kept_drafts.keep(reference)
    try:
        with runtime().database.reading() as session:
            shown = case_preview.read(session, case_preview.as_seen(session, reference), _text("reply"))
    except (Conflict, Invalid) as error:
        return _page(reference, error, "reply"), status_of(error)
    return _page(reference, typed=request.form, preview=shown)


@pages.post("/<reference>/reponses/<int:message_id>/annuler")
@audience(Audience.STAFF, Permission.CASE_REPLY)
def take_back(reference: str, message_id: int) -> ResponseReturnValue:
    """My answer has not left yet: I write it again."""
    try:
        with runtime().database.transaction() as session:
            case = cases.claim_case(session, actor(), reference)
            text = taking_back.take_back(session, actor(), case, message_id)
            case_drafts.keep(session, actor(), case, "reply", text)
            state = sub_states.label_of(case)
    except Conflict as error:
        return _page(reference, error), status_of(error)
    flash(
        "L’envoi est annulé : rien n’est parti. Votre texte est de nouveau dans « Votre réponse ». "
        f"Le dossier reste « {state} ».",
        "success",
    )
    return _page(reference, typed={"reply": text})


@pages.post("/<reference>/etat")
@audience(Audience.STAFF, Permission.CASE_MOVE)
def move(reference: str) -> ResponseReturnValue:
    """Change the state, or open the case again."""

    def change(session: Session, case: Case) -> str:
        return f"Le dossier est maintenant « {sub_states.go_to(session, actor(), case, _text('status'))} »."

    return _do(reference, change)


@pages.post("/<reference>/terminer")
@audience(Audience.STAFF, Permission.CASE_DECIDE)
def close(reference: str) -> ResponseReturnValue:
    """End the case with its outcome and its answer."""
    if request.form.get("do", "").startswith(GO_ON):
        return _go_on(reference)

    def change(session: Session, case: Case) -> str:
        if request.form.get("outcome") not in set(Outcome):
            raise Invalid(faults={"outcome": "Choisissez l’issue du dossier."})
        outcome = Outcome(request.form["outcome"])
        text = blanks.complete(session, case, _text("answer"))
        tasks = _text("open_tasks")
        casework.close(session, runtime(), actor(), case, outcome, text, key=form_key(), open_tasks=tasks)
        case_drafts.forget(session, actor(), case, "answer")
        return f"Le dossier est terminé. {say_on_its_way(case)}" if case.citizen or text else "Le dossier est terminé."

    return _do(reference, change, text_field="answer")


@pages.post("/<reference>/justificatif-vu")
@audience(Audience.STAFF, Permission.CASE_NOTE)
def note_proof_seen(reference: str) -> ResponseReturnValue:
    """I saw what allows the citizen to speak for somebody else."""

    def change(session: Session, case: Case) -> str:
        representations.note_proof_seen(session, actor(), case)
        return "C’est noté : le justificatif a été vu."

    return _do(reference, change)


@pages.post("/<reference>/etiquettes")
@audience(Audience.STAFF, Permission.CASE_TAG)
def choose_tags(reference: str) -> ResponseReturnValue:
    """These tags, and no other."""

    def change(session: Session, case: Case) -> str:
        case_tags.choose(session, actor(), case, {row_ids.read(one) or 0 for one in request.form.getlist("tags")})
        return "Les étiquettes du dossier sont enregistrées."

    return _do(reference, change)


@pages.post("/<reference>/demarche")
@audience(Audience.STAFF, Permission.CASE_TRANSFER)
def choose_procedure(reference: str) -> ResponseReturnValue:
    """Sort a case that came without a procedure, or give it the right one."""

    def change(session: Session, case: Case) -> str:
        if not _text("procedure"):
            raise Invalid(faults={"procedure": "Choisissez la démarche dans la liste."})
        is_told_again = sorting.choose_procedure(session, actor(), case, _text("procedure"))
        done = "La démarche est choisie : le dossier est dans le service qui la traite."
        return f"{done} {_told_again(case)}" if is_told_again else done

    return _do(reference, change)


@pages.post("/<reference>/langue")
@audience(Audience.STAFF, Permission.CASE_NOTE)
def choose_language(reference: str) -> ResponseReturnValue:
    """The language in which the letters to come also speak."""

    def change(session: Session, case: Case) -> str:
        sorting.choose_language(session, actor(), case, _text("language"))
        return "Les prochains courriers de ce dossier tiendront compte de cette langue."

    return _do(reference, change)


def _do(
    reference: str, change: Change, *, checked: bool = True, text_field: str = "", onward: str = ""
) -> ResponseReturnValue:
    """Make the change if nothing happened since the page was shown; else show what did, and keep what was typed."""
    try:
        with runtime().database.transaction() as session:
            case = cases.claim_case(session, actor(), reference)
            said = ""
            if not casework.is_repeat(session, case, form_key()):
                if checked:
                    casework.check_revision(case, _number("revision"))
                said = change(session, case)
    except (Conflict, Invalid) as error:
        kept_drafts.keep(reference)
        return _page(reference, error, text_field), status_of(error)
    if said:
        flash(said, "success")
    return redirect(onward or _after(reference), 303)


def _after(reference: str) -> str:
    """Back to the case, or to the list when the change put it out of this person's sight."""
    with runtime().database.reading() as session:
        case = cases.find_visible(session, actor(), reference)
    asked = case_list.read() or None
    return url_for("case_page.show", reference=reference, liste=asked) if case else url_for("queue.show")


def refused(reference: str, error: BackofficeError) -> ResponseReturnValue:
    """The page again, for an act of another module that was not done: what is wrong, and what was typed."""
    return _page(reference, error), status_of(error)


def _page(
    reference: str,
    error: BackofficeError | None = None,
    text_field: str = "",
    *,
    typed: Mapping[str, str] | None = None,
    preview: Preview | None = None,
) -> str:
    outdated, asked = isinstance(error, Conflict), case_list.read()
    with runtime().database.reading() as session:
        opened = case_pages.get_case(session, actor(), reference, today_here())
        case, has = opened.case, opened.has
        # A key of the queue had shown nothing of the history.
        seen = _number("history") if outdated and "history" in request.form else None
        shown = case_view.context(session, actor(), opened, seen, whole="tout" in request.args)
        drafts = kept_drafts.context(session, actor(), case, is_there=has.drafts)
        others = presences.say_others(session, actor(), case) if has.others else ""
        around = case_list.find(session, actor(), case, asked)
        left, departure = case_list.departure(session, case, shown["mails"], [one.message for one in shown["thread"]])
    files.note_readings([case, *shown["joined"]])
    task_panel.note_read(case, shown["tasks"])
    return render_template(
        "cases/show.html",
        errors=_faults(error, text_field),
        typed={kind: one.text for kind, one in drafts["my_drafts"].items()}
        | dict(typed or (request.form if error else {})),
        preview=preview,
        left=left,
        departure=departure,
        around=around,
        others=others,
        liste=asked or None,
        outdated=outdated,
        kept_text=request.form.get(text_field, "") if outdated and text_field else "",
        kept_in=text_field,
        **shown,
        **drafts,
    )


def _faults(error: BackofficeError | None, text_field: str) -> Mapping[str, str]:
    """What is wrong, by field of this page: services call any text « text »."""
    if error is None:
        return {}
    faults = error.faults if isinstance(error, Invalid) else {}
    named = {text_field if name == "text" and text_field else name: said for name, said in faults.items()}
    return named or {"": error.sentence}


def say_on_its_way(case: Case) -> str:
    """How an answer that was just written reaches its citizen."""
    if case.citizen is None:
        return "Votre réponse se lit sur la page de suivi de la demande."
    if case.citizen.is_answered_by_email:
        return f"Votre réponse part par courriel à {case.citizen.email}."
    return "Votre réponse est préparée en courrier : imprimez-la depuis les documents du dossier, puis postez-la."


def _told_again(case: Case) -> str:
    if case.citizen and case.citizen.is_answered_by_email:
        return "L’effet du silence n’est plus le même : un nouvel accusé de réception part à l’usager."
    return (
        "L’effet du silence n’est plus le même : un nouvel accusé de réception est préparé. "
        "Imprimez-le, postez-le, puis notez sa remise."
    )


def _text(name: str) -> str:
    return request.form.get(name, "").strip()


def _number(name: str) -> int:
    return row_ids.read(request.form.get(name, "")) or 0
