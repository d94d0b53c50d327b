"""The demonstration's ProConnect: agents of the imaginary town, and somebody that it does not know."""

import json
from typing import Any

from demo.identities import Identity
from demo.identity_rules import SHORTEST_SECRET, Grant, IdentityProvider, Refusal

PATH = "/pro/api/v2"
KNOWN_PARAMETERS = frozenset(
    {
        "response_type",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "claims",
        "prompt",
        "idp_hint",
        "login_hint",
        "siret_hint",
    }
)
SIRET, DIRECTORY = "21490999900017", "71144ab3-ee1a-4401-b7b3-79b44f7daeeb"
PASSWORD_ALONE, TWO_FACTORS = "eidas1", "eidas1-mfa"


def _agent(code: str, note: str, name: tuple[str, str], email: str, level: str = PASSWORD_ALONE) -> Identity:
    given, usual = name
    said = {"given_name": given, "family_name": usual, "usual_name": usual, "email": email, "acr": level}
    return Identity(code, note, {**said, "uid": code, "siret": SIRET, "idp_id": DIRECTORY})


AGENTS = (
    _agent("karim", "Agent de la ville, par mot de passe", ("Karim", "Benali"), "karim.benali@saint-aubin.example"),
    _agent(
        "nadia",
        "Administration, avec double authentification",
        ("Nadia", "Ferreira"),
        "nadia.ferreira@saint-aubin.example",
        TWO_FACTORS,
    ),
    _agent("inconnu", "Un professionnel sans compte dans la ville", ("Alex", "Ailleurs"), "alex@entreprise.example"),
)


class ProfessionalProvider(IdentityProvider):
    """ProConnect as its servers behave: everything signed, a level only when it is asked for, no unknown parameter."""

    prefix = ""  # it is mounted under its path
    identities = AGENTS
    scopes: dict[str, tuple[str, ...]] = {  # noqa: RUF012 (read only)
        "openid": (),
        **{name: (name,) for name in ("given_name", "usual_name", "email", "uid", "siret", "idp_id")},
    }

    def refusal(self, given: dict[str, str]) -> Refusal | None:
        """What never comes back to the service."""
        if given.get("client_id") != self.client.client_id or given.get("redirect_uri") != self.client.redirect_uri:
            return Refusal("Y04EA6EF", "Ce service n’est pas connu.")
        unknown = sorted(set(given) - KNOWN_PARAMETERS)
        short = [name for name in ("state", "nonce") if len(given.get(name, "")) < SHORTEST_SECRET]
        if unknown or short or given.get("response_type") != "code":
            return Refusal("Y000400", "Un paramètre manque, n’est pas connu, ou est trop court.")
        return None

    def error(self, given: dict[str, str]) -> str:
        """Unknown scopes."""
        asked = given.get("scope", "").split()
        return "" if "openid" in asked and set(asked) <= set(self.scopes) else "invalid_scope"

    def id_token_claims(self, grant: Grant) -> dict[str, Any]:
        """How somebody was recognised, when it was asked."""
        assert grant.identity is not None  # noqa: S101 (a token is given for somebody)
        claims = {**self.frame(grant), "auth_time": grant.auth_time, "nonce": grant.parameters["nonce"]}
        asked = json.loads(grant.parameters.get("claims", "{}")).get("id_token", {})
        level = grant.identity.claims["acr"]
        told = {"acr": level, "amr": ["pwd", "otp", "mfa"] if level == TWO_FACTORS else ["pwd"]}
        return claims | {name: told[name] for name in told if name in asked}
