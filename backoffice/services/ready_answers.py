"""Ready answers: written as versions that stay, set, retired and brought back; each change is kept with who made it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from backoffice.domain import merge_fields, policy
from backoffice.domain.french import fold, typographic
from backoffice.domain.lifecycle import STATUS_LABELS, Status
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.setting_screens import Screen
from backoffice.errors import Conflict, Invalid
from backoffice.models.people import Staff
from backoffice.models.ready_answers import ReadyAnswer, ReadyAnswerChange, ReadyAnswerVersion
from backoffice.queries import catalogue, people
from backoffice.queries import ready_answers as queries
from backoffice.services import moment, setting_history

LONGEST_TITLE, LONGEST_TEXT, LONGEST_WORDS, LONGEST_CODE = 160, 6000, 1000, 64
READ_AGAIN_AFTER = timedelta(days=365)
CHANGES = {
    "created": "Créée",
    "written": "Nouvelle version",
    "set": "Réglages changés",
    "retired": "Retirée",
    "restored": "Remise en service",
}


@dataclass(frozen=True, slots=True)
class Written:
    """What a form says of a ready answer, checked."""

    title: str
    text: str
    words: str
    procedure_code: str
    owner_id: int | None
    review_on: date
    public: bool
    status: str = ""


def read(session: Session, actor: Actor, typed: Mapping[str, str]) -> Written:
    """What the form says; raise Invalid with every fault, by field."""
    policy.require(actor, Permission.READY_ANSWER_MANAGE)
    given = {name: value.replace("\x00", "").strip() for name, value in typed.items()}
    faults: dict[str, str] = {}
    title = typographic(" ".join(given.get("title", "").split()))
    text = typographic(given.get("text", "").replace("\r\n", "\n"))
    words = " ".join(given.get("words", "").split())
    for name, value, longest, missing in (
        ("title", title, LONGEST_TITLE, "Écrivez la question, comme un usager la poserait."),
        ("text", text, LONGEST_TEXT, "Écrivez la réponse."),
        ("words", words, LONGEST_WORDS, ""),
    ):
        if not value and missing:
            faults[name] = missing
        elif len(value) > longest:
            faults[name] = f"Ce texte est trop long : {longest} caractères au plus."
    procedure = given.get("procedure", "")
    if procedure and catalogue.find_procedure(session, actor.authority_id, procedure) is None:
        faults["procedure"] = "Choisissez une démarche de la liste."
    status = given.get("status", "")
    if status and status not in set(Status):
        faults["status"] = "Choisissez un état de la liste."
    owner = given.get("owner", "")
    owners = {str(one.id): one.id for one in people.list_staff(session, actor.authority_id) if one.active}
    if owner and owner not in owners:
        faults["owner"] = "Choisissez un agent de la liste."
    public = given.get("public") == "1"
    if public and merge_fields.has_blank(text):
        faults["text"] = "Les usagers verraient les mots entre accolades : écrivez ce qui vaut pour tous."
    review_on = _day(given.get("review_on", ""), faults)
    if faults:
        raise Invalid(faults=faults)
    return Written(title, text, words, procedure, owners.get(owner), review_on, public, status)


def create(session: Session, actor: Actor, typed: Mapping[str, str]) -> ReadyAnswer:
    """A new ready answer, from a form."""
    return add(session, actor, read(session, actor, typed))


def add(session: Session, actor: Actor, written: Written, *, code: str = "") -> ReadyAnswer:
    """A new ready answer with its first version; without a code, one is made from the title."""
    policy.require(actor, Permission.READY_ANSWER_MANAGE)
    now = moment.now()
    answer = ReadyAnswer(
        authority_id=actor.authority_id,
        code=code or _free_code(session, actor.authority_id, written.title),
        title=written.title,
        review_on=written.review_on,
        created_at=now,
    )
    _set(answer, written)
    session.add(answer)
    session.flush()
    _write(session, actor, answer, written)
    _note(session, actor, answer, "created", {})
    return answer


def update(
    session: Session, actor: Actor, answer_id: int, typed: Mapping[str, str], *, seen: int | None = None
) -> ReadyAnswer:
    """Correct an answer: a new version if the words change; what was said before stays.

    `seen` is the number of the version that was read: Conflict when a colleague wrote another meanwhile.
    """
    written = read(session, actor, typed)
    answer = queries.claim_answer(session, actor.authority_id, answer_id)
    current = queries.list_said(session, [answer])[answer.id]
    if seen is not None and seen != current.number:
        raise Conflict(
            f"{current.author} a écrit une version {current.number} pendant que vous écriviez : "
            "comparez-la avec la vôtre avant d’enregistrer de nouveau."
        )
    before, were = settings_of(answer), _shown(session, answer)
    _set(answer, written)
    if (current.title, current.text, current.words) != (written.title, written.text, written.words):
        _write(session, actor, answer, written)
        _note(session, actor, answer, "written", were)
    elif settings_of(answer) != before:
        _note(session, actor, answer, "set", were)
    return answer


def set_retired(session: Session, actor: Actor, answer_id: int, *, retired: bool) -> ReadyAnswer:
    """Retire an answer (agents and citizens find it no more; it stays, with its history), or bring it back."""
    policy.require(actor, Permission.READY_ANSWER_MANAGE)
    answer = queries.claim_answer(session, actor.authority_id, answer_id)
    if (answer.retired_at is not None) != retired:
        answer.retired_at = moment.now() if retired else None
        _note(session, actor, answer, "retired" if retired else "restored", _shown(session, answer))
    return answer


def settings_of(answer: ReadyAnswer) -> dict[str, Any]:
    """The settings of an answer, as its history keeps them."""
    return {
        "procedure": answer.procedure_code,
        "owner_id": answer.owner_id,
        "review_on": answer.review_on.isoformat(),
        "public": answer.public,
        "status": answer.status,
    }


def _set(answer: ReadyAnswer, written: Written) -> None:
    answer.procedure_code, answer.owner_id = written.procedure_code, written.owner_id
    answer.review_on, answer.public, answer.status = written.review_on, written.public, written.status


def _write(session: Session, actor: Actor, answer: ReadyAnswer, written: Written) -> None:
    version = ReadyAnswerVersion(
        authority_id=answer.authority_id,
        answer_id=answer.id,
        number=queries.count_versions(session, answer.id) + 1,
        title=written.title,
        text=written.text,
        words=written.words,
        staff_id=actor.id,
        author=actor.name[:255],
        at=moment.now(),
    )
    session.add(version)
    session.flush()
    answer.title, answer.current_version_id = written.title, version.id


def _shown(session: Session, answer: ReadyAnswer) -> dict[str, str]:
    """An answer in words, with what it says now."""
    said = queries.list_said(session, [answer])[answer.id]
    owner = session.get(Staff, answer.owner_id) if answer.owner_id else None
    return {
        "Question": said.title,
        "Réponse": said.text,
        "Autres mots": said.words,
        "Démarche": answer.procedure_code,
        "Relue par": owner.name if owner else "",
        "À relire le": f"{answer.review_on:%d/%m/%Y}",
        "Montrée aux usagers": "oui" if answer.public else "non",
        "État du dossier": STATUS_LABELS[Status(answer.status)] if answer.status else "",
    }


def _note(session: Session, actor: Actor, answer: ReadyAnswer, kind: str, before: Mapping[str, str]) -> None:
    after = _shown(session, answer)
    setting_history.record(session, actor, Screen.READY_ANSWERS, answer.title, before, after, act=CHANGES[kind])
    session.add(
        ReadyAnswerChange(
            authority_id=answer.authority_id,
            answer_id=answer.id,
            kind=kind,
            said=settings_of(answer),
            staff_id=actor.id,
            author=actor.name[:255],
            at=moment.now(),
        )
    )


def _day(typed: str, faults: dict[str, str]) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        faults["review_on"] = "Écrivez le jour où la relire, par exemple 01/09/2027."
        return date.min


def _free_code(session: Session, authority_id: int, title: str) -> str:
    stem = re.sub(r"[^a-z0-9]+", "_", fold(title)).strip("_")[: LONGEST_CODE - 6].strip("_") or "reponse"
    number, code = 1, stem
    while queries.find_answer(session, authority_id, code) is not None:
        number += 1
        code = f"{stem}_{number}"
    return code
