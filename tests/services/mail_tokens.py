"""A token endpoint for mailboxes (OAuth 2.0), and the introspection that a mail server asks about its tokens."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Thread
from urllib.parse import parse_qs, urlsplit

REFRESH, SECRET = "jeton-de-renouvellement", "secret-de-l-application"


class TokenServer:
    """Gives a token for the right refresh token, or the right secret; `revoke` makes every one given so far useless."""

    def __init__(self) -> None:
        self.valid: dict[str, str] = {}
        self.asked = Counter[str]()
        self.seconds = 3600
        self.numbers = count(1)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def revoke(self) -> None:
        """No token given until now opens anything."""
        self.valid.clear()

    def answer(self, form: dict[str, str]) -> tuple[int, dict[str, object]]:
        """What the endpoint says to a form; the client's identifier is the user whose mailbox the token opens."""
        grant = form.get("grant_type", "")
        self.asked[grant] += 1
        by_refresh = grant == "refresh_token" and form.get("refresh_token") == REFRESH
        if not by_refresh and not (grant == "client_credentials" and form.get("client_secret") == SECRET):
            return 400, {"error": "invalid_grant", "error_description": "secret that must never be shown"}
        token = f"jeton-{next(self.numbers)}"
        self.valid[token] = form["client_id"]
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": self.seconds}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        house = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                form = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
                self._say(*house.answer(form))

            def do_GET(self) -> None:
                token = parse_qs(urlsplit(self.path).query).get("token", [""])[0]
                user = house.valid.get(token)
                self._say(200, {"active": "true", "username": user} if user else {"active": "false"})

            def _say(self, code: int, said: dict[str, object]) -> None:
                body = json.dumps(said).encode()
                self.send_response(code)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler


@contextmanager
def running() -> Iterator[TokenServer]:
    """An endpoint that lives as long as the block."""
    tokens = TokenServer()
    thread = Thread(target=tokens.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield tokens
    finally:
        tokens.server.shutdown()
        thread.join()
        tokens.server.server_close()
