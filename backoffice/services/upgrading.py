"""Upgrading in one command: looked at first, closed meanwhile, whole or not at all; and the way back."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from backoffice.errors import Conflict
from backoffice.infra import machine, maintenance, migrations
from backoffice.infra.backup_folder import BackupFolder
from backoffice.infra.runtime import Runtime
from backoffice.queries import catalogue
from backoffice.queries import doctor as queries
from backoffice.services import moment
from backoffice.services.authority_pages import SPECIAL_HOURS
from backoffice.settings import MEGABYTE, Settings

RECENT = timedelta(hours=24)
LEAST_FREE_BYTES = 500 * MEGABYTE


def list_obstacles(runtime: Runtime, folder: Path | None, *, without_backup: bool) -> list[str]:
    """Why the schema must not change now, each with what to do; none for an empty database."""
    current, known = migrations.current_number(runtime.database.engine), migrations.known_numbers()
    if not current or current == known[-1]:
        return []
    if current not in known:
        said = f"Le schéma (révision {current}) est plus récent que ce programme ({known[-1]})."
        return [f"{said} Installez la version du programme qui l’a créé."]
    return _list_dangers(runtime, folder, current, without_backup=without_backup)


def list_obstacles_back(runtime: Runtime, revision: str, folder: Path | None, *, without_backup: bool) -> list[str]:
    """Why the schema must not go back to this revision now, each with what to do."""
    current, known = migrations.current_number(runtime.database.engine), migrations.known_numbers()
    if current not in known:
        # Only the program that made a schema knows how to undo it.
        return [f"Ce programme ne connaît pas le schéma de la base (révision {current or 'aucune'})."]
    if revision not in known or revision >= current:
        said = f"On ne peut pas revenir à « {revision} » : la base est à la révision {current}."
        return [f"{said} Donnez une révision plus ancienne (les numéros de migrations/versions)."]
    return _list_dangers(runtime, folder, current, without_backup=without_backup)


def _list_dangers(runtime: Runtime, folder: Path | None, current: str, *, without_backup: bool) -> list[str]:
    found = [_jobs(runtime), _room(runtime), "" if without_backup else _backup(runtime, folder, current)]
    return [obstacle for obstacle in found if obstacle]


def _jobs(runtime: Runtime) -> str:
    with runtime.database.reading() as session:
        running = queries.count_running(session, moment.now())
    advice = "Arrêtez les workers (SIGTERM) : ils finissent ce qu’ils tiennent. Puis recommencez."
    return f"Tâches en cours : {running}. {advice}" if running else ""


def _room(runtime: Runtime) -> str:
    path = Path(runtime.database.engine.url.database or "") if runtime.database.dialect == "sqlite" else None
    # SQLite writes tables again: what it holds may be there twice.
    wanted = LEAST_FREE_BYTES + (2 * path.stat().st_size if path else 0)
    room = machine.room_of(path.parent if path else runtime.settings.var_dir)
    if room.free >= wanted:
        return ""
    there = room.free // MEGABYTE
    return f"Il faut {wanted // MEGABYTE} Mo libres dans {room.folder}, il y en a {there} : faites de la place."


def _backup(runtime: Runtime, folder: Path | None, current: str) -> str:
    place = folder or runtime.settings.backup_dir
    made = BackupFolder(place).list_all() if place else []
    recent = [one for one in made if moment.now() - one.manifest.instant < RECENT and one.manifest.revision == current]
    if recent:
        return ""
    return (
        "Aucune sauvegarde de moins de 24 heures. Lancez « flask --app app backup », ou recommencez avec "
        "« --without-backup » si vous en avez une autre."
    )


def upgrade(runtime: Runtime, revision: str = "head") -> None:
    """Change the schema while the pages of this machine say that they come back; raise Conflict when it failed.

    The migrations are one transaction on both engines: after a failure the database is as it was before.
    """
    settings = runtime.settings
    close(runtime)
    try:
        migrations.upgrade(settings.database_url, revision)
    except Exception as error:
        raise Conflict(
            f"La mise à jour a échoué ({type(error).__name__}) : la base est restée telle qu’elle était. "
            "Remettez la version précédente du programme et redémarrez."
        ) from error
    finally:
        maintenance.end(settings)


def downgrade(runtime: Runtime, revision: str) -> None:
    """Bring the schema back while the pages of this machine are closed."""
    close(runtime)
    try:
        migrations.downgrade(runtime.settings.database_url, revision)
    finally:
        maintenance.end(runtime.settings)


def close(runtime: Runtime) -> None:
    """Close the pages of this machine; nothing happens while there is no authority yet."""
    if (contact := _contact(runtime)) is not None:
        maintenance.begin(runtime.settings, contact)


def open_again(settings: Settings) -> None:
    """Open the pages of this machine again."""
    maintenance.end(settings)


def _contact(runtime: Runtime) -> dict[str, Any] | None:
    try:
        with runtime.database.reading() as session:
            authority = catalogue.find_authority(session, runtime.settings.authority)
            if authority is None:
                return None
            said = ("code", "name", "email", "phone", "timezone")
            contact = {name: getattr(authority, name) for name in said}
            more = {
                name: authority.details.get(name, "") for name in ("address", "opening_hours", "accessibility_state")
            }
            shown = {SPECIAL_HOURS: authority.details.get(SPECIAL_HOURS, [])}
            return {"id": authority.id, **contact, **more, "details": shown}
    except SQLAlchemyError:
        return None  # no table yet, or of another shape
