"""The OpenID Connect clients of this process: loaded with the first person who signs in at a provider."""

from typing import TYPE_CHECKING

from flask import current_app

from backoffice.identity_providers import IdentityProviderSettings
from backoffice.settings import Settings

if TYPE_CHECKING:
    from backoffice.web.oidc import ProviderClient


def staff_providers(settings: Settings) -> list[IdentityProviderSettings]:
    """The providers where staff may sign in; ProConnect first."""
    listed = [one for one in settings.identity_providers if one.audience == "staff"]
    return sorted(listed, key=lambda one: not one.is_proconnect)


def client_of(name: str, audience: str = "citizen") -> "ProviderClient | None":
    """The client of a provider of citizens, or of staff, one a process: neither ever serves the other's callback."""
    settings: Settings = current_app.extensions["parvis"].settings
    found = next((one for one in settings.identity_providers if one.name == name and one.audience == audience), None)
    if found is None:
        return None
    # A tenth of the house's memory, and of its start.
    from backoffice.web.oidc import ProviderClient  # noqa: PLC0415

    clients: dict[str, ProviderClient] = current_app.extensions.setdefault("parvis.identity_providers", {})
    return clients.setdefault(name, ProviderClient(found)) if name not in clients else clients[name]
