"""The pages of the style guide: every layout and component on credible content, rendered without the application."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from backoffice.domain import french
from backoffice.infra import typesetting

ROOT = Path(__file__).resolve().parents[2]
TODAY = date(2026, 3, 20)

AUTHORITY = {
    "name": "Ville de Saint-Aubin-les-Tilleuls",
    "phone": "01 00 00 00 00",
    "email": "mairie@saint-aubin.example",
    "address": "1 place de la Mairie, 99000 Saint-Aubin-les-Tilleuls",
    "opening_hours": "Du lundi au vendredi, de 9 h à 17 h",
    "accessibility_state": "partiellement conforme",
}
LINKS = {
    "home": "/",
    "procedures": "/demarches",
    "follow": "/suivi",
    "login": "/connexion",
    "sitemap": "/plan",
    "accessibility": "/accessibilite",
    "personal_data": "/donnees",
    "legal": "/mentions",
}
DESK_LINKS = {
    **LINKS,
    "counter": "/accueil",
    "phone": "/appel",
    "search": "/recherche",
    "account": "/compte",
    "logout": "/deconnexion",
}
AGENT = SimpleNamespace(name="Jeanne Caron", kind="staff", roles=["Agente, Voirie"])
NAVIGATION = [
    ("File", "/file", True),
    ("Dossiers", "/dossiers", False),
    ("Supervision", "/supervision", False),
    ("Administration", "/administration", False),
]
ERRORS = {
    "category": "Choisissez le type de problème.",
    "danger_kind": "Dites s’il y a un danger.",
    "email": "Écrivez une adresse complète, par exemple prenom.nom@exemple.fr.",
    "agree": "Cochez la case pour certifier vos informations.",
}
CARDS = [
    ("Acte de naissance", "Demander une copie ou un extrait.", "Gratuit · 5 minutes", "document"),
    ("Signaler un problème dans la rue", "Trou, éclairage, dépôt sauvage.", "3 minutes", "pin"),
    ("Cantine et périscolaire", "Inscrire un enfant.", "10 minutes", "users"),
    ("Réserver une salle", "Pour une association ou une fête.", "5 minutes", "calendar"),
]
SUBJECTS = [
    ("Nid-de-poule rue des Tilleuls", "Amadou Diallo", "email", "Courriel", "Voirie"),
    ("Copie intégrale d’acte de naissance", "Françoise Lefèvre-Dumoulin", "web_form", "En ligne", "État civil"),
    ("Inscription à la cantine, deux enfants", "Nguyễn Thị Lan", "counter", "Guichet", "Éducation"),
    ("Terrasse du café de la Place", "SARL Le Kiosque", "letter", "Courrier", "Commerce"),
    ("Lampadaire éteint", "Personne non identifiée", "phone", "Téléphone", "Voirie"),
]
STATES = [
    ("received", "Reçue"),
    ("under_review", "En cours d’examen"),
    ("waiting_citizen", "En attente de l’usager"),
    ("refused", "Refusée"),
    ("accepted", "Acceptée"),
]


def _cases(count: int) -> list[dict[str, Any]]:
    cases = []
    for index in range(count):
        subject, citizen, channel, channel_label, department = SUBJECTS[index % len(SUBJECTS)]
        status, status_label = STATES[(index * 3) % len(STATES)]
        days = index - 2
        cases.append(
            {
                "reference": f"2026-{index + 127:05d}",
                "subject": subject,
                "citizen": citizen,
                "channel": channel,
                "channel_label": channel_label,
                "department": department,
                "status": status,
                "status_label": status_label,
                "received_on": TODAY - timedelta(days=40 - index % 30),
                "due_on": TODAY + timedelta(days=days),
                "days": days,
                "tone": "late" if days < 0 else ("soon" if days <= 3 else None),
                "agent": "Jeanne Caron" if index % 2 else "",
            }
        )
    return cases


def environment() -> Environment:
    """The product's templates with the globals the application registers, without the application."""
    folders = [ROOT / "templates", ROOT / "tests" / "web" / "styleguide"]
    env = Environment(
        loader=FileSystemLoader(folders), autoescape=True, extensions=["jinja2.ext.i18n"], undefined=StrictUndefined
    )
    env.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    for name in ("long_date", "short_date", "relative_days", "number", "money", "file_size", "plural", "typographic"):
        env.filters[name] = getattr(french, name)
    env.filters["paragraphs"] = typesetting.paragraphs
    env.globals.update(
        static_url=lambda path: f"/static/{path}",
        csrf_token=lambda: "token",
        get_flashed_messages=_messages,
        authority=AUTHORITY,
        demo=True,
        viewer=None,
        today=TODAY,
    )
    return env


def _messages(*, with_categories: bool = False) -> list[Any]:
    sentence = "Vos modifications sont enregistrées."
    return [("success", sentence)] if with_categories else [sentence]


def _page(template: str, **context: Any) -> Callable[[Environment], str]:
    return lambda env: env.get_template(template).render(**context)


PAGES: dict[str, Callable[[Environment], str]] = {
    "/": _page("home.html", links=LINKS, cards=CARDS),
    "/form": _page("form.html", links=LINKS, values={"description": "Un trou."}, errors={}),
    "/form-errors": _page("form.html", links=LINKS, values={"email": "amadou"}, errors=ERRORS),
    "/queue": _page("queue.html", links=DESK_LINKS, viewer=AGENT, nav_items=NAVIGATION, cases=_cases(50)),
    "/case": _page("case.html", links=DESK_LINKS, viewer=AGENT, nav_items=NAVIGATION),
    "/activity": _page("activity.html", links=DESK_LINKS, viewer=AGENT, nav_items=NAVIGATION),
    "/receipt": _page("receipt.html", links=LINKS, back_url="/case", reference="2026-00127"),
    "/error": _page(
        "errors/error.html",
        links=LINKS,
        error={"title": "Page introuvable", "sentence": "Cette page n’existe pas.", "reference": "4F2A-91C0"},
    ),
}
