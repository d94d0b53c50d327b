"""What a page with a map may do that no other does: ask where the device is, and show the tiles of another site."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Flask, Response, g

from backoffice.domain.addresses import Point, read_point
from backoffice.web.current import authority, runtime
from backoffice.web.security import CONTENT_SECURITY_POLICY, HEADERS

POSITION = HEADERS["Permissions-Policy"].replace("geolocation=()", "geolocation=(self)")
IMAGES = next(rule for rule in CONTENT_SECURITY_POLICY if rule.startswith("img-src"))


@dataclass(frozen=True, slots=True)
class MapView:
    """The map of this installation: its tiles (none: a plain ground), their credit, and where it opens."""

    tiles: str
    credit: str
    centre: Point | None


def install(app: Flask) -> None:
    """Loosen, on the pages that show a map, what is refused everywhere else; before the other headers are set."""
    app.context_processor(lambda: {"map_here": show})

    @app.after_request
    def loosen(response: Response) -> Response:
        if not g.get("has_map"):
            return response
        response.headers["Permissions-Policy"] = POSITION
        tiles = urlsplit(runtime().settings.tiles_url)
        if tiles.netloc:
            policy = response.headers["Content-Security-Policy"]
            # Leaflet empties a tile that it drops with a picture of its own, a data: address.
            widened = f"{IMAGES} data: {tiles.scheme}://{tiles.netloc}"
            response.headers["Content-Security-Policy"] = policy.replace(IMAGES, widened)
        return response


def show() -> MapView:
    """The map, for the page being made: from now on its answer has what a map needs."""
    g.has_map = True
    settings = runtime().settings
    return MapView(settings.tiles_url, settings.tiles_credit, centre())


def centre() -> Point | None:
    """The middle of the authority's territory, if it was said."""
    latitude, _, longitude = str(authority().details.get("centre", "")).partition(",")
    return read_point(latitude, longitude)
