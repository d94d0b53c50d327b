"""What is agreed with each OpenID Connect provider: FranceConnect and ProConnect, strict, or any standard one."""

import json
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, get_origin
from urllib.parse import urlsplit

FRANCECONNECT, PROCONNECT, OPENID = "franceconnect", "proconnect", "openid"
KINDS = (FRANCECONNECT, PROCONNECT, OPENID)
AUDIENCES = ("citizen", "staff")
USERINFO = ("json", "jwt", "none")
TOKEN_AUTH_METHODS = ("client_secret_basic", "client_secret_post")
# Never a secret shared by both sides, never « none »: a provider that promises more is not asked for it.
ALGORITHMS = frozenset({"ES256", "RS256", "PS256", "EdDSA"})
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
# An address proved by a link is an identity of our own making: this provider, this issuer, the address for subject.
EMAIL, EMAIL_ISSUER = "email", "mailto:"
# Pages of ours under /connexion/, and what says elsewhere where a piece of information comes from.
RESERVED_NAMES = frozenset(
    {EMAIL, "confirmation", "courriel", "citizen", "staff", "password", "web-form", "verification", "retour"}
)

BIRTH = ("birthplace", "birthcountry")
NAMED = ("given_name", "family_name", "preferred_username", "birthdate", "gender", *BIRTH, "email")
# What ProConnect says of the employer and of the directory that vouches: compared, never a right.
PROFESSIONAL = ("siret", "idp_id", "uid")
# What a scope gives, in the names that are ours; a claim that no scope of the agreement gives is never read.
SCOPE_CLAIMS: dict[str, tuple[str, ...]] = {
    **{name: (name,) for name in (*NAMED, *PROFESSIONAL)},
    "profile": ("given_name", "family_name", "birthdate", "gender", "preferred_username"),
    "birth": BIRTH,
    "identite_pivot": ("given_name", "family_name", "birthdate", "gender", *BIRTH),
}
# Elsewhere than at FranceConnect, `preferred_username` is a pseudonym.
PSEUDONYM = "preferred_username"
PROTOCOL_CLAIMS = ("iss", "sub", "acr", "amr")
# The levels of ProConnect that say a second factor was given (their order is not a scale).
TWO_FACTOR_LEVELS = ("eidas0-mfa", "eidas1-mfa", "eidas2", "eidas3")
TWO_FACTOR_METHOD = "mfa"

_NAME = re.compile(r"[a-z][a-z0-9-]{1,30}")
_OFFICIAL_LABEL = "S’identifier avec FranceConnect"
_PROFESSIONAL_LABEL = "S’identifier avec ProConnect"
_FRANCECONNECT_DEFAULTS: dict[str, Any] = {
    "kind": FRANCECONNECT,
    "label": "FranceConnect",
    "scopes": "openid given_name family_name birthdate email",
    "algorithms": ("ES256",),
    "token_auth_method": "client_secret_post",
    "userinfo": "jwt",
    "acr_values": "eidas1",
    "accepted_acr": ("eidas1", "eidas2", "eidas3"),
    "pkce": False,
    "proves_identity": True,
}
_PROCONNECT_DEFAULTS: dict[str, Any] = {
    "kind": PROCONNECT,
    "label": "ProConnect",
    "audience": "staff",
    "scopes": "openid given_name email uid siret idp_id",
    "algorithms": ("ES256",),
    "token_auth_method": "client_secret_post",
    "userinfo": "jwt",
    "pkce": False,
    "two_factor_levels": TWO_FACTOR_LEVELS,
}
_DEFAULTS = {FRANCECONNECT: _FRANCECONNECT_DEFAULTS, PROCONNECT: _PROCONNECT_DEFAULTS}


