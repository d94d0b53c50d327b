"""The mailboxes to read: those of the settings, and those that administrators add, correct and suspend on a screen."""

import re
from collections.abc import Mapping
from urllib.parse import quote

from sqlalchemy.orm import Session

from backoffice.domain import identity, policy
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.setting_screens import CHANGED, Screen
from backoffice.errors import Invalid
from backoffice.infra import sealing
from backoffice.infra.runtime import Runtime
from backoffice.models.mail import KeptMailbox
from backoffice.queries import catalogue
from backoffice.queries import kept_mailboxes as queries
from backoffice.services import moment, setting_history
from backoffice.settings import MailboxSettings

SCHEMES = {"imaps": "IMAP chiffré dès le début (port 993)", "imap+starttls": "IMAP chiffré par STARTTLS (port 143)"}
USUAL = {"scheme": "imaps", "port": "993", "folder": "INBOX", "processed_folder": "Traités"}
LABELS = {
    "code": "Nom",
    "address": "Adresse",
    "scheme": "Connexion",
    "host": "Serveur",
    "port": "Port",
    "account": "Identifiant",
    "folder": "Dossier lu",
    "processed_folder": "Dossier des messages traités",
    "procedure_code": "Démarche",
}
PASSWORD = "Mot de passe"
LONGEST, HIGHEST_PORT = 255, 65_535
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


def list_all(session: Session, runtime: Runtime) -> tuple[MailboxSettings, ...]:
    """Every mailbox that is read."""
    return (*runtime.settings.mailboxes, *list_kept(session, runtime))


def list_kept(session: Session, runtime: Runtime) -> tuple[MailboxSettings, ...]:
    """Those of the screens that are read; never one that the settings name too."""
    named = {one.code for one in runtime.settings.mailboxes}
    rows = [(row, code) for row, code in queries.list_read(session) if row.code not in named]
    return tuple(_settings(runtime, row, code) for row, code in rows)


def find_address(session: Session, runtime: Runtime, code: str) -> str:
    """The address of a mailbox that is read, or nothing; the database is asked only about those of the screens."""
    if not code:
        return ""
    for one in runtime.settings.mailboxes:
        if one.code == code:
            return one.address
    return queries.find_address(session, code)


def list_of(session: Session, runtime: Runtime, authority: str) -> tuple[MailboxSettings, ...]:
    """Those of an authority, by its code."""
    mine = runtime.settings.mailboxes_of(authority)
    return (*mine, *(one for one in list_kept(session, runtime) if one.authority == authority))


def values_of(row: KeptMailbox) -> dict[str, str]:
    """What the form shows: all but the password."""
    return {name: str(getattr(row, name)) for name in LABELS}


def create(session: Session, runtime: Runtime, actor: Actor, values: Mapping[str, str]) -> KeptMailbox:
    """Add a mailbox, read from the next minute on; raise Invalid, field by field."""
    policy.require(actor, Permission.MAILBOX_MANAGE)
    typed = _typed(values)
    faults = _faults(session, actor, typed)
    code = typed.get("code", "")
    if not _CODE.fullmatch(code):
        faults["code"] = "Écrivez un nom court : des minuscules, des chiffres, un tiret, sans espace ni accent."
    elif queries.is_taken(session, code) or code in {one.code for one in runtime.settings.mailboxes}:
        faults["code"] = "Une boîte porte déjà ce nom : choisissez-en un autre."
    if not values.get("password"):
        faults["password"] = "Donnez le mot de passe de la boîte."
    if faults:
        raise Invalid(faults=faults)
    row = KeptMailbox(authority_id=actor.authority_id, code=code, active=True, created_at=moment.now())
    _fill(runtime, row, typed, values.get("password", ""))
    session.add(row)
    session.flush()
    after = {**_shown(row), PASSWORD: CHANGED}
    setting_history.record(session, actor, Screen.MAILBOXES, row.code, {}, after, act="Ajoutée")
    return row


