"""The ground cut into squares of a hundred metres, so that a place is told without its door."""

import math

from backoffice.domain.addresses import EARTH_RADIUS, Point

SIDE = 100.0
"""Of a cell, in metres; its degrees of longitude are counted at its own latitude."""
DECIMALS = 5
"""Digits of the middle of a cell: about a metre."""
_STEP = SIDE / (math.tau * EARTH_RADIUS / 360)


def cell_of(point: Point) -> tuple[float, float]:
    """The middle of the cell that holds a point: latitude and longitude in degrees (WGS 84)."""
    latitude = _middle(point.latitude, _STEP)
    # All the cells of a row have the same width; near a pole, where nobody asks, they stop growing.
    wide = _STEP / max(math.cos(math.radians(latitude)), 0.01)
    return round(latitude, DECIMALS), round(_middle(point.longitude, wide), DECIMALS)


def _middle(degrees: float, step: float) -> float:
    return (math.floor(degrees / step) + 0.5) * step