@dataclass(frozen=True, slots=True)
class IdentityProviderSettings:
    """An OpenID Connect provider. The key of a person is its `issuer` and their `sub`; `name` is in our addresses.

    `proves_identity` when it vouches for a civil identity, and not only for what people say of themselves. `claims`
    gives the provider's own names for ours (`{"birthdate": "date_naissance"}`). `origins` lists the other sites where
    its endpoints may be.
    """

    name: str
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    label: str = ""
    kind: str = OPENID
    audience: str = "citizen"
    hint: str = ""
    discovery_url: str = ""
    origins: tuple[str, ...] = ()
    scopes: str = "openid profile email"
    claims: Mapping[str, str] = field(default_factory=dict)
    algorithms: tuple[str, ...] = ("RS256", "ES256")
    token_auth_method: str = "client_secret_basic"
    userinfo: str = "json"
    acr_values: str = ""
    accepted_acr: tuple[str, ...] = ()
    pkce: bool = True
    logout: bool = True
    proves_identity: bool = False
    two_factor_levels: tuple[str, ...] = ()

    @property
    def button(self) -> str:
        """What the button says; FranceConnect's and ProConnect's are not ours to word."""
        if self.is_proconnect:
            return _PROFESSIONAL_LABEL
        return _OFFICIAL_LABEL if self.is_franceconnect else f"Se connecter avec {self.title}"

    @property
    def is_proconnect(self) -> bool:
        """Whether it is presented, and asked, as ProConnect wants."""
        return self.kind == PROCONNECT

    @property
    def asked(self) -> dict[str, str]:
        """What is asked besides the usual; ProConnect only says how somebody was recognised when it is asked to."""
        if self.is_proconnect:
            return {"claims": json.dumps({"id_token": {"acr": None, "amr": None}})}
        return {"acr_values": self.acr_values} if self.acr_values else {}

    def had_second_factor(self, claims: Mapping[str, Any]) -> bool:
        """Whether the provider says that it asked for two factors: by the level, or by the methods (RFC 8176)."""
        methods = claims.get("amr")
        said = isinstance(methods, list) and TWO_FACTOR_METHOD in methods
        return said or claims.get("acr") in self.two_factor_levels

    @property
    def is_franceconnect(self) -> bool:
        """Whether it is presented as FranceConnect asks."""
        return self.kind == FRANCECONNECT

    @property
    def title(self) -> str:
        """How the provider is called in a sentence."""
        return self.label or self.name

    @property
    def metadata_url(self) -> str:
        """Where its discovery document is."""
        return self.discovery_url or f"{self.issuer}/.well-known/openid-configuration"

    @property
    def trusted_origins(self) -> frozenset[str]:
        """Where its endpoints may be: on the issuer's own site, unless others are listed."""
        return frozenset(origin_of(url) for url in (self.issuer, *self.origins))

    def granted(self, claims: Mapping[str, Any]) -> dict[str, Any]:
        """What the agreed scopes give of verified claims, under our names; anything else is dropped unread."""
        given = {name for scope in self.scopes.split() for name in SCOPE_CLAIMS.get(scope, ())}
        if self.kind != FRANCECONNECT:
            given.discard(PSEUDONYM)
        # FranceConnect's and ProConnect's come from directories that answer for them.
        if self.kind == OPENID and claims.get("email_verified") is not True:
            given.discard("email")
        theirs = {**{name: name for name in given}, **self.claims}
        found = {name: claims[source] for name, source in theirs.items() if source in claims}
        return {**found, **{name: claims[name] for name in PROTOCOL_CLAIMS if name in claims}}


def franceconnect(**given: Any) -> IdentityProviderSettings:
    """FranceConnect v2 as its servers want it, but for what is given."""
    return IdentityProviderSettings(**(_FRANCECONNECT_DEFAULTS | given))


def proconnect(**given: Any) -> IdentityProviderSettings:
    """ProConnect as its servers want it, but for what is given."""
    return IdentityProviderSettings(**(_PROCONNECT_DEFAULTS | given))


