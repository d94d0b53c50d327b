"""Kiosks: added, installed by a code that serves once, withdrawn; and what they say and offer."""

import secrets
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy.orm import Session

from backoffice.domain import policy, references
from backoffice.domain.kiosks import (
    LEAST_IDLE,
    LONGEST_TEXT,
    MOST_IDLE,
    MOST_PROCEDURES,
    SETTING,
    TEXTS,
    KioskSetting,
    fits,
)
from backoffice.domain.languages import LANGUAGES
from backoffice.domain.letters import FRENCH
from backoffice.domain.policy import Actor, Permission
from backoffice.domain.procedures import ProcedureDefinition
from backoffice.domain.setting_screens import Screen
from backoffice.errors import Conflict, Invalid
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.kiosks import Kiosk
from backoffice.queries import catalogue
from backoffice.queries import kiosks as queries
from backoffice.services import accounts, moment, procedures, setting_history

CODE_LASTS = timedelta(hours=24)
"""Somebody has to walk to the device with it."""
SEEN_AGAIN = timedelta(minutes=10)
MOST_KIOSKS = 50
LONGEST_PLACE = 80
SETTINGS = "Textes et démarches des bornes"
TEXT_LABELS = {
    "title": "Titre",
    "welcome": "Accueil",
    "without_email": "Sans adresse électronique",
    "closing": "Au revoir",
}
PROCEDURE = "procedure_"
"""What a box that offers a procedure is called, before its code."""


def setting_of(authority: Authority) -> KioskSetting:
    """What the kiosks of an authority say and offer."""
    return KioskSetting.from_data(authority.details.get(SETTING, {}))


def list_fitting(session: Session, authority_id: int) -> list[ProcedureDefinition]:
    """The procedures that a kiosk may offer, by title."""
    known = catalogue.list_procedures(session, authority_id, open_only=False)
    return [one for one in map(procedures.definition_of, known) if fits(one)]


def values_of(setting: KioskSetting) -> dict[str, str]:
    """What the form shows."""
    said = {text_name(name, code): setting.texts.get(code, {}).get(name, "") for code in LANGUAGES for name in TEXTS}
    offered = {f"{PROCEDURE}{code}": "yes" for code in setting.procedures}
    return said | offered | {"idle_seconds": str(setting.idle_seconds)}


def text_name(name: str, language: str) -> str:
    """What the field of a text is called in a language."""
    return f"{name}_{language}"


def save(session: Session, actor: Actor, values: Mapping[str, str]) -> None:
    """Write what kiosks say and offer; raise Invalid with every fault, by field."""
    policy.require(actor, Permission.KIOSK_MANAGE)
    typed = {name: text.replace("\x00", "").replace("\r\n", "\n").strip() for name, text in values.items()}
    titles = {one.code: one.title for one in list_fitting(session, actor.authority_id)}
    setting = _read(typed, [code for code in titles if f"{PROCEDURE}{code}" in typed])
    authority = catalogue.claim_authority(session, actor.authority_id)
    before = _told(setting_of(authority), titles)
    authority.details = {**authority.details, SETTING: setting.to_data()}
    setting_history.record(session, actor, Screen.KIOSKS, SETTINGS, before, _told(setting, titles))


def _read(typed: Mapping[str, str], offered: list[str]) -> KioskSetting:
    texts = {
        code: {name: said for name in TEXTS if (said := typed.get(text_name(name, code), ""))} for code in LANGUAGES
    }
    faults = {
        text_name(name, code): f"Ce texte est trop long : {LONGEST_TEXT} caractères au plus."
        for code, said in texts.items()
        for name, text in said.items()
        if len(text) > LONGEST_TEXT
    }
    seconds = typed.get("idle_seconds", "")
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 3):
        seconds = "0"
    if not LEAST_IDLE <= int(seconds) <= MOST_IDLE:
        faults["idle_seconds"] = f"Écrivez un nombre de secondes, de {LEAST_IDLE} à {MOST_IDLE}."
    if len(offered) > MOST_PROCEDURES:
        faults["procedures"] = f"Choisissez {MOST_PROCEDURES} démarches au plus : une borne propose l’essentiel."
    if faults:
        raise Invalid(faults=faults)
    return KioskSetting(texts, tuple(offered), int(seconds))


def _told(setting: KioskSetting, titles: Mapping[str, str]) -> dict[str, str]:
    texts = {
        label if code == FRENCH else f"{label} ({LANGUAGES[code].name})": setting.texts.get(code, {}).get(name, "")
        for code in LANGUAGES
        for name, label in TEXT_LABELS.items()
    }
    offered = ", ".join(titles.get(code, code) for code in setting.procedures)
    return texts | {"Démarches proposées": offered, "Attente (secondes)": str(setting.idle_seconds)}


