"""Following a case without an account: its reference and its tracking code open it; a wrong guess reveals nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain import references
from backoffice.domain.file_checks import PDF
from backoffice.domain.letters import DECISIONS
from backoffice.domain.lifecycle import Outcome
from backoffice.domain.references import read_reference
from backoffice.domain.wording import Wording
from backoffice.errors import NotFound
from backoffice.models.cases import Attachment, Case
from backoffice.queries import case_links, cases
from backoffice.queries import documents as queries
from backoffice.services import sending
from backoffice.web import case_access, files, follow_up_view, form_numbers, guesses, kiosk_device
from backoffice.web.access import Audience, audience
from backoffice.web.current import authority, runtime
from backoffice.web.files import send_file
from backoffice.web.languages import said

pages = Blueprint("follow_up", __name__)

WRONG = Wording(
    "Cette référence et ce code ne vont pas ensemble. Vérifiez-les sur votre accusé de réception, puis réessayez."
)
TOO_MANY = Wording("Vous avez fait beaucoup d’essais en peu de temps. Attendez un quart d’heure, ou appelez-nous.")
GONE = Wording("Ce fichier n’existe pas ou n’est plus disponible.")
REFUSED = 403


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a code: the case that it opens, or what is wrong and how to answer so."""

    reference: str = ""
    faults: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@pages.get("/suivi")
@audience(Audience.PUBLIC)
def form() -> ResponseReturnValue:
    """Ask for the reference and the code."""
    typed = request.args.get("reference", "")[:40]
    if case_access.is_granted(read_reference(typed)):
        return redirect(url_for("follow_up.show", reference=read_reference(typed)))
    return _form(typed)


@pages.post("/suivi")
@audience(Audience.PUBLIC)
def enter() -> ResponseReturnValue:
    """Open the case if the two go together; the same sentence, in the same time, whatever was wrong."""
    typed, code = request.form.get("reference", "")[:40].strip(), request.form.get("code", "")[:40].strip()
    tried = try_code(typed, code)
    if tried.faults:
        return _form(typed, tried.faults, code), tried.status, tried.headers
    return redirect(url_for("follow_up.show", reference=tried.reference), 303)


def try_code(typed: str, code: str) -> Tried:
    """Let this browser follow a case if its reference and code go together; the same answer, whatever was wrong."""
    faults: dict[str, str] = {}
    if not typed:
        faults["reference"] = Wording("Indiquez la référence de votre demande, par exemple 2026-000123.")
    if not code:
        faults["code"] = Wording("Indiquez le code de suivi, par exemple K7QM-3TXP.")
    if faults:
        return Tried(faults=faults, status=422)
    reference = read_reference(typed)
    if wait := guesses.seconds_before_next(reference):
        return Tried(faults={"": TOO_MANY}, status=429, headers={"Retry-After": str(wait)})
    with runtime().database.reading() as session:
        case = cases.find_case_by_reference(session, authority().id, reference)
    # Somebody who guesses compares with a code too, one that nobody has.
    is_right = references.same_code(code, case.tracking_code if case else references.new_tracking_code())
    if case is None or not is_right:
        guesses.note_wrong(reference)
        return Tried(faults={"code": WRONG}, status=REFUSED)
    case_access.grant(case.reference)
    return Tried(case.reference)


def try_posted_code(reference: str) -> Tried:
    """The same for the case of this address, by the code that came with a form; one without is asked for it."""
    code = request.form.get("code")
    return Tried(status=422) if code is None else try_code(reference[:40], code[:40].strip())


def ask_for_code(reference: str, written: Mapping[str, Sequence[str]], tried: Tried, code: str) -> ResponseReturnValue:
    """Ask for the code of a case that closed while its citizen wrote: what was written waits in the page."""
    page = render_template(
        "citizen/follow_up.html", typed=reference, code=code, errors=tried.faults, written=written, to=request.path
    )
    return page, tried.status, tried.headers


@pages.get("/suivi/<reference>")
@audience(Audience.PUBLIC)
def show(reference: str) -> ResponseReturnValue:
    """The case, for who may follow it."""
    if find_followed(reference) is None:
        return redirect(url_for("follow_up.form", reference=reference))
    if kept := _find_kept(reference):
        led = Wording(
            "La demande %(joined)s est jointe à la demande %(kept)s : tout se suit ici.", joined=reference, kept=kept
        )
        flash(said(led), "info")
        return redirect(url_for("follow_up.show", reference=kept))
    return case_page(reference)


