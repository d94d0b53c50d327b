"""The examination of an installation: each part has one small function that says how it is, and what to do."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlsplit

from backoffice.domain import french
from backoffice.domain.health import Examined, Finding, fault, ok, unused, warning
from backoffice.errors import BackofficeError, NotFound
from backoffice.infra import broker, discovery_check, machine, migrations, pdf, smtp_connections
from backoffice.infra.backup_folder import BackupFolder
from backoffice.infra.runtime import Runtime
from backoffice.queries import doctor as queries
from backoffice.queries import mail_ledger
from backoffice.services import kept_mailboxes, moment
from backoffice.services.outbox import JobKind
from backoffice.settings import DEFAULT_MAIL_FROM, MEGABYTE

# A part that says nothing for so long is down for whoever waits for this page.
MOST_SECONDS = 10.0
LATE = timedelta(minutes=5)
# Relays promise this every five minutes: three missed in a row, and none is alive.
PULSE, PULSE_LOST = JobKind.TELL_WATCHERS, timedelta(minutes=20)
CLOCKS_APART = timedelta(seconds=5)
OLD_BACKUP = timedelta(hours=26)
OLD_SIGNATURES = timedelta(days=7)
LEAST_FREE_BYTES, LEAST_FREE_SHARE, LOW_FREE_SHARE = 500 * MEGABYTE, 0.05, 0.15
MANY_CONNECTIONS = 0.8
LARGE_JOURNAL = 256 * MEGABYTE

Look = Callable[[Runtime], Finding]


@dataclass(frozen=True, slots=True)
class Check:
    """A part of the installation and how to look at it; whatever it raises is a fault of the part."""

    code: str
    label: str
    look: Look
    remedy: str


def database(runtime: Runtime) -> Finding:
    """Whether it answers."""
    runtime.database.ping()
    return ok("PostgreSQL répond." if runtime.database.dialect == "postgresql" else "SQLite répond.")


def schema(runtime: Runtime) -> Finding:
    """Whether the tables are those that this code was written for."""
    current, known = migrations.current_number(runtime.database.engine), migrations.known_numbers()
    if current == known[-1]:
        return ok(f"Le schéma est à jour (révision {current}).")
    if current in known or not current:
        said = f"Le schéma est à la révision {current or 'vide'}, le programme attend {known[-1]}."
        return fault(said, "Lancez « flask --app app upgrade » une fois, puis redémarrez les processus.")
    said = f"Le schéma (révision {current}) est plus récent que le programme ({known[-1]})."
    return fault(said, "Installez la version du programme qui l’a créé, ou restaurez une sauvegarde plus ancienne.")


def pool(runtime: Runtime) -> Finding:
    """Whether the database has connections left, or its journal is emptied."""
    with runtime.database.reading() as session:
        counted = queries.count_connections(session)
    if counted is None:
        return _journal(runtime)
    open_now, most = counted
    said = f"{open_now} connexions ouvertes sur {most}."
    if open_now > most * MANY_CONNECTIONS:
        return warning(said, "Augmentez max_connections de PostgreSQL, ou réduisez le nombre de processus.")
    return ok(said)


def _journal(runtime: Runtime) -> Finding:
    file = Path(f"{runtime.database.engine.url.database}-wal")
    size = file.stat().st_size if file.exists() else 0
    if size > LARGE_JOURNAL:
        said = f"Le journal de SQLite ne se vide plus ({size // MEGABYTE} Mo) : une lecture reste ouverte."
        return warning(said, "Redémarrez Parvis. Au-delà de quelques agents, passez à PostgreSQL.")
    return ok("Une base d’un seul fichier : pas de connexions à compter.")


def the_broker(runtime: Runtime) -> Finding:
    """Whether workers can be woken up."""
    told = broker.examine(runtime.settings.broker_url)
    if not told:
        return ok("Les réveils passent par un dossier de cette machine.")
    said = f"Redis {told['redis_version']} répond."
    if told["maxmemory_policy"] != "noeviction":
        return warning(
            said + " Il peut oublier des réveils.", "Réglez « maxmemory-policy noeviction » dans redis.conf."
        )
    return ok(said)


def storage(runtime: Runtime) -> Finding:
    """Whether files can be written, read again and forgotten."""
    content = f"doctor {token_hex(16)}".encode()
    digest = runtime.storage.put(content)
    try:
        if runtime.storage.get(digest) != content:
            return fault("Le stockage ne rend pas ce qui lui est confié.", "Vérifiez le disque ou le seau S3.")
    except NotFound:
        return fault("Un fichier confié au stockage n’y est pas.", "Vérifiez le disque ou le seau S3 de STORAGE_URL.")
    finally:
        runtime.storage.delete(digest)
    where = "le seau S3" if urlsplit(runtime.settings.storage_url).scheme == "s3" else "ce dossier"
    return ok(f"Écriture, relecture et effacement réussis dans {where}.")


def clock(runtime: Runtime) -> Finding:
    """Whether legal dates will be right."""
    with runtime.database.reading() as session:
        theirs, last = queries.database_clock(session), queries.find_last_event_at(session)
    now = moment.now()
    remedy = "Activez la synchronisation de l’heure (chrony ou systemd-timesyncd) sur toutes les machines."
    if theirs is not None and abs(theirs - now) > CLOCKS_APART:
        apart = round(abs(theirs - now).total_seconds())
        return fault(f"Cette machine et la base de données ont {apart} secondes d’écart.", remedy)
    if last is not None and last > now + CLOCKS_APART:
        return fault("L’horloge a reculé : une ligne d’historique est datée du futur.", remedy)
    if machine.is_clock_kept() is False:
        return warning("L’heure est juste, mais rien ne la règle sur cette machine.", remedy)
    return ok("L’heure est celle de la base de données.")


def mail(runtime: Runtime) -> Finding:
    """Whether mails can leave."""
    settings = runtime.settings
    if not settings.smtp_url:
        said = f"Aucun serveur d’envoi : les courriels s’écrivent dans {settings.outbox_dir}."
        return warning(said, "Réglez SMTP_URL pour que les usagers reçoivent leurs courriels.")
    with smtp_connections.connection(settings.smtp_url) as server:
        code = server.noop()[0]
    if code != 250:
        return fault(f"Le serveur d’envoi répond {code}.", "Regardez son journal.")
    if settings.mail_from == DEFAULT_MAIL_FROM:
        return warning("Le serveur d’envoi répond.", "Réglez MAIL_FROM et MAIL_DOMAIN : l’expéditeur est un exemple.")
    return ok(f"Le serveur d’envoi répond ; l’expéditeur est {settings.mail_from}.")


def mailboxes(runtime: Runtime) -> Finding:
    """Whether mails come in and none is lost."""
    with runtime.database.reading() as session:
        boxes = kept_mailboxes.list_all(session, runtime)
        marks = {mark.mailbox: mark for mark in mail_ledger.list_bookmarks(session)}
    if not boxes:
        return unused("Aucune boîte de courriel à lire.")
    silent = [one.code for one in boxes if one.code not in marks and not one.is_delivered]
    failing = [code for code, mark in marks.items() if mark.last_error]
    unbalanced = [code for code, mark in marks.items() if mark.fault]
    remedy = "Ouvrez « Boîtes » et lancez « Tester la boîte »."
    if unbalanced:
        return fault(f"Le compte des courriels reçus n’est pas juste : {', '.join(unbalanced)}.", remedy)
    if failing or silent:
        return fault(f"Des boîtes ne se lisent pas : {', '.join(failing + silent)}.", remedy)
    return ok(f"{french.plural(len(marks), 'boîte lue', 'boîtes lues')}, et chaque courriel a son sort.")


def fonts(_runtime: Runtime) -> Finding:
    """Whether letters can be printed, and quickly."""
    missing = machine.missing_printing_libraries()
    if not any(pdf.FONTS.glob("*.woff2")):
        return fault(
            "Les polices des courriers manquent.", "Installez de nouveau le programme, dossier static compris."
        )
    if missing:
        packages = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
        said = f"Des bibliothèques d’impression manquent : {', '.join(missing)}."
        return fault(said, f"Lancez « apt-get install {packages} ».")
    return ok("Les polices et les bibliothèques d’impression sont là.")


def antivirus(runtime: Runtime) -> Finding:
    """Whether received files are scanned with signatures of these days."""
    if runtime.antivirus is None:
        return warning("Les fichiers reçus ne sont pas analysés.", "Installez clamav-daemon et réglez ANTIVIRUS_URL.")
    if not runtime.antivirus.answers():
        return fault("L’antivirus ne répond pas : les fichiers reçus restent fermés.", "Démarrez clamd.")
    base_at = runtime.antivirus.base_at()
    if base_at is None or moment.now() - base_at > OLD_SIGNATURES:
        return warning("L’antivirus répond, ses signatures sont anciennes.", "Démarrez clamav-freshclam.")
    return ok("L’antivirus répond, ses signatures sont récentes.")


def identity(runtime: Runtime) -> Finding:
    """Whether citizens can sign in at each provider."""
    providers = runtime.settings.identity_providers
    if not providers:
        return unused("Aucun fournisseur d’identité : les usagers se connectent par un lien.")
    wrong = []
    for provider in providers:
        try:
            discovery_check.examine(provider)
        except BackofficeError as error:
            wrong.append(error.sentence)
    if wrong:
        return fault(" ".join(wrong), "Vérifiez IDENTITY_PROVIDERS et que ces adresses s’ouvrent depuis cette machine.")
    return ok(f"{french.plural(len(providers), 'fournisseur répond', 'fournisseurs répondent')}.")


def disk(runtime: Runtime) -> Finding:
    """Whether there is room for the days to come."""
    settings = runtime.settings
    folders = [settings.var_dir]
    stored = urlsplit(settings.storage_url)
    if stored.scheme == "file" and not machine.share_a_disk(settings.var_dir, Path(stored.path)):
        folders.append(Path(stored.path))
    least = min((machine.room_of(folder) for folder in folders), key=lambda room: room.free_share)
    said = (
        f"{french.file_size(least.free)} libres "
        f"({french.number(least.free_share * 100, 0)}\N{NO-BREAK SPACE}%) pour {least.folder}."
    )
    remedy = "Agrandissez le disque, ou videz ce qui n’est pas de Parvis."
    if least.free < LEAST_FREE_BYTES or least.free_share < LEAST_FREE_SHARE:
        return fault(said, remedy)
    return warning(said, remedy) if least.free_share < LOW_FREE_SHARE else ok(said)


def jobs(runtime: Runtime) -> Finding:
    """Whether promises are kept, by living workers."""
    now = moment.now()
    with runtime.database.reading() as session:
        counted = queries.count_jobs(session, now, now - LATE)
        pulse = queries.find_last_slot(session, PULSE)
    if pulse is None or now - pulse > PULSE_LOST:
        said = "Aucun relais ne travaille : rien ne part et rien n’arrive."
        return fault(said, "Démarrez « python -m workers.supervisor --only worker ».")
    if counted.oldest_due_at is not None and now - counted.oldest_due_at > LATE:
        minutes = round((now - counted.oldest_due_at).total_seconds() / 60)
        said = (
            f"{french.plural(counted.due, 'tâche attend', 'tâches attendent')}, la plus ancienne depuis {minutes} min."
        )
        return fault(said, "Regardez si le worker vit et si le courtier répond ; ajoutez un worker s’il est débordé.")
    if counted.lost_leases:
        said = (
            f"{french.plural(counted.lost_leases, 'tâche commencée est arrêtée', 'tâches commencées sont arrêtées')}."
        )
        return fault(said, "Redémarrez le worker : elles seront reprises.")
    if counted.dead:
        said = f"{french.plural(counted.dead, 'tâche abandonnée', 'tâches abandonnées')}."
        return warning(said, "Ouvrez « Tâches », lisez l’erreur, corrigez sa cause, puis « Réessayer ».")
    return ok(f"{french.plural(counted.due, 'tâche à faire', 'tâches à faire')} en ce moment, aucune en retard.")


def backup(runtime: Runtime) -> Finding:
    """Whether last night's backup was made."""
    if runtime.settings.backup_dir is None:
        remedy = "Réglez BACKUP_DIR (et BACKUP_KEY) : une sauvegarde se fait alors chaque nuit."
        return warning("Aucune sauvegarde n’est prévue par Parvis.", remedy)
    found = BackupFolder(runtime.settings.backup_dir).list_all()
    if not found:
        return warning(
            "Aucune sauvegarde n’est encore faite.", "Lancez « flask --app app backup », puis « restore --prove »."
        )
    last = found[-1].manifest
    said = f"La dernière sauvegarde date du {last.instant:%d/%m/%Y à %H:%M} (temps universel)."
    if moment.now() - last.instant > OLD_BACKUP:
        return fault(said, "Regardez « Tâches » : la sauvegarde de la nuit a échoué ; vérifiez la place et BACKUP_DIR.")
    return ok(said)