def add(session: Session, runtime: Runtime, actor: Actor, place: str, *, has_printer: bool) -> tuple[Kiosk, str]:
    """A kiosk of this place, and the code that installs it; raise Invalid."""
    policy.require(actor, Permission.KIOSK_MANAGE)
    place = " ".join(place.replace("\x00", "").split())
    if not place or len(place) > LONGEST_PLACE:
        raise Invalid(faults={"place": f"Dites où elle est, en {LONGEST_PLACE} caractères au plus."})
    known = [one for one in queries.list_kiosks(session, actor.authority_id) if one.withdrawn_at is None]
    if len(known) >= MOST_KIOSKS:
        raise Conflict("Il y a déjà beaucoup de bornes : retirez celles qui ne servent plus.")
    if place in {one.place for one in known}:
        raise Invalid(faults={"place": "Une borne est déjà à cet endroit : distinguez-les, ou retirez la première."})
    kiosk = Kiosk(authority_id=actor.authority_id, place=place, has_printer=has_printer, created_at=moment.now())
    session.add(kiosk)
    code = _give_code(runtime, kiosk)
    session.flush([kiosk])
    _record(session, actor, kiosk, {}, "Ajoutée")
    return kiosk, code


def give_code(session: Session, runtime: Runtime, actor: Actor, kiosk_id: int) -> tuple[Kiosk, str]:
    """Another code: the device that takes it becomes the kiosk, and the former one no longer is."""
    policy.require(actor, Permission.KIOSK_MANAGE)
    kiosk = queries.claim_kiosk(session, actor.authority_id, kiosk_id)
    code = _give_code(runtime, kiosk)
    _record(session, actor, kiosk, _facts(kiosk), "Nouveau code")
    return kiosk, code


def set_printer(session: Session, actor: Actor, kiosk_id: int, *, has_printer: bool) -> Kiosk:
    """Say whether the kiosk prints."""
    policy.require(actor, Permission.KIOSK_MANAGE)
    kiosk = queries.claim_kiosk(session, actor.authority_id, kiosk_id)
    before = _facts(kiosk)
    kiosk.has_printer = has_printer
    _record(session, actor, kiosk, before, "")
    return kiosk


def withdraw(session: Session, actor: Actor, kiosk_id: int) -> Kiosk:
    """From its next page on, the device is a browser like any other."""
    policy.require(actor, Permission.KIOSK_MANAGE)
    kiosk = queries.claim_kiosk(session, actor.authority_id, kiosk_id)
    kiosk.withdrawn_at, kiosk.code_hash, kiosk.code_ends_at, kiosk.token_hash = moment.now(), None, None, None
    _record(session, actor, kiosk, _facts(kiosk), "Retirée")
    return kiosk


def install(session: Session, runtime: Runtime, authority_id: int, typed: str, browser: str) -> str:
    """The token that makes this browser the kiosk of a code, once; raise Invalid when it is not one."""
    now = moment.now()
    kiosk = queries.claim_by_code(session, authority_id, _code_hash(runtime, references.read_code(typed)), now)
    if kiosk is None:
        raise Invalid("Ce code ne convient pas : il a servi, il a plus de 24 heures, ou il est mal recopié.")
    token = secrets.token_urlsafe(32)
    kiosk.token_hash, kiosk.code_hash, kiosk.code_ends_at = accounts.token_hash(token), None, None
    kiosk.installed_at = kiosk.seen_at = now
    kiosk.browser = browser[:255]
    return token


def find(session: Session, authority_id: int, token: str) -> Kiosk | None:
    """The kiosk of an authority that this token makes of a browser, if it is in service."""
    return queries.find_by_token(session, authority_id, accounts.token_hash(token))


def is_to_note(kiosk: Kiosk) -> bool:
    """Whether it is some time since the list last said that the kiosk was alive."""
    return kiosk.seen_at is None or moment.now() - kiosk.seen_at > SEEN_AGAIN


def note_seen(session: Session, authority_id: int, kiosk_id: int) -> None:
    """Write that the kiosk is alive."""
    queries.claim_kiosk(session, authority_id, kiosk_id).seen_at = moment.now()


def _give_code(runtime: Runtime, kiosk: Kiosk) -> str:
    code = references.new_tracking_code()
    kiosk.code_hash, kiosk.code_ends_at = _code_hash(runtime, code), moment.now() + CODE_LASTS
    return references.show_code(code)


def _code_hash(runtime: Runtime, code: str) -> str:
    return accounts.count_key(runtime, f"kiosk\0{code}")


def _facts(kiosk: Kiosk) -> dict[str, str]:
    return {"Imprimante": "oui" if kiosk.has_printer else "non"}


def _record(session: Session, actor: Actor, kiosk: Kiosk, before: Mapping[str, str], act: str) -> None:
    setting_history.record(session, actor, Screen.KIOSKS, f"Borne « {kiosk.place} »", before, _facts(kiosk), act=act)
