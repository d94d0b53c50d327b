"""What an identity provider brings back, checked in the order of the protocol; every refusal is one failure."""

from typing import TYPE_CHECKING

from flask import request

from backoffice.errors import Invalid
from backoffice.web.sign_in_failures import Failure, SignInFailed, failure_of

if TYPE_CHECKING:
    from backoffice.web.oidc import ProviderClient


def check(client: "ProviderClient") -> None:
    """State was checked first; then who answers (RFC 9207), then whether it is an error. Raise SignInFailed."""
    issuer = request.args.get("iss")
    if issuer != client.provider.issuer and (issuer is not None or client.promises_issuer()):
        raise SignInFailed(Failure.EXPIRED, "iss")
    if "error" in request.args:
        error = request.args["error"]
        raise SignInFailed(failure_of(error), error[:40])
    if "code" not in request.args:
        raise SignInFailed(Failure.EXPIRED, "no code")


def as_failure(error: Exception) -> SignInFailed:
    """Whatever the HTTP client, the token or the claims raised, as the failure that people are told of."""
    if isinstance(error, SignInFailed):
        return error
    failure = Failure.REFUSED if isinstance(error, Invalid) else Failure.UNAVAILABLE
    return SignInFailed(failure, type(error).__name__)
