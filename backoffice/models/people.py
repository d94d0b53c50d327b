"""Citizens, staff, what they are allowed, and their sessions."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.infra.database import Instant, Model
from backoffice.models.authorities import Department
from backoffice.models.columns import At, BelongsToAuthority, Code, Data, Id, Label, LongText, Number


class Citizen(BelongsToAuthority, Model):
    """An usager: person or organisation; has a name or not, an e-mail or not, an account or not."""

    __tablename__ = "citizens"
    __table_args__ = (
        Index("ix_citizens_email", "authority_id", "email"),
        Index("ix_citizens_phone", "authority_id", "phone"),
        Index("ix_citizens_folded_name", "authority_id", "folded_name"),
    )

    id: Mapped[Id]
    family_name: Mapped[Label] = mapped_column(default="")
    given_names: Mapped[Label] = mapped_column(default="")
    usage_name: Mapped[Label] = mapped_column(default="")
    organisation: Mapped[Label] = mapped_column(default="")
    folded_name: Mapped[Label] = mapped_column(default="")
    email: Mapped[Label] = mapped_column(default="")
    phone: Mapped[Code] = mapped_column(default="")
    address_line: Mapped[Label] = mapped_column(default="")
    postcode: Mapped[Code] = mapped_column(default="")
    city: Mapped[Label] = mapped_column(default="")
    contact_preference: Mapped[Code] = mapped_column(default="")
    electronic_reply_refused: Mapped[bool] = mapped_column(Boolean, default=False)
    # Where each attribute comes from: {"email": {"source": a channel, a provider, "citizen"…, "on": the day}}.
    origins: Mapped[Data] = mapped_column(default=dict)
    # The sheet of the same person that has its cases now (no foreign key: SQLite adds none to a table with children).
    merged_into_id: Mapped[int | None] = mapped_column(Number)
    created_at: Mapped[At]

    @property
    def accepts_email(self) -> bool:
        """Whether we may write by e-mail: there is an address, and its owner did not refuse it (L112-14)."""
        return bool(self.email and not self.electronic_reply_refused)

    @property
    def is_answered_by_email(self) -> bool:
        """Whether our answers leave by e-mail: we may, and letters are not what was asked for."""
        return self.accepts_email and self.contact_preference != "post"

    @property
    def display_name(self) -> str:
        """The name shown to agents: organisation, else given names and name, else an address, else a plain word."""
        person = f"{self.given_names} {self.usage_name or self.family_name}".strip()
        return self.organisation or person or self.email or self.phone or "Personne non identifiée"


class CitizenIdentity(BelongsToAuthority, Model):
    """A link between a citizen and an identity provider; its key is (issuer, subject), never the e-mail."""

    __tablename__ = "citizen_identities"
    __table_args__ = (UniqueConstraint("authority_id", "issuer", "subject"),)

    id: Mapped[Id]
    citizen_id: Mapped[int] = mapped_column(Number, ForeignKey("citizens.id"), index=True)
    issuer: Mapped[Label]
    subject: Mapped[Label]
    provider: Mapped[Code]
    claims: Mapped[Data] = mapped_column(default=dict)
    linked_at: Mapped[At]
    last_login_at: Mapped[At]


class CitizenMerge(BelongsToAuthority, Model):
    """Two sheets that became one, on whose proof, and everything that moved: enough to undo it exactly.

    `reason` is what an agent saw, when an agent joined them.
    `moved` lists ids by table, and the attributes that the kept sheet took, with what it had before.
    """

    __tablename__ = "citizen_merges"

    id: Mapped[Id]
    kept_id: Mapped[int] = mapped_column(Number, ForeignKey("citizens.id"), index=True)
    merged_id: Mapped[int] = mapped_column(Number, ForeignKey("citizens.id"), index=True)
    proof: Mapped[Code]
    reason: Mapped[LongText] = mapped_column(default="", server_default="")
    moved: Mapped[Data] = mapped_column(default=dict)
    merged_at: Mapped[At]
    merged_by: Mapped[Label]
    undone_at: Mapped[datetime | None] = mapped_column(Instant)
    undone_by: Mapped[Label] = mapped_column(default="")
    undone_reason: Mapped[LongText] = mapped_column(default="")


class CitizenMatchSetAside(BelongsToAuthority, Model):
    """A sheet that looked like that of an account's owner, who said that it is not: nobody is asked again."""

    __tablename__ = "citizen_matches_set_aside"
    __table_args__ = (UniqueConstraint("account_id", "sheet_id"),)

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(Number, ForeignKey("citizens.id"))
    sheet_id: Mapped[int] = mapped_column(Number, ForeignKey("citizens.id"))
    set_aside_at: Mapped[At]
    set_aside_by: Mapped[Label]


OF_ANOTHER_HOUSE = "|"
"""Between the address of an agent and the authority they also work for, in the key of the account they have there."""


