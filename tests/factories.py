"""Things that tests start from: plain functions with defaults, through the product's own doors where there is one."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.domain.incoming import ChannelCode, IncomingRequest, Sender
from backoffice.domain.policy import Actor
from backoffice.infra import runtime as runtimes
from backoffice.infra.runtime import Runtime
from backoffice.models.authorities import Authority
from backoffice.models.cases import Case
from backoffice.models.people import Staff
from backoffice.queries import people
from backoffice.services import accounts, intake
from backoffice.services.intake import Receipt
from backoffice.settings import Settings

PASSWORD = "quatre mots de passe demo"
SECRET = "a-secret-for-tests-that-is-long-enough-000"
numbers = itertools.count(1)


def some_settings(database_url: str, folder: Path, **changes: Any) -> Settings:
    """Settings of a throwaway installation, everything under `folder`."""
    settings = Settings(
        secret_keys=(SECRET,),
        database_url=database_url,
        broker_url=f"filesystem://{folder}/broker",
        storage_url=f"file://{folder}/files",
        var_dir=folder,
        mail_from="demandes@saint-aubin.example",
        mail_domain="saint-aubin.example",
    )
    return replace(settings, **changes)


def a_runtime(database_url: str, folder: Path, **changes: Any) -> Runtime:
    """The tools of a throwaway installation (its database has tables, and the starter catalogue when seeded)."""
    return runtimes.build(some_settings(database_url, folder, **changes))


def an_incoming(**changes: Any) -> IncomingRequest:
    """A web form about a hole in the road, by Jeanne Martin."""
    number = next(numbers)
    incoming = IncomingRequest(
        channel=ChannelCode.WEB_FORM,
        source_id=f"submission-{number}",
        received_at=datetime.now(UTC),
        sender=Sender(family_name="Martin", given_names="Jeanne", email="jeanne.martin@courriel.example"),
        subject="Nid-de-poule rue des Lilas",
        body="Un trou profond s’est formé devant le numéro 12.",
        procedure="street_issue",
    )
    return replace(incoming, **changes)


def a_receipt(runtime: Runtime, **changes: Any) -> Receipt:
    """The receipt of a request that was let in."""
    return intake.accept(runtime, an_incoming(**changes))


def a_case(session: Session, runtime: Runtime, **changes: Any) -> Case:
    """A case opened through the only door, in the caller's transaction."""
    receipt = intake.receive(session, runtime, an_incoming(**changes))
    return session.get_one(Case, receipt.case_id)


def the_authority(session: Session) -> Authority:
    """The authority of a seeded installation."""
    return session.scalars(select(Authority)).one()


def staff_named(session: Session, first_name: str) -> Staff:
    """A member of the starter staff by first name (Sandrine, Karim, Hélène…)."""
    found = session.scalars(select(Staff).where(Staff.name.startswith(first_name))).one()
    loaded = people.find_staff_with_memberships(session, found.id)
    assert loaded is not None
    return loaded


def actor_named(session: Session, first_name: str) -> Actor:
    """The same as the policy sees them."""
    return accounts.actor_of(staff_named(session, first_name))
