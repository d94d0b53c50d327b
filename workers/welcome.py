"""The first start of the house, and what the person who starts it is told."""

import importlib.util

from backoffice import catalogue
from backoffice.domain.policy import ROLE_LABELS
from backoffice.infra import leftovers, runtime
from backoffice.queries import catalogue as queries
from backoffice.services import setup
from backoffice.settings import Settings

# Of every account of the demonstration; a real installation has none of them.
DEMO_PASSWORD = "bienvenue-a-saint-aubin"
# Clearly apart, never in production: see `parts_of`.
DEMO_IDENTITY_PROVIDER = "demo.identity_provider"


def prepare(settings: Settings) -> None:
    """Bring an embedded database up to date and give a demonstration its authority.

    A database that several machines share is upgraded by a person, once: `flask --app app upgrade`.
    """
    # Alembic is slow to load and no part needs it: it goes with the process that prepares.
    from backoffice.infra import migrations  # noqa: PLC0415

    leftovers.sweep(settings)  # each machine has its own folder: a worker elsewhere does not see it
    if settings.demo or settings.database_url.startswith("sqlite:"):
        migrations.upgrade(settings.database_url)
    if settings.demo:
        _install_demonstration(settings)


def _install_demonstration(settings: Settings) -> None:
    tools = runtime.build(settings)
    with tools.database.reading() as session:
        if queries.find_authority(session, catalogue.load_authority().code) is not None:
            return
    with tools.database.transaction() as session:
        authority = setup.install_starter(session)
        session.flush()
        setup.install_staff(session, authority, DEMO_PASSWORD)


def has_demo_identity_provider() -> bool:
    """Whether the demonstration's identity provider is part of this installation."""
    try:
        return importlib.util.find_spec(DEMO_IDENTITY_PROVIDER) is not None
    except ModuleNotFoundError:
        return False


def text(settings: Settings, address: str) -> str:
    """The addresses and, in a demonstration, the accounts."""
    lines = [
        "",
        f"Parvis est ouvert : {address}",
        f"  Pour les agents : {address}/agents/connexion",
    ]
    if settings.public_url != address:
        lines.append(f"  Adresse publique : {settings.public_url}")
    if settings.demo:
        lines += _accounts()
    return "\n".join([*lines, "Ctrl-C pour arrêter.", ""])


def _accounts() -> list[str]:
    lines = ["", f"Comptes de démonstration, mot de passe « {DEMO_PASSWORD} » :"]
    for agent in catalogue.load_staff():
        roles = list(dict.fromkeys(ROLE_LABELS[membership.role] for membership in agent.memberships))
        lines.append(f"  {agent.email:<42} {agent.name} – {', '.join(roles)}")
    return [*lines, ""]
