"""Passkeys (WebAuthn level 2): what is asked of a browser, and the check of what it signs. The library loads late."""

import base64
import json
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from backoffice.errors import Invalid

TIMEOUT_MILLISECONDS = 120_000
REFUSED = "Cette clé d’accès n’a pas été reconnue. Réessayez, ou utilisez un autre moyen."


@dataclass(frozen=True, slots=True)
class Site:
    """The site that a passkey is made for: browsers give it to no other."""

    domain: str
    origin: str
    name: str


@dataclass(frozen=True, slots=True)
class Passkey:
    """A credential: `public_key` in base64, and the counter of its last signature (0 for those that count nothing)."""

    id: str
    public_key: str
    counter: int


def site_of(public_url: str, name: str) -> Site | None:
    """The site of an address; None when browsers make no passkey for it (a bare IP address, or no TLS)."""
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    try:
        ip_address(host)
    except ValueError:
        safe = parts.scheme == "https" or host == "localhost"
        return Site(host, f"{parts.scheme}://{parts.netloc}", name) if safe and host else None
    return None


def ask_for_new(site: Site, person: tuple[int, str, str], challenge: str, known: list[str]) -> dict[str, Any]:
    """What `navigator.credentials.create` is given; `person` is (id, address, name), `known` what they have already."""
    import webauthn
    from webauthn.helpers import structs

    staff_id, email, name = person
    options = webauthn.generate_registration_options(
        rp_id=site.domain,
        rp_name=site.name,
        user_id=f"parvis-staff-{staff_id}".encode(),
        user_name=email,
        user_display_name=name,
        challenge=_bytes(challenge),
        timeout=TIMEOUT_MILLISECONDS,
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=_bytes(one)) for one in known],
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            user_verification=structs.UserVerificationRequirement.PREFERRED
        ),
    )
    return dict(json.loads(webauthn.options_to_json(options)))


def check_new(site: Site, answer: str, challenge: str) -> Passkey:
    """The passkey that a browser just made; raise Invalid when anything of it is wrong."""
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=_bytes(challenge),
            expected_rp_id=site.domain,
            expected_origin=site.origin,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as fault:
        raise Invalid(REFUSED) from fault
    return Passkey(_text(made.credential_id), _text(made.credential_public_key), made.sign_count)


def ask_to_sign(site: Site, challenge: str, known: list[str]) -> dict[str, Any]:
    """What `navigator.credentials.get` is given."""
    import webauthn
    from webauthn.helpers import structs

    options = webauthn.generate_authentication_options(
        rp_id=site.domain,
        challenge=_bytes(challenge),
        timeout=TIMEOUT_MILLISECONDS,
        allow_credentials=[structs.PublicKeyCredentialDescriptor(id=_bytes(one)) for one in known],
        user_verification=structs.UserVerificationRequirement.PREFERRED,
    )
    return dict(json.loads(webauthn.options_to_json(options)))


def id_in(answer: str) -> str:
    """The credential that an answer speaks of; empty when it is no answer."""
    try:
        found = json.loads(answer).get("id", "")
    except (ValueError, AttributeError):
        return ""
    return found if isinstance(found, str) else ""


def check_signature(site: Site, answer: str, challenge: str, known: Passkey) -> int:
    """The new counter of a passkey whose signature is right; raise Invalid for any other, or an older counter."""
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        seen = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=_bytes(challenge),
            expected_rp_id=site.domain,
            expected_origin=site.origin,
            credential_public_key=_bytes(known.public_key),
            credential_current_sign_count=known.counter,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as fault:
        raise Invalid(REFUSED) from fault
    return seen.new_sign_count


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
