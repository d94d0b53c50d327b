"""What charts draw: the same values as their tables, shades by equal steps, and a map with north up."""

from backoffice.domain.charts import MAP_WIDTH, SHADES, Area, AreaMap, HeatMap, Lines, shade
from backoffice.domain.polygons import from_data


def a_square(west: float, south: float, side: float) -> Area:
    east, north = west + side, south + side
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return Area(f"Quartier {west:g}", round(west), (from_data([ring]),))


def test_nothing_has_the_lightest_shade_and_the_highest_value_the_darkest() -> None:
    assert [shade(value, 50) for value in (0, 1, 10, 11, 49, 50)] == [0, 1, 1, 2, SHADES, SHADES]
    assert shade(0, 0) == 0


def test_the_table_of_a_chart_has_a_row_for_each_label_and_a_column_for_each_series() -> None:
    lines = Lines("x", "Flux", "…", "Mois", ("mars", "avril"), (("Reçues", (3, 4)), ("Terminées", (1, 5))))
    assert (lines.headings, lines.rows) == (("Mois", "Reçues", "Terminées"), (("mars", 3, 1), ("avril", 4, 5)))
    heat = HeatMap("y", "Heures", "…", "Heure", ("Lun.", "Mar."), ("8 h", "9 h"), ((0, 5), (10, 1)))
    assert (heat.headings, heat.rows) == (("Heure", "Lun.", "Mar."), (("8 h", 0, 10), ("9 h", 5, 1)))
    assert heat.shades == ((0, 3), (5, 1))


def test_a_map_is_drawn_north_up_and_as_wide_as_it_is_on_the_ground() -> None:
    # Near 60° north, a degree of longitude is half as long as one of latitude: two make a square of one.
    drawn = AreaMap("z", "Quartiers", "…", ("Quartier", "Demandes"), (a_square(0, 60, 1), a_square(1, 60, 1)))
    assert 0 < drawn.height - MAP_WIDTH < 10
    west, east = drawn.shapes
    assert west.path.startswith(f"M0 {drawn.height:g} L300 {drawn.height:g} L300 0")
    assert (west.shade, east.shade, east.x) == (0, SHADES, 450)


def test_what_has_no_outline_is_in_the_table_of_a_map_alone() -> None:
    outside = Area("Hors des quartiers", 7)
    chart = AreaMap("z", "Quartiers", "…", ("Quartier", "Demandes"), (outside, a_square(3, 47, 1)))
    assert chart.rows == (("1. Quartier 3", 3), ("Hors des quartiers", 7))
    assert [shape.number for shape in chart.shapes] == [1]
    assert AreaMap("z", "Quartiers", "…", ("Quartier", "Demandes"), (outside,)).shapes == ()
