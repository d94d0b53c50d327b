"""The promises that nobody keeps any more, each with its error and a « Réessayer » button."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from backoffice.domain.policy import Permission
from backoffice.domain.setting_screens import Screen
from backoffice.errors import Conflict, NotFound
from backoffice.queries import jobs as queries
from backoffice.queries import received_files
from backoffice.services import outbox, setting_history
from backoffice.services.outbox import JobKind
from backoffice.web.access import Audience, audience
from backoffice.web.current import actor, runtime

pages = Blueprint("admin_jobs", __name__, url_prefix="/agents/taches")

KIND_LABELS: dict[str, str] = {
    JobKind.RENDER_DOCUMENT: "Produire un document",
    JobKind.PREVIEW_LETTER: "Imprimer l’aperçu d’un modèle de courrier",
    JobKind.SEND_MAIL: "Envoyer un courriel",
    JobKind.SORT_MAIL: "Traiter un courriel reçu",
    JobKind.CHECK_LEDGER: "Vérifier le registre des courriels",
    JobKind.SWEEP_SESSIONS: "Effacer les sessions terminées",
    JobKind.WRITE_IMPLICIT_DECISIONS: "Écrire les décisions implicites du jour",
    JobKind.WARN_OF_DEADLINES: "Prévenir des échéances",
    JobKind.REMIND_OF_TASKS: "Rappeler les questions posées à d’autres services",
    JobKind.PLACE_IN_DISTRICTS: "Ranger les dossiers en cours dans les quartiers",
    JobKind.FOLLOW_UP_WAITING: "Relancer les usagers dont une réponse est attendue",
    JobKind.REFRESH_DATES: "Recalculer les échéances des dossiers ouverts",
    JobKind.WRITE_BATCH: "Écrire des courriers d’un envoi groupé",
    JobKind.JOIN_BATCH: "Assembler les courriers à poster d’un envoi groupé",
    JobKind.MAKE_BUNDLE: "Produire un dossier de preuve",
    JobKind.MAKE_ARCHIVE_TRANSFER: "Préparer un versement aux archives",
    JobKind.SCAN_FILE: "Analyser un fichier reçu par l’antivirus",
    JobKind.PREPARE_FILE: "Préparer l’aperçu d’un fichier reçu",
    JobKind.ASK_SCANS_AGAIN: "Relancer les analyses de l’antivirus",
    JobKind.SCAN_ANEW: "Analyser de nouveau les fichiers récents, avec les signatures du jour",
    JobKind.SEND_SMS: "Envoyer un SMS",
    JobKind.SEND_SHEET_CODE: "Envoyer un code par SMS",
    JobKind.MAKE_DATA_EXPORT: "Préparer la copie des données d’un usager",
    JobKind.BEGIN_ABSENCES: "Faire suivre les dossiers des agents absents",
    JobKind.TELL_WATCHERS: "Prévenir les agents qui suivent un dossier",
    JobKind.SUM_UP_NOTICES: "Envoyer aux agents le résumé de leurs notifications",
    JobKind.MEASURE_DELAYS: "Mesurer les délais des démarches",
    JobKind.ASK_FOR_PAPER_FORMS: "Chercher les formulaires papier à refaire",
    JobKind.MAKE_BACKUP: "Sauvegarder la base et les fichiers",
    JobKind.PRINT_PAPER_FORM: "Produire un formulaire papier",
}
STATE_LABELS: dict[str, str] = {
    "queued": "En attente",
    "running": "En cours",
    "done": "Terminées",
    "dead": "Abandonnées",
}


@pages.get("/")
@audience(Audience.STAFF, Permission.JOB_RETRY)
def show() -> ResponseReturnValue:
    """How many jobs are in each state, and those that were given up."""
    with runtime().database.reading() as session:
        counts = queries.count_by_state(session)
        dead = queries.list_dead(session, actor().authority_id)
        waiting = received_files.count_waiting(session)
    antivirus = runtime().antivirus
    is_away = antivirus is not None and not antivirus.answers()
    states = [(label, counts.get(state, 0)) for state, label in STATE_LABELS.items()]
    return render_template(
        "admin/jobs.html",
        states=states,
        dead=dead,
        kind_labels=KIND_LABELS,
        antivirus_away=is_away,
        waiting_files=waiting,
    )


@pages.post("/<int:job_id>/reessayer")
@audience(Audience.STAFF, Permission.JOB_RETRY)
def try_again(job_id: int) -> ResponseReturnValue:
    """Start an abandoned job afresh."""
    try:
        with runtime().database.transaction() as session:
            job = queries.find_dead(session, actor().authority_id, job_id)
            if job is None:
                raise NotFound("Cette tâche n’existe pas.")
            outbox.try_again(job)
            label = KIND_LABELS.get(job.kind, job.kind)
            setting_history.record(
                session, actor(), Screen.JOBS, f"Tâche n° {job.id}", {}, {"Tâche": label}, act="Relancée"
            )
        flash("La tâche est relancée.", "success")
    except Conflict as fault:
        flash(fault.sentence, "error")
    return redirect(url_for("admin_jobs.show"), 303)
