"""Who is looking: clients that are signed in."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backoffice.infra.runtime import Runtime
from backoffice.services import accounts
from backoffice.web.access import STAFF_COOKIE
from tests import factories
from tests.services import identity_provider as op
from tests.services.identity_provider import FaultyProvider

SignedIn = Callable[[str], FlaskClient]


@pytest.fixture
def house(app: Flask) -> Runtime:
    """The tools of the application."""
    found: Runtime = app.extensions["parvis"]
    return found


@pytest.fixture
def signed_in(app: Flask) -> SignedIn:
    """A browser where this member of the starter staff is signed in; forms need no proof of origin here."""
    app.config["WTF_CSRF_ENABLED"] = False

    def sign_in(first_name: str) -> FlaskClient:
        runtime = app.extensions["parvis"]
        with runtime.database.transaction() as session:
            staff = factories.staff_named(session, first_name)
            token = accounts.open_session(session, runtime, staff=staff)
        client = app.test_client()
        client.set_cookie(STAFF_COOKIE, token)
        return client

    return sign_in


@pytest.fixture(scope="module")
def provider_of_module() -> Iterator[FaultyProvider]:
    """The identity provider of a module's tests; they take `provider`."""
    with op.running() as found:
        yield found


@pytest.fixture
def provider(provider_of_module: FaultyProvider) -> FaultyProvider:
    """An identity provider, honest until told otherwise."""
    provider_of_module.be_honest()
    return provider_of_module