class Staff(BelongsToAuthority, Model):
    """An agent: always a named account.

    `home_id`: the account, in another authority, of an agent of a shared service; such an account has no password.
    """

    __tablename__ = "staff"

    id: Mapped[Id]
    email: Mapped[Label] = mapped_column(unique=True)
    name: Mapped[Label]
    title: Mapped[Label] = mapped_column(default="")
    phone: Mapped[Code] = mapped_column(default="")
    password_hash: Mapped[Label] = mapped_column(default="", deferred=True)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    # No foreign key: SQLite adds none to a table with children.
    home_id: Mapped[int | None] = mapped_column(Number)
    created_at: Mapped[At]
    memberships: Mapped[list["Membership"]] = relationship(back_populates="staff", cascade="all, delete-orphan")

    @property
    def address(self) -> str:
        """Where we write to the agent: the account of somebody of another authority signs in under no address."""
        return self.email.partition(OF_ANOTHER_HOUSE)[0]


class Membership(BelongsToAuthority, Model):
    """A role held in a department, or in the whole authority when `department_id` is empty."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("staff_id", "department_id", "role"),)

    id: Mapped[Id]
    staff_id: Mapped[int] = mapped_column(Number, ForeignKey("staff.id"), index=True)
    department_id: Mapped[int | None] = mapped_column(Number, ForeignKey("departments.id"), index=True)
    role: Mapped[Code]
    staff: Mapped[Staff] = relationship(back_populates="memberships")
    department: Mapped[Department | None] = relationship()


class WebSession(BelongsToAuthority, Model):
    """Somebody signed in: revocable, with an idle and an absolute end. Only a hash of the token is kept."""

    __tablename__ = "web_sessions"

    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    staff_id: Mapped[int | None] = mapped_column(Number, ForeignKey("staff.id"), index=True)
    citizen_id: Mapped[int | None] = mapped_column(Number, ForeignKey("citizens.id"), index=True)
    provider: Mapped[Code] = mapped_column(default="")
    # The address that a link proved, when that is all that was proved.
    address: Mapped[Label] = mapped_column(default="")
    id_token: Mapped[LongText] = mapped_column(default="", deferred=True)
    user_agent: Mapped[Label] = mapped_column(default="")
    # The beginning of the address it was opened from: enough to be recognised, not to say where somebody lives.
    network: Mapped[Label] = mapped_column(default="")
    # What is still to be proved before it opens anything ("factor", "enrolment"; empty: nothing).
    step: Mapped[Code] = mapped_column(default="")
    # What proved a second time who it is ("totp", "passkey", "recovery", "provider"; empty: nothing did).
    second_factor: Mapped[Code] = mapped_column(default="")
    # What a passkey is asked to sign, once.
    challenge: Mapped[Label] = mapped_column(default="")
    created_at: Mapped[At]
    seen_at: Mapped[At]
    expires_at: Mapped[At]
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    # When its owner last proved to be there: dangerous acts ask for it again.
    proved_at: Mapped[datetime | None] = mapped_column(Instant)
    locked_at: Mapped[datetime | None] = mapped_column(Instant)
    # The session, on the site of the agent's own authority, that this one follows: it ends with it.
    opened_from_id: Mapped[int | None] = mapped_column(Number)
    # Until when an administrator reads cases from here (services.emergency).
    emergency_until: Mapped[datetime | None] = mapped_column(Instant)


class SignInAttempt(BelongsToAuthority, Model):
    """A sign-in under way at an identity provider: bound to one browser, used once, ten minutes at most."""

    __tablename__ = "sign_in_attempts"

    id: Mapped[Id]
    state_hash: Mapped[str] = mapped_column(String(64), unique=True)
    browser_hash: Mapped[str] = mapped_column(String(64), index=True)
    provider: Mapped[Code]
    nonce: Mapped[Label]
    code_verifier: Mapped[Label] = mapped_column(default="")
    next_path: Mapped[Label] = mapped_column(default="")
    # What the provider said of somebody not known here yet, sealed, while they are asked to confirm.
    received: Mapped[LongText] = mapped_column(default="")
    created_at: Mapped[At]


class OneTimeSecret(BelongsToAuthority, Model):
    """A link or a code sent to an address, which proves it once: only a keyed hash of it is kept.

    `recipient_key` and `network_key` are keyed hashes too: they count what was asked, and say nothing of who asked.
    """

    __tablename__ = "one_time_secrets"
    __table_args__ = (
        Index("ix_one_time_secrets_recipient", "recipient_key", "created_at"),
        Index("ix_one_time_secrets_network", "network_key", "created_at"),
    )

    id: Mapped[Id]
    purpose: Mapped[Code]
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    recipient: Mapped[Label]
    recipient_key: Mapped[str] = mapped_column(String(64))
    network_key: Mapped[str] = mapped_column(String(64))
    next_path: Mapped[Label] = mapped_column(default="")
    created_at: Mapped[At]
    expires_at: Mapped[At]
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class FailedSignIn(Model):
    """One refused sign-in, counted per account and per address (both as keyed hashes: no personal data)."""

    __tablename__ = "failed_sign_ins"
    __table_args__ = (Index("ix_failed_sign_ins_key_at", "key", "at"),)

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(64))
    at: Mapped[At]
