"""« Tester cette boîte »: each step of reading it, in plain French; nothing is changed there, no secret is shown."""

import os
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError

from backoffice.domain.french import plural
from backoffice.errors import BackofficeError
from backoffice.infra import mailboxes, tls_faults
from backoffice.infra.imap import ImapMailbox
from backoffice.infra.maildir import Maildir
from backoffice.settings import LMTP_PORT, MAILBOX_SECRETS, MailboxSettings

# The whole test, and each connection of it, in seconds.
MOST_SECONDS, EACH_SECONDS = 15.0, 5.0
MOST_FOLDERS = 10
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class State(StrEnum):
    """How a step went; after a fault, the next ones were not tried."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Step:
    """One step and what to know, or to do."""

    label: str
    state: State
    said: str


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the mailbox was read until now; `validity` 0 when it never was."""

    validity: int = 0
    last_uid: int = 0


Say = Callable[[str, State], None]


class _Diary:
    """The steps as they go: those that are over are read by another thread while one hangs."""

    def __init__(self, settings: MailboxSettings) -> None:
        self.settings = settings
        self.steps: list[Step] = []
        self.label = "Adresse"
        self.reached = ("", 0)

    @contextmanager
    def step(self, label: str, advice: str) -> Iterator[Say]:
        """A step that says how it went; an exception is a fault, told with what to do, and ends the test."""
        self.label = label
        try:
            yield self._say
        except (OSError, IMAPClientError, BackofficeError) as fault:
            self._say(self._why(fault, advice), State.FAULT)
            raise _Over from fault

    def _why(self, fault: Exception, advice: str) -> str:
        if isinstance(fault, BackofficeError):
            return fault.sentence
        if isinstance(fault, ssl.SSLError):  # whichever step it comes from: STARTTLS encrypts once somebody has spoken
            advice = tls_faults.explain(fault, *self.reached)
        return f"{advice} ({self._safe(fault)})"

    def _say(self, said: str, state: State = State.OK) -> None:
        self.steps.append(Step(self.label, state, said))

    def _safe(self, fault: Exception) -> str:
        text = f"{type(fault).__name__} : {fault}"
        for name in MAILBOX_SECRETS:
            text = text.replace(getattr(self.settings, name) or "\0", "…")
        return text[:200]


class _Over(Exception):
    """The test stops here: the last step tells why."""


def check(settings: MailboxSettings, mark: Mark, seconds: float = MOST_SECONDS) -> list[Step]:
    """Try everything that reading this mailbox needs, for so many seconds at most."""
    diary = _Diary(settings)
    worker = Thread(target=_try_all, args=(diary, mark), name=f"test of {settings.code}", daemon=True)
    worker.start()
    worker.join(seconds)
    found = list(diary.steps)
    if worker.is_alive():
        found.append(Step(diary.label, State.FAULT, f"Pas de réponse en {seconds:.0f} secondes : le test s’arrête là."))
    return found


def _try_all(diary: _Diary, mark: Mark) -> None:
    try:
        if diary.settings.is_delivered:
            _hear(diary)
            return
        with diary.step("Adresse", "L’adresse de la boîte n’est pas lisible."):
            box = mailboxes.mailbox_of(diary.settings)
        if isinstance(box, ImapMailbox):
            _reach(diary, box)
            _read(diary, box, mark)
        elif isinstance(box, Maildir):
            _look(diary, box.folder)
    except _Over:
        return


def _hear(diary: _Diary) -> None:
    parts = urlsplit(diary.settings.url)
    host, port = parts.hostname or "127.0.0.1", parts.port or LMTP_PORT
    advice = f"Personne ne répond sur {host}, port {port} : l’écoute des livraisons n’est pas lancée."
    with diary.step("Écoute", advice) as say, smtplib.LMTP(host, port, timeout=EACH_SECONDS) as relay:
        code, _ = relay.docmd("LHLO", "parvis")
        is_ours = code == 250 and relay.docmd("MAIL", "FROM:<>")[0] == 250
        taken, said = relay.rcpt(diary.settings.address) if is_ours else (code, b"")
        if taken == 250:
            say(f"Le port {port} prend les messages pour {diary.settings.address}.", State.OK)
        else:
            say(f"Le port {port} refuse {diary.settings.address} : {said.decode('utf-8', 'replace')}", State.FAULT)


def _reach(diary: _Diary, box: ImapMailbox) -> None:
    diary.reached = (box.host, box.port)
    advice = f"Le nom « {box.host} » est inconnu de cette machine : vérifiez l’adresse de la boîte et le DNS."
    with diary.step("Nom du serveur", advice) as say:
        found = socket.getaddrinfo(box.host, box.port, type=socket.SOCK_STREAM)
        say(f"{box.host} est à l’adresse {found[0][4][0]}.", State.OK)
    advice = f"Personne ne répond sur le port {box.port} : vérifiez le port et le pare-feu."
    with diary.step("Connexion", advice) as say, socket.create_connection((box.host, box.port), EACH_SECONDS):
        say(f"Le port {box.port} répond.", State.OK)
    if box.scheme == "imaps":
        advice = "La connexion chiffrée échoue : le serveur l’a coupée, ou ne répond plus."
        with (
            diary.step("Chiffrement", advice) as say,
            socket.create_connection((box.host, box.port), EACH_SECONDS) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=box.host) as secure,
        ):
            say(f"{secure.version()}, certificat valable pour {box.host}.", State.OK)
    elif box.scheme == "imap":
        with diary.step("Chiffrement", "") as say:
            if box.host in LOOPBACK:
                say("Aucun : la connexion ne quitte pas cette machine.", State.OK)
            else:
                say("Aucun : le mot de passe circule en clair. Préférez imaps ou imap+starttls.", State.WARNING)


