"""Why a sign-in at a provider came to nothing: what the person reads, with which status, and what the logs keep."""

from enum import Enum

from backoffice.domain.wording import Wording

OUR_MISTAKES = frozenset(
    {
        "invalid_request",
        "invalid_scope",
        "invalid_acr",
        "unauthorized_client",
        "unsupported_response_type",
        "invalid_client",
    }
)
DOWN = frozenset({"server_error", "temporarily_unavailable"})


class Failure(Enum):
    """The refusals of franceconnect.md §1.10: HTTP status, sentence (`{name}` is the provider), level in the logs."""

    INTERRUPTED = (
        200,
        Wording("Vous avez interrompu la connexion. Vous pouvez réessayer, ou continuer sans compte."),
        "info",
    )
    UNAVAILABLE = (503, Wording("{name} ne répond pas pour le moment. Réessayez, ou continuez sans compte."), "warning")
    MISCONFIGURED = (503, Wording("{name} ne répond pas pour le moment. Réessayez, ou continuez sans compte."), "error")
    EXPIRED = (400, Wording("Cette tentative de connexion a expiré. Recommencez, ou continuez sans compte."), "info")
    REFUSED = (400, Wording("Cette tentative de connexion a expiré. Recommencez, ou continuez sans compte."), "error")
    LEVEL = (
        403,
        Wording(
            "Cette identité n’est pas assez vérifiée. Connectez-vous avec un autre compte, ou continuez sans compte."
        ),
        "warning",
    )

    def __init__(self, status: int, sentence: str, level: str) -> None:
        self.status = status
        self.sentence = sentence
        self.level = level


class SignInFailed(Exception):
    """A sign-in that ends here; `why` is for the logs alone, never a token, a code or a person's data."""

    def __init__(self, failure: Failure, why: str) -> None:
        super().__init__(why)
        self.failure = failure
        self.why = why


def failure_of(error: str) -> Failure:
    """What an `error` of the provider means for the person (franceconnect.md §1.10)."""
    if error == "access_denied":
        return Failure.INTERRUPTED
    if error in OUR_MISTAKES:
        return Failure.MISCONFIGURED
    return Failure.UNAVAILABLE if error in DOWN else Failure.EXPIRED
