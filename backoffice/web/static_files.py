"""Styles, scripts and fonts: compressed once a process, and kept by browsers for as long as their address lives."""

import gzip
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request

ONE_YEAR = 365 * 24 * 3600
COMPRESSED = frozenset({".css", ".js", ".svg"})
FONT = ".woff2"  # asked for by the styles, without a fingerprint: another font is another file name
SMALLEST = 512


def install(app: Flask) -> None:
    """Serve text compressed to browsers that take it; an address with its fingerprint (`v`) never changes content."""
    folder = Path(app.static_folder or "static")

    @app.after_request
    def lighten(response: Response) -> Response:
        if request.endpoint != "static":
            return response
        if response.status_code == 304:
            _close(response.response)  # its bytes are not sent, and the server closes only what it sends
        if response.status_code != 200:
            return response
        name = (request.view_args or {}).get("filename", "")
        path = folder / name
        if "v" in request.args or path.suffix == FONT:
            response.cache_control.no_cache = None
            response.cache_control.public = True
            response.cache_control.max_age = ONE_YEAR
            response.cache_control.immutable = True
        found = path.stat()
        if path.suffix not in COMPRESSED or found.st_size < SMALLEST:
            _hold(response, _plain(path, found.st_mtime_ns))
            return response
        response.vary.add("Accept-Encoding")
        if not request.accept_encodings["gzip"]:
            _hold(response, _plain(path, found.st_mtime_ns))
        else:
            _hold(response, _compressed(path, found.st_mtime_ns))
            response.headers["Content-Encoding"] = "gzip"
            # The bytes differ from the plain file: so must their name for caches.
            etag, _ = response.get_etag()
            response.set_etag(f"{etag}-gz")
            response.make_conditional(request)
        return response


def _hold(response: Response, content: bytes) -> None:
    """Answer with bytes of the memory: a browser that leaves in the middle then leaves no file open."""
    opened = response.response
    response.direct_passthrough = False
    response.set_data(content)
    _close(opened)


def _close(body: object) -> None:
    if hasattr(body, "close"):
        body.close()


@lru_cache(maxsize=64)
def _compressed(path: Path, _changed_at: int) -> bytes:
    return gzip.compress(path.read_bytes(), 9, mtime=0)


@lru_cache(maxsize=64)
def _plain(path: Path, _changed_at: int) -> bytes:
    return path.read_bytes()
