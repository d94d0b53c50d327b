"""Serves the style guide on this machine under the strict security policy of the product."""

import mimetypes
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from tests.web.styleguide_pages import PAGES, ROOT, environment

POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"


class Handler(BaseHTTPRequestHandler):
    """A page of the style guide, or a file of static/."""

    pages = environment()

    def do_GET(self) -> None:
        """Answer one page or file."""
        path = self.path.partition("?")[0]
        file = ROOT / path.lstrip("/")
        if path in PAGES:
            self._answer(PAGES[path](self.pages).encode(), "text/html; charset=utf-8")
        elif path.startswith("/static/") and file.is_file():
            self._answer(file.read_bytes(), mimetypes.guess_type(path)[0] or "application/octet-stream")
        else:
            self.send_error(404)

    def log_message(self, *arguments: object) -> None:
        """Keep the tests' output quiet."""

    def _answer(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def running() -> Iterator[str]:
    """The address of the style guide, as long as the block lasts."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
