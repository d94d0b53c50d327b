"""Where addresses are looked up: a service like that of the Base Adresse Nationale, or a file of its addresses."""

from typing import Protocol
from urllib.parse import unquote, urlsplit

from backoffice.domain.addresses import KnownAddress, Point, StreetLine
from backoffice.infra.ban_file import BanFile


class Geocoder(Protocol):
    """Never raises, never takes more than two seconds: what cannot be known now is not known."""

    def search(self, text: str, near: Point | None = None) -> list[KnownAddress] | None:
        """The addresses that begin like this text, best first; those around `near` come before others alike.

        None when nobody can say now: that is not the same as no such address.
        """

    def nearest(self, point: Point) -> KnownAddress | None:
        """The address of a point, if one is within `NEAR_METRES`."""

    def plan(self, around: Point) -> list[StreetLine]:
        """The streets around a point, to draw a plan where no tiles are shown; nothing when they are not at hand."""


class NoGeocoder:
    """Nothing is configured: addresses are written by hand."""

    def search(self, text: str, near: Point | None = None) -> list[KnownAddress] | None:
        """No address: nobody is asked."""
        return []

    def nearest(self, point: Point) -> KnownAddress | None:
        """None."""
        return None

    def plan(self, around: Point) -> list[StreetLine]:
        """None."""
        return []


def open_geocoder(url: str) -> Geocoder:
    """The service at `https://…`, the file `file:///….csv`, or none; nothing is contacted or read until it is asked."""
    parts = urlsplit(url)
    if not url:
        return NoGeocoder()
    if parts.scheme == "file":
        return BanFile(unquote(parts.path))
    from backoffice.infra.ban_service import BanService  # noqa: PLC0415 (its HTTP client is long to load)

    return BanService(url)
