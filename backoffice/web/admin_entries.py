"""Everything that administrators set, by subject: what the front page of administration lists and searches."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import current_app, url_for

from backoffice.domain import policy
from backoffice.domain.french import fold
from backoffice.domain.policy import Permission
from backoffice.domain.setting_screens import SCREEN_PERMISSIONS, Screen
from backoffice.web.current import actor


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to set: where (`anchor`: which part of the page), who may, and other `words` that people look for."""

    label: str
    endpoint: str
    permission: Permission
    text: str
    words: str = ""
    anchor: str = ""

    @property
    def url(self) -> str:
        """Its address."""
        return url_for(self.endpoint, _anchor=self.anchor or None)

    def answers(self, asked: Iterable[str]) -> bool:
        """Whether it holds every folded word, or the beginning of one."""
        known = fold(f"{self.label} {self.text} {self.words}").split()
        return all(any(word.startswith(one) for word in known) for one in asked)


_AUTHORITY, _LAW, _STAFF = Permission.DEPARTMENT_MANAGE, Permission.LAW_MANAGE, Permission.STAFF_MANAGE

SUBJECTS: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "La collectivité",
        (
            Entry(
                "Coordonnées et contacts",
                "admin_authority.edit",
                _AUTHORITY,
                "Téléphone, courriel, adresse, protection des données, accessibilité.",
                "dpo rgpd rgaa email mail numéro joindre",
            ),
            Entry(
                "Nom et couleur",
                "authority_pages.appearance",
                _AUTHORITY,
                "Ce que portent les pages des usagers et les courriers.",
                "identité charte graphique contraste apparence",
            ),
            Entry(
                "Logo",
                "admin_authority.edit",
                _AUTHORITY,
                "En haut des pages des usagers et des courriers.",
                "image blason emblème en-tête",
                "logo",
            ),
            Entry(
                "Horaires d’ouverture",
                "authority_pages.hours",
                _AUTHORITY,
                "La semaine, et les jours particuliers annoncés aux usagers.",
                "heures fermeture exceptionnelle vacances noël accueil",
            ),
            Entry(
                "Textes légaux",
                "authority_pages.texts",
                _AUTHORITY,
                "Mentions légales, accessibilité, données personnelles, tribunal.",
                "mentions rgpd rgaa hébergeur publication signataire recours cada prada",
            ),
            Entry(
                "Canaux",
                "authority_pages.channels",
                _AUTHORITY,
                "Ouvrir ou fermer un chemin, et ce qu’en lisent les usagers.",
                "fermer en ligne téléphone guichet courrier courriel panne indisponible",
            ),
            Entry(
                "Bornes",
                "admin_kiosks.show",
                Permission.KIOSK_MANAGE,
                "L’écran tactile d’un hall : textes, démarches proposées, appareils.",
                "kiosque tablette accueil libre-service hall imprimante",
            ),
            Entry(
                "Jours fériés et fermetures",
                "admin_authority.edit",
                _AUTHORITY,
                "Le calendrier des jours ouvrés, les ponts et les fêtes locales.",
                "calendrier alsace moselle outre-mer congés vacances délais",
                "f-calendar",
            ),
            Entry(
                "Délais de la collectivité",
                "admin_authority.edit",
                _AUTHORITY,
                "Rouvrir une demande, saisie de rattrapage, courriers numérisés écartés.",
                "durée jours réouverture panne papier numérisation scan",
                "f-reopen_within_days",
            ),
            Entry(
                "Fichiers joints et rapports",
                "admin_authority.edit",
                _AUTHORITY,
                "Poids des fichiers d’un courriel, nombres masqués dans les rapports.",
                "taille mégaoctets pièces seuil secret statistique",
                "f-most_mail_megabytes",
            ),
            Entry(
                "Versement aux archives",
                "admin_authority.edit",
                _AUTHORITY,
                "SIRET, service d’archives, accord de versement.",
                "seda départementales communicabilité",
                "f-siret",
            ),
            Entry(
                "Quartiers",
                "admin_districts.show",
                _AUTHORITY,
                "Les contours et les rues des quartiers.",
                "carte secteur géographie geojson zone",
            ),
        ),
    ),
    (
        "Services et agents",
        (
            Entry(
                "Services",
                "admin_departments.show",
                _AUTHORITY,
                "Nom, coordonnées et horaires de chaque service.",
                "direction département unité fermer ouvrir téléphone",
            ),
            Entry(
                "Services communs",
                "admin_shared_services.show_all",
                _AUTHORITY,
                "Un service qui instruit pour plusieurs collectivités, et ses agents chez vous.",
                "mutualisation partage intercommunalité convention partagé autre collectivité",
            ),
            Entry(
                "Agents",
                "admin_staff.show",
                _STAFF,
                "Comptes, rôles, suspension, invitation par lien.",
                "utilisateur droit accès mot de passe membre habilitation",
            ),
            Entry(
                "Importer des agents",
                "staff_import.show",
                _STAFF,
                "Ouvrir plusieurs comptes depuis un fichier, essayé avant d’être enregistré.",
                "csv tableur liste masse",
            ),
            Entry(
                "Règles de connexion",
                "admin_sign_in.rules",
                _STAFF,
                "Double authentification et verrouillage de l’écran.",
                "sécurité totp clé session mot de passe 2fa",
            ),
            Entry(
                "Absences",
                "absences.show",
                Permission.ABSENCE_MANAGE,
                "Qui n’est pas là, et qui a ses dossiers.",
                "congés remplaçant vacances maladie",
            ),
            Entry(
                "Accès d’urgence aux dossiers",
                "emergency.show",
                Permission.EMERGENCY_OPEN,
                "Lire des dossiers pendant trente minutes, avec un motif.",
                "bris de glace",
            ),
            Entry(
                "Chiffres par agent",
                "admin_agent_figures.show",
                _AUTHORITY,
                "Les afficher ou les cacher, avec une raison.",
                "statistiques activité comité social",
            ),
        ),
    ),
    (
        "Démarches et droit",
        (
            Entry(
                "Démarches",
                "admin_procedures.show",
                Permission.PROCEDURE_MANAGE,
                "Les formulaires, les pièces, les délais, ouvrir ou fermer une démarche.",
                "téléservice formulaire import export yaml régime états",
            ),
            Entry(
                "Orientation",
                "admin_routing.show",
                _AUTHORITY,
                "Les règles qui envoient chaque demande à son service.",
                "routage règles aiguillage mots",
            ),
            Entry(
                "Règles de droit",
                "admin_law.show",
                _LAW,
                "Les délais légaux et les textes qui les fondent.",
                "silence recours article code",
            ),
            Entry(
                "Délégations de signature",
                "admin_law.show",
                _LAW,
                "Qui signe, en vertu de quel arrêté, jusqu’à quand.",
                "signataire maire adjoint élu dates",
                "delegations",
            ),
        ),
    ),
    (
        "Textes",
        (
            Entry(
                "Modèles de courrier",
                "admin_templates.show",
                Permission.TEMPLATE_MANAGE,
                "Les mots des courriers et des courriels, version par version.",
                "lettre accusé refus texte langue",
            ),
            Entry(
                "Réponses types",
                "ready_answers.show",
                Permission.READY_ANSWER_MANAGE,
                "Les réponses des agents et les questions fréquentes des usagers.",
                "faq questions base de connaissances",
            ),
            Entry(
                "Étiquettes",
                "tags.show",
                Permission.TAG_MANAGE,
                "Les mots qui rangent les dossiers.",
                "mot-clé couleur tag",
            ),
            Entry(
                "Enchaînements",
                "macros.show",
                Permission.MACRO_MANAGE,
                "Plusieurs gestes en un seul bouton.",
                "macro automatique",
            ),
        ),
    ),
    (
        "Données",
        (
            Entry(
                "Données personnelles",
                "eliminations.show",
                Permission.RETENTION_MANAGE,
                "Durées de conservation, éliminations, registre des traitements.",
                "rgpd dpo archivage purge suppression bordereau",
            ),
            Entry(
                "Données ouvertes",
                "admin_open_data.show_all",
                Permission.OPEN_DATA_MANAGE,
                "Ce qui est publié pour tous.",
                "open data jeu de données",
            ),
        ),
    ),
    (
        "Fonctionnement",
        (
            Entry(
                "Boîtes de courriel",
                "mail_ledger.show",
                Permission.MAIL_LEDGER_READ,
                "En ajouter, les tester, les suspendre ; la dernière lecture, les pannes.",
                "boîte mail email imap messagerie adresse lmtp",
            ),
            Entry(
                "Tâches",
                "admin_jobs.show",
                Permission.JOB_RETRY,
                "Ce qui attend d’être fait, ce qui a échoué.",
                "travaux file échec réessayer",
            ),
            Entry(
                "Fichiers écartés",
                "quarantine.show",
                Permission.QUARANTINE_MANAGE,
                "Les fichiers infectés.",
                "virus antivirus quarantaine",
            ),
            Entry(
                "État de l’installation",
                "admin_state.show",
                Permission.HOUSE_READ,
                "Base, courriels, disque, antivirus : ce qui va et ce qui ne va pas.",
                "santé supervision panne diagnostic",
            ),
            Entry(
                "Journal des exports",
                "agent_exports.log",
                Permission.EXPORT_LOG_READ,
                "Qui a sorti quelles données, et quand.",
                "extraction csv traçabilité",
            ),
        ),
    ),
)


def list_shown(words: str = "") -> list[tuple[str, list[Entry]]]:
    """What the viewer may open, by subject; with words, what answers to them."""
    asked = fold(words).split()
    found = [
        (subject, [one for one in entries if _may_open(one) and one.answers(asked)]) for subject, entries in SUBJECTS
    ]
    return [(subject, entries) for subject, entries in found if entries]


def screens() -> list[Screen]:
    """The screens whose history the viewer may read."""
    return [screen for screen, permission in SCREEN_PERMISSIONS.items() if policy.allows(actor(), permission)]


def _may_open(entry: Entry) -> bool:
    return entry.endpoint in current_app.view_functions and policy.allows(actor(), entry.permission)
