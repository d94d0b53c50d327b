"""Access tokens for mailboxes (OAuth 2.0, RFC 6749): asked for when needed, kept in memory while they last."""

import time
from threading import Lock

from backoffice.errors import Unavailable
from backoffice.settings import MailboxSettings

TIMEOUT_SECONDS = 15
# A token is asked for again before it ends, so that none ends on its way.
MARGIN_SECONDS = 60
USUAL_SECONDS = 600


class AccessTokens:
    """The tokens of one mailbox: by its refresh token, or by the credentials of the client alone."""

    def __init__(self, settings: MailboxSettings) -> None:
        self.settings = settings
        self._lock = Lock()
        self._token, self._ends = "", 0.0
        # Some endpoints give another refresh token with each answer; the one of the settings begins anew at each start.
        self._refresh = settings.refresh_token

    def current(self) -> str:
        """A token that still lasts; raise Unavailable with what to check."""
        with self._lock:
            if not self._token or time.monotonic() >= self._ends:
                self._ask()
            return self._token

    def forget(self) -> None:
        """The server refused this token: the next one is asked for."""
        with self._lock:
            self._token = ""

    def _ask(self) -> None:
        import requests  # noqa: PLC0415 (long to load, and few mailboxes have tokens)

        try:
            answer = requests.post(
                self.settings.token_url, data=self._form(), timeout=TIMEOUT_SECONDS, allow_redirects=False
            )
            said = answer.json()
        except (requests.RequestException, ValueError) as fault:
            raise Unavailable(
                f"Le serveur de jetons de cette boîte ne répond pas comme prévu ({type(fault).__name__})."
            ) from fault
        token = said.get("access_token") if isinstance(said, dict) else None
        if answer.status_code != 200 or not isinstance(token, str) or not token:
            code = str(said.get("error", answer.status_code))[:60] if isinstance(said, dict) else answer.status_code
            raise Unavailable(
                f"Le serveur de jetons refuse cette boîte (« {code} ») : vérifiez l’identifiant et le secret de "
                "l’application, ou donnez un nouveau jeton de renouvellement."
            )
        self._token = token
        self._refresh = str(said.get("refresh_token") or self._refresh)
        self._ends = time.monotonic() + max(0.0, _seconds(said.get("expires_in")) - MARGIN_SECONDS)

    def _form(self) -> dict[str, str]:
        form = {"client_id": self.settings.client_id, "grant_type": "client_credentials"}
        if self._refresh:
            form |= {"grant_type": "refresh_token", "refresh_token": self._refresh}
        if self.settings.client_secret:
            form["client_secret"] = self.settings.client_secret
        if self.settings.token_scope:
            form["scope"] = self.settings.token_scope
        return form


def _seconds(said: object) -> float:
    try:
        return float(str(said))
    except ValueError:
        return USUAL_SECONDS