def _find_kept(reference: str) -> str:
    """The reference of the case that this one is joined to, empty without one."""
    with runtime().database.reading() as session:
        case = _get(cases.find_case_by_reference(session, authority().id, reference))
        kept_id = case_links.find_kept_id(session, case.id) if case.outcome == Outcome.JOINED else None
        return session.get_one(Case, kept_id).reference if kept_id else ""


def case_page(reference: str, **form_state: Any) -> str:
    """The page of a case that this browser may follow; `form_state` is the answer being written and its faults."""
    state: dict[str, Any] = {
        "typed": "",
        "judgement": {},
        "errors": {},
        "kept": [],
        "kept_pieces": {},
        "told": "",
        "submission": form_numbers.new(),
    }
    with runtime().database.reading() as session:
        case = _get(cases.find_case_by_reference(session, authority().id, reference))
        context = follow_up_view.context(session, case)
        page = "kiosk/case.html" if kiosk_device.here() else "citizen/case.html"
        return render_template(page, **context, **(state | form_state))


@pages.post("/suivi/<reference>/quitter")
@audience(Audience.PUBLIC)
def leave(reference: str) -> ResponseReturnValue:
    """Close the case in this browser."""
    case_access.forget(reference)
    flash(said(Wording("Le dossier est fermé sur cet appareil.")), "success")
    return redirect(url_for("follow_up.form"), 303)


@pages.get("/suivi/<reference>/documents/<int:document_id>")
@audience(Audience.PUBLIC)
def document(reference: str, document_id: int) -> ResponseReturnValue:
    """A letter or certificate of the case; whoever may not follow it, or not any more, is asked for the code."""
    case = find_followed(reference)
    if case is None:
        return redirect(url_for("follow_up.form", reference=reference))
    with runtime().database.reading() as session:
        found = queries.find_document(session, case.id, document_id)
    if found is None or not found.digest:
        raise NotFound(GONE)
    if found.template in DECISIONS:
        with runtime().database.transaction() as session:
            sending.note_opened(session, cases.claim_case_by_id(session, case.id), found)
    return send_file(found.digest, f"{found.title}.pdf", PDF)


@pages.get("/suivi/<reference>/pieces/<int:attachment_id>")
@audience(Audience.PUBLIC)
def attachment(reference: str, attachment_id: int) -> ResponseReturnValue:
    """A file that the citizen sent or received; those of internal notes do not exist here."""
    case = find_followed(reference)
    if case is None:
        return redirect(url_for("follow_up.form", reference=reference))
    found = _attachment(case, attachment_id)
    return files.send_shared(found.digest, found.name, found.media_type)


@pages.get("/suivi/<reference>/pieces/<int:attachment_id>/vignette")
@audience(Audience.PUBLIC)
def thumbnail(reference: str, attachment_id: int) -> ResponseReturnValue:
    """The thumbnail of a picture."""
    return files.send_thumbnail(_attachment(get_followed(reference), attachment_id))


def find_followed(reference: str) -> Case | None:
    """A case that this browser may follow; None, whether it exists or not, when it may not."""
    with runtime().database.reading() as session:
        case = cases.find_case_by_reference(session, authority().id, reference)
    return case if case is not None and case_access.may_follow(case) else None


def get_followed(reference: str) -> Case:
    """The same, or NotFound."""
    case = find_followed(reference)
    if case is None:
        raise NotFound(GONE)
    return case


def _attachment(case: Case, attachment_id: int) -> Attachment:
    with runtime().database.reading() as session:
        found = queries.find_attachment(session, case.id, attachment_id)
        readable = {message.id for message in cases.list_messages(session, case.id, with_notes=False)}
    if found is None or found.message_id not in readable:
        raise NotFound(GONE)
    return found


def _get(case: Case | None) -> Case:
    if case is None:
        raise NotFound
    return case


def _form(typed: str, errors: Mapping[str, str] | None = None, code: str = "") -> str:
    return render_template("citizen/follow_up.html", typed=typed, code=code, errors=errors or {})
