"""What a citizen's browser does to sign in with an identity provider."""

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.services import identity_provider as op
from tests.web.visits import post, words

WAY_IN = "/connexion"
SPACE = "/mon-espace"


def leave(client: FlaskClient, provider: str = "franceconnect", **fields: str) -> TestResponse:
    """Press a button of the sign-in page."""
    return post(client, f"{WAY_IN}/{provider}", fields, token_from=WAY_IN)


def come_back(
    client: FlaskClient, identity: str = "jeanne", provider: str = "franceconnect", **fields: str
) -> TestResponse:
    """Leave, choose somebody at the provider, come back."""
    left = leave(client, provider, **fields)
    assert left.status_code == 303, words(left.text)
    return client.get(op.choose(left.location, identity))


def sign_in(client: FlaskClient, identity: str = "jeanne", provider: str = "franceconnect") -> TestResponse:
    """Sign in, creating the account the first time."""
    back = come_back(client, identity, provider)
    assert back.status_code in {302, 303}, words(back.text)
    if back.location == f"{WAY_IN}/confirmation":
        back = post(client, back.location, {"choice": "accept"}, token_from=back.location)
    assert back.status_code == 303
    return back