def read(raw: str, environment: Mapping[str, str]) -> tuple[IdentityProviderSettings, ...]:
    """The providers of a JSON list; raise ValueError with every fault. `client_secret_env` names another variable."""
    items = json.loads(raw)
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ValueError("écrivez une liste JSON de fournisseurs")
    found, faults = [], []
    for item in items:
        try:
            provider = _read_one(item, environment)
        except ValueError as error:
            faults.append(f"{item.get('name', '?')} : {error}")
            continue
        faults += [f"{provider.name} : {fault}" for fault in faults_of(provider)]
        found.append(provider)
    for named in ("name", "issuer"):
        values = [getattr(provider, named) for provider in found]
        twice = sorted({value for value in values if values.count(value) > 1})
        faults += [f"{value} : deux fournisseurs ont ce {named}" for value in twice]
    if faults:
        raise ValueError(" ; ".join(faults))
    return tuple(found)


def faults_of(provider: IdentityProviderSettings) -> list[str]:
    """What cannot work, or would let somebody else in, in an agreement."""
    urls = (provider.issuer, provider.metadata_url, *provider.origins)
    wrong = {
        "name : des lettres minuscules, des chiffres et des tirets": not _NAME.fullmatch(provider.name)
        or provider.name in RESERVED_NAMES,
        f"kind : {' ou '.join(KINDS)}": provider.kind not in KINDS,
        f"audience : {' ou '.join(AUDIENCES)}": provider.audience not in AUDIENCES,
        "issuer, discovery_url, origins : des adresses https": not all(map(is_safe_url, urls)),
        "discovery_url : sur le site de l’émetteur, ou dans origins": origin_of(provider.metadata_url)
        not in provider.trusted_origins,
        "client_id, client_secret : obligatoires": not (provider.client_id and provider.client_secret),
        "scopes : openid d’abord": "openid" not in provider.scopes.split(),
        f"algorithms : parmi {', '.join(sorted(ALGORITHMS))}": not provider.algorithms
        or not ALGORITHMS.issuperset(provider.algorithms),
        f"token_auth_method : {' ou '.join(TOKEN_AUTH_METHODS)}": provider.token_auth_method not in TOKEN_AUTH_METHODS,
        f"userinfo : {', '.join(USERINFO)}": provider.userinfo not in USERINFO,
        f"claims : des noms parmi {', '.join(NAMED)}": not set(NAMED).issuperset(provider.claims),
        "accepted_acr : obligatoire avec acr_values": bool(provider.acr_values) and not provider.accepted_acr,
        "proconnect : pour les agents (audience staff)": provider.is_proconnect and provider.audience != "staff",
        "franceconnect : userinfo jwt et acr_values": provider.kind == FRANCECONNECT
        and (provider.userinfo != "jwt" or not provider.acr_values),
    }
    return [sentence for sentence, is_wrong in wrong.items() if is_wrong]


def is_safe_url(url: str) -> bool:
    """An https address, or one of this very machine."""
    parts = urlsplit(url)
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK))


def origin_of(url: str) -> str:
    """`https://compte.region.example`."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _read_one(item: Mapping[str, Any], environment: Mapping[str, str]) -> IdentityProviderSettings:
    given = dict(item)
    variable = given.pop("client_secret_env", "")
    if variable:
        given["client_secret"] = environment.get(variable, "").strip()
    known = {one.name: one for one in fields(IdentityProviderSettings)}
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise ValueError(f"réglage inconnu {', '.join(unknown)}")
    for name, value in given.items():
        given[name] = _of_type(name, value, known[name].type)
    needed = [
        one.name
        for one in fields(IdentityProviderSettings)
        if one.default is MISSING and one.default_factory is MISSING and one.name not in given
    ]
    if needed:
        raise ValueError(f"il manque {', '.join(needed)}")
    return IdentityProviderSettings(**(_DEFAULTS.get(given.get("kind", ""), {}) | given))


def _of_type(name: str, value: Any, wanted: Any) -> Any:
    of = get_origin(wanted) or wanted
    inside = value if of is tuple else value.values() if of is Mapping and isinstance(value, dict) else ()
    good = isinstance(value, {tuple: list, Mapping: dict}.get(of, of)) and all(isinstance(one, str) for one in inside)
    if not good:
        raise ValueError(f"{name} : mauvaise valeur")
    return tuple(value) if of is tuple else value