def _read(diary: _Diary, box: ImapMailbox, mark: Mark) -> None:
    with diary.step("Accueil du serveur", "Le serveur n’ouvre pas de conversation IMAP."):
        client = box.connect()
    with client:
        with diary.step("Identification", "Le serveur refuse l’identifiant ou le mot de passe.") as say:
            try:
                box.sign_in(client)
            except LoginError as fault:
                by = "le jeton de l’application" if diary.settings.token_url else "le mot de passe"
                said = f"Le serveur refuse l’identifiant « {box.user} » ou {by}. Corrigez le réglage, puis relancez."
                say(said, State.FAULT)
                raise _Over from fault
            way = "par jeton" if diary.settings.token_url else "par mot de passe"
            say(f"Compte « {box.user} » ouvert {way}.", State.OK)
        with diary.step("Dossier", "Les dossiers de ce compte ne peuvent pas être lus.") as say:
            try:
                chosen = client.select_folder(box.folder, readonly=True)
            except IMAPClientError as fault:
                say(_missing(client, box.folder), State.FAULT)
                raise _Over from fault
            uids = sorted(client.search("ALL"))
            say(f"« {box.folder} » contient {plural(len(uids), 'message')}.", State.OK)
        with diary.step("Rangement", "Le dossier des messages traités ne peut pas être cherché.") as say:
            name = diary.settings.processed_folder
            there = client.folder_exists(name)
            can_move = client.has_capability("MOVE") or client.has_capability("UIDPLUS")
            said = f"Les messages lus vont dans « {name} »{'' if there else ', qui sera créé'}."
            kept = "Ce serveur ne sait pas déplacer : les messages lus restent où ils sont, et ne sont pas relus."
            say(said if can_move else kept, State.OK if can_move else State.WARNING)
        with diary.step("Signet", "Le signet ne peut pas être comparé.") as say:
            say(*_bookmark(mark, int(chosen[b"UIDVALIDITY"]), uids))
        with diary.step("Dernier message", "Le dernier message ne peut pas être regardé.") as say:
            dates = client.fetch(uids[-1:], ["INTERNALDATE"]) if uids else {}
            found = dates.get(uids[-1], {}).get(b"INTERNALDATE") if uids else None
            say(_arrived(found) if found else "Aucun message n’attend dans ce dossier.", State.OK)
        with diary.step("Nouveaux courriels", "Le serveur ne dit pas s’il prévient.") as say:
            every = f"La boîte est regardée toutes les {diary.settings.pause_seconds:.0f} secondes."
            rings = "Le serveur prévient dès qu’un courriel arrive (IDLE)."
            say(rings if client.has_capability("IDLE") else f"Le serveur ne prévient pas. {every}", State.OK)


def _missing(client: IMAPClient, folder: str) -> str:
    """What to say when a folder cannot be opened, with the names of those that can."""
    names = [str(name) for _, _, name in client.list_folders()]
    return f"« {folder} » ne s’ouvre pas. Dossiers de ce compte : {', '.join(names[:MOST_FOLDERS])}."


def _bookmark(mark: Mark, validity: int, uids: list[int]) -> tuple[str, State]:
    if not mark.validity:
        return f"Jamais lue : elle le sera depuis le début ({plural(len(uids), 'message')}).", State.OK
    if mark.validity != validity:
        return "Le serveur a renuméroté ses messages : tout sera relu, sans rien doubler.", State.WARNING
    waiting = sum(uid > mark.last_uid for uid in uids)
    return f"Lue jusqu’au message n° {mark.last_uid} ; {waiting} en attente de lecture.", State.OK


def _look(diary: _Diary, folder: Path) -> None:
    with diary.step("Dossier", f"« {folder} » ne peut pas être lu.") as say:
        if not folder.is_dir():
            say(f"« {folder} » n’existe pas encore : il sera créé à la première lecture.", State.WARNING)
            return
        names = [entry for place in ("new", "cur") if (folder / place).is_dir() for entry in os.scandir(folder / place)]
        say(f"« {folder} » contient {plural(len(names), 'message')} à lire.", State.OK)
    with diary.step("Rangement", "Les droits du dossier ne peuvent pas être lus.") as say:
        if os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            say(f"Les messages lus vont dans « {diary.settings.processed_folder} ».", State.OK)
        else:
            said = "Ce processus n’a pas le droit d’écrire dans ce dossier : donnez-lui lecture et écriture."
            say(said, State.FAULT)
    with diary.step("Dernier message", "Les dates ne peuvent pas être lues.") as say:
        times = [entry.stat().st_mtime for entry in names]
        last = datetime.fromtimestamp(max(times)).astimezone() if times else None
        say(_arrived(last) if last else "Aucun message n’attend dans ce dossier.", State.OK)


def _arrived(at: datetime) -> str:
    return f"Le plus récent est arrivé le {at:%d/%m/%Y} à {at:%H:%M}."
