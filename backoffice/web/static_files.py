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
        if path.suffix not in COMPRESSED or path.stat().st_size < SMALLEST:
            return response
        response.vary.add("Accept-Encoding")
        if request.accept_encodings["gzip"]:
            response.direct_passthrough = False
            plain_file = response.response
            response.set_data(_compressed(path, path.stat().st_mtime_ns))
            _close(plain_file)
            response.headers["Content-Encoding"] = "gzip"
            # The bytes differ from the plain file: so must their name for caches.
            etag, _ = response.get_etag()
            response.set_etag(f"{etag}-gz")
            response.make_conditional(request)
        return response


def _close(body: object) -> None:
    if hasattr(body, "close"):
        body.close()


@lru_cache(maxsize=64)
def _compressed(path: Path, _changed_at: int) -> bytes:
    return gzip.compress(path.read_bytes(), 9, mtime=0)
