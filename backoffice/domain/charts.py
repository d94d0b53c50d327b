"""What a chart shows, whatever draws it (page, paper): values, their table, and where each goes on the drawing."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, cos, radians

from backoffice.domain.addresses import Point
from backoffice.domain.polygons import Outline, Ring

Number = int | float
Row = tuple[str | Number | None, ...]

SHADES = 5
"""How many shades tell values apart, 0 being for nothing."""
MAP_WIDTH = 600
"""Units of a drawn map, from west to east."""
_PLACES = 1


@dataclass(frozen=True, slots=True)
class Bars:
    """One bar a label; values are never negative."""

    code: str
    title: str
    description: str
    headings: tuple[str, str]
    bars: tuple[tuple[str, Number], ...]
    kind: str = "bars"

    @property
    def rows(self) -> tuple[Row, ...]:
        """The table of the same values."""
        return self.bars


@dataclass(frozen=True, slots=True)
class Lines:
    """Some series over the same labels, three at most: they are told apart by dash and mark as well as colour."""

    code: str
    title: str
    description: str
    label_heading: str
    labels: tuple[str, ...]
    series: tuple[tuple[str, tuple[Number, ...]], ...]
    kind: str = "lines"

    @property
    def headings(self) -> tuple[str, ...]:
        """The columns of the table."""
        return (self.label_heading, *(name for name, _ in self.series))

    @property
    def rows(self) -> tuple[Row, ...]:
        """The table of the same values."""
        return tuple(zip(self.labels, *(values for _, values in self.series), strict=True))


@dataclass(frozen=True, slots=True)
class HeatMap:
    """How much at each crossing of two scales, the darker the more: `values[line][column]`.

    Its table has a row for each column of the drawing: a sheet of paper and a telephone are higher than wide.
    """

    code: str
    title: str
    description: str
    label_heading: str
    lines: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[Number, ...], ...]
    kind: str = "heat"

    @property
    def headings(self) -> tuple[str, ...]:
        """The columns of the table."""
        return (self.label_heading, *self.lines)

    @property
    def rows(self) -> tuple[Row, ...]:
        """The table of the same values."""
        return tuple(zip(self.columns, *self.values, strict=True))

    @property
    def shades(self) -> tuple[tuple[int, ...], ...]:
        """The shade of each crossing, from 0 (nothing) to SHADES."""
        top = max((value for line in self.values for value in line), default=0)
        return tuple(tuple(shade(value, top) for value in line) for line in self.values)


@dataclass(frozen=True, slots=True)
class Area:
    """A part of a map: its value, and its outlines when they were drawn."""

    name: str
    value: Number
    outlines: tuple[Outline, ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """An area as it is drawn: its number on the map, an SVG path, its shade, and where the number is written."""

    number: int
    path: str
    shade: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class AreaMap:
    """How much in each area, the darker the more; what has no outline is in the table alone."""

    code: str
    title: str
    description: str
    headings: tuple[str, str]
    areas: tuple[Area, ...]
    kind: str = "map"

    @property
    def drawn(self) -> tuple[Area, ...]:
        """The areas that have an outline, in the order of their numbers on the map."""
        return tuple(area for area in self.areas if area.outlines)

    @property
    def rows(self) -> tuple[Row, ...]:
        """The table of the same values, with the numbers of the map first."""
        drawn = tuple((f"{number}. {area.name}", area.value) for number, area in enumerate(self.drawn, 1))
        return (*drawn, *((area.name, area.value) for area in self.areas if not area.outlines))

    @property
    def height(self) -> float:
        """Units of the drawing from north to south, for MAP_WIDTH from west to east."""
        return _Ground.of(self.drawn).height

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """What is drawn, north up."""
        ground, top = _Ground.of(self.drawn), max((area.value for area in self.drawn), default=0)
        return tuple(ground.shape(number, area, top) for number, area in enumerate(self.drawn, 1))


Chart = Bars | Lines | HeatMap | AreaMap


def shade(value: Number, top: Number) -> int:
    """The shade of a value beside the highest: 0 for nothing, then 1 to SHADES by equal steps."""
    return 0 if value <= 0 or top <= 0 else min(SHADES, ceil(SHADES * value / top))


@dataclass(frozen=True, slots=True)
class _Ground:
    """What a map is drawn on: the north-west corner in degrees, units a degree of longitude and of latitude."""

    north: float
    west: float
    across: float
    down: float
    height: float

    @classmethod
    def of(cls, areas: Sequence[Area]) -> "_Ground":
        boxes = [outline.box for area in areas for outline in area.outlines]
        if not boxes:
            return cls(0, 0, 0, 0, 0)
        south, west = min(box[0] for box in boxes), min(box[1] for box in boxes)
        north, east = max(box[2] for box in boxes), max(box[3] for box in boxes)
        across = MAP_WIDTH / max(east - west, 1e-6)
        # A degree of longitude is shorter than one of latitude by the cosine of the latitude.
        down = across / max(cos(radians((south + north) / 2)), 0.01)
        return cls(north, west, across, down, round((north - south) * down, _PLACES))

    def shape(self, number: int, area: Area, top: Number) -> Shape:
        path = " ".join(self._ring(ring) for outline in area.outlines for ring in outline.rings)
        south, west, north, east = max((one.box for one in area.outlines), key=_size)
        x, y = self._place(Point((south + north) / 2, (west + east) / 2))
        return Shape(number, path, shade(area.value, top), x, y)

    def _ring(self, ring: Ring) -> str:
        places = (self._place(point) for point in ring)
        return f"M{' L'.join(f'{x:g} {y:g}' for x, y in places)} Z"

    def _place(self, point: Point) -> tuple[float, float]:
        across, down = (point.longitude - self.west) * self.across, (self.north - point.latitude) * self.down
        return round(across, _PLACES), round(down, _PLACES)


def _size(box: tuple[float, float, float, float]) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])
