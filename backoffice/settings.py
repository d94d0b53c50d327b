"""One typed, frozen Settings, read from the environment once; every fault is named at once."""

import json
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from backoffice import identity_providers
from backoffice.errors import Invalid
from backoffice.identity_providers import IdentityProviderSettings

Value = TypeVar("Value")
MINIMUM_SECRET_LENGTH = 32
MEGABYTE = 1_000_000  # bytes: sizes and limits are told to people in the same unit
SMS_SENDER = re.compile(r"[A-Za-z0-9]{3,11}")
MAILBOX_SECRETS = ("password", "client_secret", "refresh_token")
MAILBOX_SCHEMES = ("maildir", "imap", "imaps", "imap+starttls", "lmtp")
LMTP_PORT = 24
# Every mail can be answered: the mailbox that answers come to is the one that writes.
DEFAULT_MAIL_FROM = "demandes@parvis.example"
# The town of the starter catalogue is nowhere: no service knows its streets.
STARTER_ADDRESSES = Path(__file__).parent / "catalogue" / "addresses.csv"


@dataclass(frozen=True, slots=True)
class MailboxSettings:
    """A mailbox to read: `url` is maildir:///path or imap(s)://user@host:port/FOLDER (`imap+starttls` too).

    Or one that a relay delivers to: `url` is lmtp://host:port, where we listen.

    What is taken in is moved to `processed_folder`. `every_seconds` is the time between two looks (0: what suits its
    kind). `authserv_id` is the name that its relay signs its Authentication-Results with; empty, none is believed.

    With a `token_url`, the account is opened by XOAUTH2: the endpoint changes the refresh token, or without one the
    identifier and secret of the client, into access tokens for `token_scope`. Secrets (`password`, `client_secret`,
    `refresh_token`) are given as such, or as the variable of the environment that holds them (`password_env`…).
    """

    code: str
    address: str
    url: str
    password: str = field(default="", repr=False)
    authority: str = ""
    procedure: str = ""
    department: str = ""
    processed_folder: str = "Traités"
    every_seconds: float = 0
    authserv_id: str = ""
    token_url: str = ""
    token_scope: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)

    @property
    def is_delivered(self) -> bool:
        """Whether mail is brought to us, rather than looked for."""
        return self.url.startswith("lmtp:")

    @property
    def pause_seconds(self) -> float:
        """Between two looks: a folder of this machine costs nothing to look at, a server is spared."""
        return self.every_seconds or (0.5 if self.url.startswith("maildir:") else 20)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the house needs to know about the machine it runs on. Sizes are in bytes, durations in seconds."""

    secret_keys: tuple[str, ...] = field(repr=False)
    database_url: str = field(repr=False)
    broker_url: str = field(repr=False)
    storage_url: str
    var_dir: Path
    public_url: str = "http://127.0.0.1:8000"
    demo: bool = False
    authority: str = ""
    # The addresses of the sites of other authorities, by their codes.
    sites: tuple[tuple[str, str], ...] = ()
    smtp_url: str = field(default="", repr=False)
    mail_from: str = DEFAULT_MAIL_FROM
    mail_domain: str = "parvis.example"
    mailboxes: tuple[MailboxSettings, ...] = ()
    identity_providers: tuple[IdentityProviderSettings, ...] = ()
    antivirus_url: str = ""
    sms_url: str = field(default="", repr=False)
    sms_token: str = field(default="", repr=False)
    sms_sender: str = ""
    call_webhook_secret: str = field(default="", repr=False)
    security_contact: str = ""
    metrics_token: str = field(default="", repr=False)
    address_url: str = ""
    tiles_url: str = ""
    tiles_credit: str = ""
    rate_limit_url: str = "memory://"
    trusted_proxies: int = 0
    backup_dir: Path | None = None
    backup_key: str = field(default="", repr=False)
    backup_keep_days: int = 30
    scan_folder: Path | None = None
    scan_blank_pages: bool = False
    max_scan_bytes: int = 100 * MEGABYTE
    max_upload_bytes: int = 10 * MEGABYTE
    max_request_bytes: int = 40 * MEGABYTE
    max_mail_bytes: int = 40 * MEGABYTE
    staff_idle_seconds: int = 2 * 3600
    staff_session_seconds: int = 12 * 3600
    citizen_idle_seconds: int = 3600
    citizen_session_seconds: int = 4 * 3600
    public_posts_per_minute: int = 120
    job_lease_seconds: int = 120
    relay_interval_seconds: float = 0.5
    log_json: bool = False

    @property
    def secret_key(self) -> str:
        """The key that signs today; the older ones are only accepted."""
        return self.secret_keys[0]

    @property
    def outbox_dir(self) -> Path:
        """Where outgoing mail is written when no SMTP server is configured."""
        return self.var_dir / "outbox"

    def mailboxes_of(self, authority: str) -> tuple[MailboxSettings, ...]:
        """The mailboxes of an authority, by its code; one that names none is of the authority served here."""
        return tuple(one for one in self.mailboxes if (one.authority or self.authority or authority) == authority)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Read the environment; raise Invalid with every fault found, named by variable."""
        return _Reader(os.environ if environment is None else environment).settings()