CHECKS: tuple[Check, ...] = (
    Check("database", "Base de données", database, "Démarrez PostgreSQL, et vérifiez DATABASE_URL."),
    Check("migrations", "Schéma de la base", schema, "Lancez « flask --app app upgrade »."),
    Check("pool", "Connexions à la base", pool, "Démarrez PostgreSQL, et vérifiez DATABASE_URL."),
    Check("broker", "Courtier des tâches", the_broker, "Démarrez Redis, vérifiez BROKER_URL : rien n’est perdu."),
    Check("jobs", "Tâches", jobs, "Démarrez la base de données d’abord."),
    Check("storage", "Fichiers", storage, "Vérifiez STORAGE_URL, les droits du dossier ou les clés du seau S3."),
    Check("disk", "Espace disque", disk, "Vérifiez que VAR_DIR existe."),
    Check("backup", "Sauvegarde", backup, "Vérifiez que BACKUP_DIR est le même dossier sur toutes les machines."),
    Check("clock", "Horloge", clock, "Démarrez la base de données d’abord."),
    Check("mail", "Envoi des courriels", mail, "Vérifiez SMTP_URL : nom, port, identifiant et mot de passe."),
    Check("mailboxes", "Boîtes de courriel", mailboxes, "Démarrez la base de données d’abord."),
    Check("fonts", "Impression des courriers", fonts, "Installez de nouveau le programme."),
    Check("antivirus", "Antivirus", antivirus, "Démarrez clamd, et vérifiez ANTIVIRUS_URL."),
    Check("identity", "Connexion des usagers", identity, "Vérifiez IDENTITY_PROVIDERS."),
)  # fmt: skip


