"""The quarantine of infected files: what was found, where it came from, and the deletion of its bytes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice.domain import policy
from backoffice.domain.dangerous_acts import DangerousAct
from backoffice.domain.policy import Actor, Permission
from backoffice.errors import Conflict, NotFound
from backoffice.infra.runtime import Runtime
from backoffice.models.cases import Case
from backoffice.models.files import ReceivedFile
from backoffice.queries import quarantine as queries
from backoffice.queries.quarantine import Kept, Sources
from backoffice.services import quarantine
from backoffice.web import page_numbers
from backoffice.web.access import Audience, audience, dangerous
from backoffice.web.current import actor, runtime

pages = Blueprint("quarantine", __name__, url_prefix="/agents/fichiers-ecartes")

ROWS = 50
STATES: dict[str, tuple[str, Kept | None]] = {
    "": ("Tous", None),
    "gardes": ("Gardés en quarantaine", Kept.KEPT),
    "effaces": ("Effacés", Kept.ERASED),
}
HIDDEN_NAME = "Fichier d’un dossier sensible"
ORIGINAL = "Courriel d’origine"


@dataclass(frozen=True, slots=True)
class Origin:
    """A case (its address for who may read it) or a line of the mail ledger."""

    label: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Infected:
    """An infected content as the page lists it."""

    digest: str
    virus: str
    names: list[str]
    size: int
    origins: list[Origin]
    found_at: datetime | None
    erased_at: datetime | None
    erased_by: str


@pages.get("")
@audience(Audience.STAFF, Permission.QUARANTINE_MANAGE)
def show() -> ResponseReturnValue:
    """What is, or was, in quarantine, by the filters of the address."""
    words, state, page = request.args.get("q", "")[:100].strip(), request.args.get("etat", ""), page_numbers.asked()
    kept = STATES.get(state, STATES[""])[1]
    mine = actor().authority_id
    with runtime().database.reading() as session:
        total = queries.count_infected(session, mine, words=words, kept=kept)
        found = queries.list_infected(session, mine, words=words, kept=kept, limit=ROWS, offset=(page - 1) * ROWS)
        rows = _rows(session, found)
    filters: dict[str, Any] = {"q": words or None, "etat": state or None}
    return render_template(
        "admin/quarantine.html",
        rows=rows,
        total=total,
        words=words,
        state=state,
        states=[(code, label) for code, (label, _) in STATES.items() if code],
        narrowed=bool(words or kept),
        has_scanner=runtime().antivirus is not None,
        previous_url=url_for("quarantine.show", **filters, page=page - 1) if page > 1 else None,
        next_url=url_for("quarantine.show", **filters, page=page + 1) if page * ROWS < total else None,
    )


@pages.route("/<digest>/effacer", methods=["GET", "POST"])
@audience(Audience.STAFF, Permission.QUARANTINE_MANAGE)
@dangerous(DangerousAct.DELETION)
def erase(digest: str) -> ResponseReturnValue:
    """Ask once more, then delete the bytes."""
    with runtime().database.reading() as session:
        known = queries.find_infected(session, actor().authority_id, digest)
        rows = _rows(session, [known] if known else [])
    if not rows:
        raise NotFound(quarantine.GONE)
    if request.method == "GET":
        return render_template("admin/quarantine_erase.html", file=rows[0])
    return _do(quarantine.erase, digest, "Le fichier est effacé. Son nom, son empreinte et l’historique restent.")


@pages.post("/<digest>/analyser")
@audience(Audience.STAFF, Permission.QUARANTINE_MANAGE)
def scan_again(digest: str) -> ResponseReturnValue:
    """Look once more, with the signatures of today."""
    said = "Le fichier est analysé de nouveau. S’il reste infecté, il revient ici dans quelques secondes."
    return _do(quarantine.scan_again, digest, said)


def _do(change: Callable[[Session, Runtime, Actor, str], None], digest: str, said: str) -> ResponseReturnValue:
    try:
        with runtime().database.transaction() as session:
            change(session, runtime(), actor(), digest)
        flash(said, "success")
    except Conflict as fault:
        flash(fault.sentence, "error")
    return redirect(url_for("quarantine.show"), 303)


def _rows(session: Session, found: list[ReceivedFile]) -> list[Infected]:
    sources = queries.list_sources(session, actor().authority_id, [one.digest for one in found])
    return [_row(one, sources.get(one.digest, Sources())) for one in found]


def _row(known: ReceivedFile, sources: Sources) -> Infected:
    names = {_name(name, case): None for name, _, case in sources.files} or {ORIGINAL: None}
    cases = {case.id: case for _, _, case in sources.files}
    sizes = [size for _, size, _ in sources.files] or [line.size for line in sources.mails]
    return Infected(
        known.digest,
        known.virus,
        list(names),
        max(sizes, default=0),
        [_case_origin(case) for case in cases.values()]
        + [_mail_origin(line.id, line.mailbox) for line in sources.mails],
        known.scanned_at,
        known.erased_at,
        known.erased_by,
    )


def _name(name: str, case: Case) -> str:
    return name if not case.restricted or policy.allows(actor(), Permission.CASE_READ, case) else HIDDEN_NAME


def _case_origin(case: Case) -> Origin:
    may = policy.allows(actor(), Permission.CASE_READ, case)
    url = url_for("case_page.show", reference=case.reference) if may else ""
    return Origin(f"Dossier {case.reference}", url)


def _mail_origin(line_id: int, mailbox: str) -> Origin:
    return Origin(f"Courriel n° {line_id}, boîte {mailbox}")
