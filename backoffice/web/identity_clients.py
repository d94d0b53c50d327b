"""The OpenID Connect clients of this process: loaded with the first person who signs in at a provider."""

from typing import TYPE_CHECKING

from flask import current_app

if TYPE_CHECKING:
    from backoffice.web.oidc import ProviderClient


def client_of(name: str) -> "ProviderClient | None":
    """The client of a citizens' provider, one a process."""
    settings = current_app.extensions["parvis"].settings
    found = next((one for one in settings.identity_providers if one.name == name and one.audience == "citizen"), None)
    if found is None:
        return None
    # A tenth of the house's memory, and of its start.
    from backoffice.web.oidc import ProviderClient  # noqa: PLC0415

    clients: dict[str, ProviderClient] = current_app.extensions.setdefault("parvis.identity_providers", {})
    return clients.setdefault(name, ProviderClient(found)) if name not in clients else clients[name]