def examine(runtime: Runtime, checks: Sequence[Check] = CHECKS, patience: float = MOST_SECONDS) -> list[Examined]:
    """Look at every part at once, in their order; a part that does not answer within `patience` seconds is at fault."""
    found: dict[str, Finding] = {}
    threads = []
    for check in checks:
        thread = threading.Thread(target=_look, args=(runtime, check, found), name=f"doctor {check.code}", daemon=True)
        thread.start()
        threads.append(thread)
    end = moment.now() + timedelta(seconds=patience)
    for thread in threads:
        thread.join(max(0.0, (end - moment.now()).total_seconds()))
    known = dict(found)
    return [Examined(check.code, check.label, known.get(check.code) or _silent(check, patience)) for check in checks]


def _silent(check: Check, patience: float) -> Finding:
    return fault(f"Aucune réponse en {patience:.0f} secondes.", check.remedy)


def _look(runtime: Runtime, check: Check, found: dict[str, Finding]) -> None:
    try:
        found[check.code] = check.look(runtime)
    except BackofficeError as error:
        found[check.code] = fault(error.sentence, check.remedy)
    except Exception as error:  # noqa: BLE001 (what a part raises is what is wrong of it; its message may hold a secret)
        found[check.code] = fault(f"Ne répond pas ({type(error).__name__}).", check.remedy)