class _Reader:
    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self.faults: dict[str, str] = {}

    def text(self, name: str, default: str = "") -> str:
        return self.environment.get(name, default).strip()

    def parsed(self, name: str, default: Value, parse: Callable[[str], Value], expected: str) -> Value:
        raw = self.text(name)
        if not raw:
            return default
        try:
            return parse(raw)
        except (ValueError, TypeError, KeyError):
            self.faults[name] = f"{name} : « {raw} » n’est pas {expected}."
            return default

    def switch(self, name: str) -> bool:
        raw = self.text(name).lower()
        if raw not in {"", "0", "1", "true", "false", "yes", "no"}:
            self.faults[name] = f"{name} : écrivez 1 ou 0."
        return raw in {"1", "true", "yes"}

    def identity_providers(self, demo: bool) -> tuple[IdentityProviderSettings, ...]:
        name = "IDENTITY_PROVIDERS"
        if raw := self.text(name):
            try:
                return identity_providers.read(raw, self.environment)
            except ValueError as error:
                self.faults[name] = f"{name} : {error}."
        if not demo:
            return ()
        return _demo_providers(self.parsed("DEMO_IDENTITY_PORT", 8090, int, "un numéro de port"))

    def secrets(self, demo: bool, var_dir: Path) -> tuple[str, ...]:
        keys = tuple(key.strip() for key in self.text("SECRET_KEYS").split(",") if key.strip())
        if not keys and demo:
            return ("demonstration-only-key-never-for-production-use",)
        if not keys and not self.text("DATABASE_URL"):
            return (_own_key(var_dir),)
        if not keys:
            self.faults["SECRET_KEYS"] = "SECRET_KEYS : donnez au moins une clé de 32 caractères."
        elif any(len(key) < MINIMUM_SECRET_LENGTH for key in keys):
            self.faults["SECRET_KEYS"] = "SECRET_KEYS : chaque clé doit compter au moins 32 caractères."
        return keys or ("",)

    def public_url(self) -> str:
        return self._site("PUBLIC_URL", self.text("PUBLIC_URL", "http://127.0.0.1:8000"))

    def sites(self) -> tuple[tuple[str, str], ...]:
        pairs = (one.partition("=") for one in self.text("SITES").split(",") if one.strip())
        return tuple((code.strip(), self._site("SITES", url.strip())) for code, _, url in pairs)

    def _site(self, name: str, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            self.faults[name] = f"{name} : « {url} » n’est pas une adresse http(s) complète."
        return url.rstrip("/")

    def mailboxes(self, demo: bool, var_dir: Path) -> tuple[MailboxSettings, ...]:
        none: tuple[MailboxSettings, ...] = ()
        found = self.parsed("MAILBOXES", none, self._mailboxes, "une liste JSON de boîtes")
        codes = [mailbox.code for mailbox in found]
        if len(set(codes)) < len(codes):
            self.faults["MAILBOXES"] = "MAILBOXES : deux boîtes portent le même code."
        for mailbox in found:
            if urlsplit(mailbox.url).scheme not in MAILBOX_SCHEMES:
                known = ", ".join(MAILBOX_SCHEMES)
                self.faults["MAILBOXES"] = f"MAILBOXES : la boîte « {mailbox.code} » doit commencer par {known}."
            if mailbox.token_url and not _is_private(mailbox.token_url):
                said = f"la boîte « {mailbox.code} » demande ses jetons à une adresse qui n’est pas en https."
                self.faults["MAILBOXES"] = f"MAILBOXES : {said}"
        if demo and not found:
            address = self.text("MAIL_FROM", DEFAULT_MAIL_FROM)
            return (MailboxSettings("demandes", address, f"maildir://{quote(str(var_dir))}/maildir"),)
        return found

    def _mailboxes(self, raw: str) -> tuple[MailboxSettings, ...]:
        return tuple(MailboxSettings(**self._with_secrets(item)) for item in json.loads(raw))

    def _with_secrets(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """A mailbox whose secrets that stand in variables of their own are read from there."""
        said = dict(item)
        for name in MAILBOX_SECRETS:
            variable = said.pop(f"{name}_env", "")
            if variable:
                said[name] = self.text(variable)
                if not said[name]:
                    self.faults[variable] = f"{variable} : cette variable, qui doit tenir un secret de boîte, est vide."
        return said

    def antivirus_url(self) -> str:
        url = self.text("ANTIVIRUS_URL")
        if url and not _is_antivirus(url):
            wanted = "tcp://machine:3310 ou unix:///run/clamav/clamd.ctl"
            self.faults["ANTIVIRUS_URL"] = f"ANTIVIRUS_URL : « {url} » n’est pas de la forme {wanted}."
        return url

    def counted_where(self) -> str:
        """Where visitors are counted when nobody says: the Redis that is there already, else each process alone."""
        broker = self.text("BROKER_URL")
        return broker if broker.startswith(("redis://", "rediss://")) else "memory://"

    def address_url(self, demo: bool) -> str:
        name = "PARVIS_ADDRESS_URL"
        url = self.text(name, STARTER_ADDRESSES.as_uri() if demo else "")
        if url and not (url.startswith("file:///") or _is_web(url)):
            self.faults[name] = f"{name} : « {url} » n’est ni une adresse http(s), ni un fichier file:///….csv."
        return url

    def tiles_url(self) -> str:
        name = "PARVIS_TILES_URL"
        url = self.text(name)
        if url and not (_is_web(url) and {"{x}", "{y}", "{z}"} <= set(re.findall(r"\{[a-z]+\}", url))):
            self.faults[name] = f"{name} : « {url} » n’est pas une adresse http(s) avec {{z}}, {{x}} et {{y}}."
        return url

    def sms_url(self) -> str:
        url = self.text("SMS_URL")
        if url and not (_is_web(url) and _is_private(url)):
            self.faults["SMS_URL"] = "SMS_URL : donnez l’adresse https complète de la passerelle (http ici même)."
        return url

    def sms_sender(self) -> str:
        sender = self.text("SMS_SENDER")
        if sender and not SMS_SENDER.fullmatch(sender):
            self.faults["SMS_SENDER"] = "SMS_SENDER : de 3 à 11 lettres et chiffres, sans accent ni espace."
        return sender

    def security_contact(self) -> str:
        contact = self.text("SECURITY_CONTACT")
        if contact and not re.fullmatch(r"(mailto:[^\s@]+@\S+|https://\S+)", contact):
            self.faults["SECURITY_CONTACT"] = "SECURITY_CONTACT : écrivez mailto:adresse ou https://page."
        return contact

    def long_secret(self, name: str) -> str:
        secret = self.text(name)
        if secret and len(secret) < MINIMUM_SECRET_LENGTH:
            self.faults[name] = f"{name} : au moins 32 caractères, ou rien."
        return secret

    def folder(self, name: str) -> Path | None:
        return Path(self.text(name)).resolve() if self.text(name) else None

    def settings(self) -> Settings:
        demo = self.switch("PARVIS_DEMO")
        var_dir = Path(self.text("VAR_DIR", "var")).resolve()
        settings = Settings(
            secret_keys=self.secrets(demo, var_dir),
            database_url=self.text("DATABASE_URL", f"sqlite:///{var_dir}/parvis.db"),
            broker_url=self.text("BROKER_URL", f"filesystem://{var_dir}/broker"),
            storage_url=self.text("STORAGE_URL", f"file://{var_dir}/files"),
            var_dir=var_dir,
            public_url=self.public_url(),
            demo=demo,
            authority=self.text("AUTHORITY"),
            sites=self.sites(),
            smtp_url=self.text("SMTP_URL"),
            mail_from=self.text("MAIL_FROM", DEFAULT_MAIL_FROM),
            mail_domain=self.text("MAIL_DOMAIN", "parvis.example"),
            mailboxes=self.mailboxes(demo, var_dir),
            identity_providers=self.identity_providers(demo),
            antivirus_url=self.antivirus_url(),
            sms_url=self.sms_url(),
            sms_token=self.text("SMS_TOKEN"),
            sms_sender=self.sms_sender(),
            call_webhook_secret=self.long_secret("CALL_WEBHOOK_SECRET"),
            security_contact=self.security_contact(),
            metrics_token=self.long_secret("METRICS_TOKEN"),
            address_url=self.address_url(demo),
            tiles_url=self.tiles_url(),
            tiles_credit=self.text("PARVIS_TILES_CREDIT"),
            rate_limit_url=self.text("RATE_LIMIT_URL", self.counted_where()),
            trusted_proxies=self.parsed("TRUSTED_PROXIES", 0, int, "un nombre entier"),
            backup_dir=self.folder("BACKUP_DIR"),
            backup_key=self.long_secret("BACKUP_KEY"),
            backup_keep_days=self.parsed("BACKUP_KEEP_DAYS", 30, int, "un nombre entier"),
            scan_folder=self.folder("SCAN_FOLDER"),
            scan_blank_pages=self.switch("SCAN_BLANK_PAGES"),
            max_scan_bytes=self.parsed("MAX_SCAN_MB", 100, int, "un nombre entier") * MEGABYTE,
            max_upload_bytes=self.parsed("MAX_UPLOAD_MB", 10, int, "un nombre entier") * MEGABYTE,
            max_request_bytes=self.parsed("MAX_REQUEST_MB", 40, int, "un nombre entier") * MEGABYTE,
            max_mail_bytes=self.parsed("MAX_MAIL_MB", 40, int, "un nombre entier") * MEGABYTE,
            staff_idle_seconds=self.parsed("STAFF_IDLE_SECONDS", 7200, int, "un nombre entier"),
            staff_session_seconds=self.parsed("STAFF_SESSION_SECONDS", 12 * 3600, int, "un nombre entier"),
            citizen_idle_seconds=self.parsed("CITIZEN_IDLE_SECONDS", 3600, int, "un nombre entier"),
            citizen_session_seconds=self.parsed("CITIZEN_SESSION_SECONDS", 4 * 3600, int, "un nombre entier"),
            public_posts_per_minute=self.parsed("PUBLIC_POSTS_PER_MINUTE", 120, int, "un nombre entier"),
            job_lease_seconds=self.parsed("JOB_LEASE_SECONDS", 120, int, "un nombre entier"),
            relay_interval_seconds=self.parsed("RELAY_INTERVAL_SECONDS", 0.5, float, "un nombre"),
            log_json=self.switch("LOG_JSON"),
        )
        if self.faults:
            raise Invalid("La configuration est à corriger : " + " ".join(self.faults.values()), self.faults)
        return settings


def _is_web(url: str) -> bool:
    """Whether it is an http(s) address whose origin may stand in a security policy."""
    return bool(re.fullmatch(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[^\s;,'\"]*)?", url))


def _is_private(url: str) -> bool:
    """Whether a secret sent there is read by nobody on the way: TLS, or this very machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost", "::1"})


def _is_antivirus(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.path if parts.scheme == "unix" else parts.scheme == "tcp" and parts.hostname and parts.port)
    except ValueError:
        return False


def _own_key(var_dir: Path) -> str:
    """The key of an installation that lives on one machine: made at its first start, kept beside its database."""
    file = var_dir / "secret.key"
    if not file.exists():
        var_dir.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkstemp(dir=var_dir, prefix=".draft-")[1])
        draft.write_text(secrets.token_urlsafe(48), encoding="ascii")
        try:
            # Two first starts at once: a link is made once, and both read the same key.
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text(encoding="ascii").strip()


def _demo_providers(port: int) -> tuple[IdentityProviderSettings, ...]:
    """The demonstration's own providers, on this machine; `demo.identity_provider` reads the same settings."""
    registered: dict[str, Any] = {
        "client_id": "parvis-demonstration",
        "client_secret": "demonstration-only-secret-never-for-production",
    }
    return (
        identity_providers.franceconnect(
            name="franceconnect",
            issuer=f"http://127.0.0.1:{port}/api/v2",
            scopes="openid given_name family_name preferred_username birthdate birthplace birthcountry email",
            hint="Démonstration : des personnes qui n’existent pas.",
            **registered,
        ),
        IdentityProviderSettings(
            name="region",
            label="le compte régional",
            issuer=f"http://127.0.0.1:{port}/region",
            hint="Démonstration : un second fournisseur, moins strict.",
            algorithms=("ES256",),
            claims={"birthdate": "date_naissance"},
            **registered,
        ),
        identity_providers.proconnect(name="proconnect", issuer=f"http://127.0.0.1:{port}/pro/api/v2", **registered),
    )
