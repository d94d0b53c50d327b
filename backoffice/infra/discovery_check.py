"""Whether an identity provider describes itself as agreed: its discovery document, asked once."""

from typing import Any

from backoffice.errors import Unavailable
from backoffice.identity_providers import IdentityProviderSettings

PATIENCE = 5.0  # seconds
NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")


def examine(provider: IdentityProviderSettings) -> None:
    """Read the discovery document of a provider; raise Unavailable with what is wrong of it."""
    import requests  # noqa: PLC0415 (long to load)

    try:
        answer = requests.get(provider.metadata_url, timeout=PATIENCE, allow_redirects=False)
        answer.raise_for_status()
        document: Any = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise Unavailable(f"{provider.label} ne répond pas ({type(error).__name__}).") from error
    if not isinstance(document, dict) or document.get("issuer") != provider.issuer:
        raise Unavailable(f"{provider.label} ne se présente pas sous l’adresse « issuer » convenue.")
    missing = [name for name in NEEDED if not document.get(name)]
    if missing:
        raise Unavailable(f"{provider.label} ne dit pas où sont : {', '.join(missing)}.")