def update(session: Session, runtime: Runtime, actor: Actor, code: str, values: Mapping[str, str]) -> KeptMailbox:
    """Correct a mailbox; without a password, the one that is kept stays."""
    policy.require(actor, Permission.MAILBOX_MANAGE)
    row = queries.get_mailbox(session, actor.authority_id, code)
    typed = _typed(values)
    if faults := _faults(session, actor, typed):
        raise Invalid(faults=faults)
    before, password = _shown(row), values.get("password", "")
    _fill(runtime, row, typed, password)
    after = _shown(row) | ({PASSWORD: CHANGED} if password else {})
    setting_history.record(session, actor, Screen.MAILBOXES, row.code, before, after)
    return row


def set_active(session: Session, actor: Actor, code: str, *, active: bool) -> KeptMailbox:
    """Suspend a mailbox (its mail waits on its server), or read it again from where it was left."""
    policy.require(actor, Permission.MAILBOX_MANAGE)
    row = queries.get_mailbox(session, actor.authority_id, code)
    if row.active != active:
        row.active = active
        act = "Lue de nouveau" if active else "Suspendue"
        setting_history.record(session, actor, Screen.MAILBOXES, row.code, {}, {}, act=act)
    return row


def draft(session: Session, runtime: Runtime, actor: Actor, values: Mapping[str, str], code: str) -> MailboxSettings:
    """What was typed, to be tried out before it is kept; raise Invalid, field by field."""
    policy.require(actor, Permission.MAILBOX_MANAGE)
    typed = _typed(values)
    if faults := _faults(session, actor, typed):
        raise Invalid(faults=faults)
    row = KeptMailbox(code=code or typed.get("code", ""), secret="")
    _fill(runtime, row, typed, values.get("password", ""))
    if not row.secret and code:
        row.secret = queries.get_mailbox(session, actor.authority_id, code).secret
    return _settings(runtime, row, "")


def _settings(runtime: Runtime, row: KeptMailbox, authority: str) -> MailboxSettings:
    host = f"{quote(row.account, safe='')}@{row.host}:{row.port}"
    return MailboxSettings(
        code=row.code,
        address=row.address,
        url=f"{row.scheme}://{host}/{quote(row.folder)}",
        password=sealing.unseal(runtime.settings, row.secret),
        authority=authority,
        procedure=row.procedure_code,
        processed_folder=row.processed_folder,
    )


def _typed(values: Mapping[str, str]) -> dict[str, str]:
    return {name: values.get(name, "").replace("\x00", "").strip() for name in LABELS}


def _fill(runtime: Runtime, row: KeptMailbox, typed: Mapping[str, str], password: str) -> None:
    row.address, row.scheme, row.host = typed["address"], typed["scheme"], typed["host"].lower()
    row.port, row.account, row.folder = int(typed["port"]), typed["account"], typed["folder"]
    row.processed_folder, row.procedure_code = typed["processed_folder"], typed["procedure_code"]
    if password:
        row.secret = sealing.seal(runtime.settings, password)


def _faults(session: Session, actor: Actor, typed: Mapping[str, str]) -> dict[str, str]:
    faults: dict[str, str] = {}
    try:
        identity.check_email(typed["address"])
    except Invalid as fault:
        faults["address"] = fault.sentence
    if typed["scheme"] not in SCHEMES:
        faults["scheme"] = "Choisissez la connexion dans la liste."
    if not _HOST.fullmatch(typed["host"]):
        faults["host"] = "Écrivez le nom du serveur, par exemple imap.collectivite.example."
    port = typed["port"]
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) <= HIGHEST_PORT):
        faults["port"] = "Écrivez un numéro de port, par exemple 993."
    for name in ("account", "folder", "processed_folder"):
        if not typed[name]:
            faults[name] = "Remplissez ce champ."
        elif len(typed[name]) > LONGEST:
            faults[name] = f"Ce texte est trop long : {LONGEST} caractères au plus."
    if typed["folder"] and typed["folder"] == typed["processed_folder"]:
        faults["processed_folder"] = "Choisissez un autre dossier que celui qui est lu."
    procedure = typed["procedure_code"]
    if procedure and catalogue.find_procedure(session, actor.authority_id, procedure) is None:
        faults["procedure_code"] = "Choisissez une démarche de la liste."
    return faults


def _shown(row: KeptMailbox) -> dict[str, str]:
    return {label: str(getattr(row, name)) for name, label in LABELS.items()}
