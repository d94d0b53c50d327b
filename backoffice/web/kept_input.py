"""What a person typed before their session ended: carried through the sign-in, never lost."""

import math
from collections.abc import Iterable, Iterator

from flask import render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from backoffice.domain.representation_form import FOR
from backoffice.domain.requester import PREFIX, REQUESTER_FIELDS
from backoffice.domain.wording import Wording
from backoffice.web import kept_words

# The sign-in form has fields of its own: those that it carries wear this before their name.
NAME_ON_THE_WAY = "kept."

MINUTES_SAID = 50
"""A longer wait is said to be an hour."""

# Never carried: the old proof of origin, and what must not be written into a page.
NOT_CARRIED = frozenset({"csrf_token", "password", "current_password", "new_password", "confirm_password"})


# What the machine says to itself: it means nothing to whoever reads what leaves.
UNSAID = frozenset(
    {
        "form_key",
        "revision",
        "history",
        "submission",
        "shown",
        "next",
        "next_path",
        "kept_path",
        "seen_people",
        "late",
        "scan",
    }
)
LONGEST_SHOWN = 2000

LABELS = {
    "do": Wording("Action"),
    "choice": Wording("Choix"),
    "usager": "Numéro de l’usager",
    "references": "Dossiers",
    "reply": Wording("Votre réponse"),
    "answer": Wording("Votre réponse"),
    "note": Wording("Votre note"),
    "text": Wording("Votre texte"),
    "message": Wording("Votre message"),
    "reason": Wording("Pourquoi"),
    "subject": Wording("Objet"),
    "body": Wording("Texte"),
    "title": Wording("Nom"),
    "outcome": "Issue",
    "status": "Nouvel état",
    "then_status": "État du dossier après la réponse",
    "share": "Brouillon partagé",
    "procedure": Wording("Démarche"),
    "language": Wording("Langue"),
    "demarche": Wording("Démarche"),
    "department": "Service",
    "assignee": "Agent",
    "canal": "Canal",
    FOR: Wording("Demande faite pour"),
    "person": "Personne cherchée",
    "what": "Motif cherché",
    "notes": "Ce qui est dit",
    "reference": Wording("Référence"),
    "code": Wording("Code"),
    "email": Wording("Adresse électronique"),
    "phone": Wording("Téléphone"),
    "address_line": Wording("Numéro et rue"),
    "postcode": Wording("Code postal"),
    "city": Wording("Commune"),
    "name": Wording("Nom"),
    "on": "Date",
    "limit_on": "Date limite",
    "plain": "En mots simples",
    "texts": "Textes appliqués",
    "rule": "La règle",
    "facts": "Les faits de ce dossier",
    "conclusion": "La conclusion",
    **kept_words.DESK_LABELS,
    **{f"{PREFIX}{field.code}": field.label for field in REQUESTER_FIELDS},
}


def readable(kept: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """What is kept as its author reads it before it leaves: (label, value), without what only the machine reads."""
    at_desk = request.path.startswith("/agents/")
    said = ((name, kept_words.in_words(name, value, at_desk=at_desk)) for name, value in kept if name not in UNSAID)
    return [
        (LABELS.get(name, name), value if len(value) <= LONGEST_SHOWN else f"{value[:LONGEST_SHOWN]}…")
        for name, value in said
        if value.strip()
    ]


def fields() -> Iterator[tuple[str, str]]:
    """The fields of the form that was just posted, in order."""
    for name, values in request.form.lists():
        if name not in NOT_CARRIED:
            for value in values:
                yield name, value


def carried() -> list[tuple[str, str]]:
    """The fields that the sign-in form carries, under their own names again."""
    return [
        (name.removeprefix(NAME_ON_THE_WAY), value)
        for name, values in request.form.lists()
        if name.startswith(NAME_ON_THE_WAY)
        for value in values
    ]


def ask_to_sign_in() -> ResponseReturnValue:
    """The sign-in page, holding what was typed: it is sent again after the sign-in, with a confirmation."""
    page = render_template(
        "staff/sign_in.html",
        kept=list(fields()),
        kept_path=request.full_path.rstrip("?"),
        files_lost=any(file.filename for file in request.files.values()),
        next_path="",
        email="",
        errors={},
    )
    return page, 401


def ask_to_unlock(name: str) -> ResponseReturnValue:
    """The lock screen, holding what was typed: it is sent again once the session is open again."""
    page = render_template(
        "staff/locked.html",
        kept=list(fields()),
        kept_path=request.full_path.rstrip("?"),
        next_path="",
        name=name,
        errors={},
    )
    return page, 401


def ask_to_send_again() -> ResponseReturnValue:
    """The page shown when a form outlived its session: everything typed is there, one button sends it."""
    return _give_back("errors/send_again.html"), 400


def ask_to_wait(seconds: int) -> ResponseReturnValue:
    """The page shown when one visitor sends too much: everything typed is there, to send in that many seconds."""
    minutes = math.ceil(seconds / 60)
    wait = Wording("une heure")
    if minutes < MINUTES_SAID:
        wait = Wording.counted("%(count)s minute", "%(count)s minutes", minutes)
    try:
        return _give_back("errors/too_many.html", wait=wait), 429
    except RequestEntityTooLarge:  # more than may even be read
        nothing = {"kept": [], "shown": [], "kept_path": "", "files_lost": False}
        return render_template("errors/too_many.html", wait=wait, **nothing), 429


def _give_back(template: str, **more: str) -> str:
    kept = list(fields())
    return render_template(
        template,
        kept=kept,
        shown=readable(kept),
        kept_path=request.full_path.rstrip("?"),
        files_lost=any(file.filename for file in request.files.values()),
        **more,
    )
