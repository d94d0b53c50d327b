"""Which department a new case goes to, and the reason shown on the case."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Route:
    """A department and why."""

    department_id: int
    reason: str


def route(procedure_department: int | None, door_department: int | None, triage_department: int) -> Route:
    """The procedure decides; failing that the door it came through; failing that the department that sorts."""
    if procedure_department is not None:
        return Route(procedure_department, "Service chargé de la démarche")
    if door_department is not None:
        return Route(door_department, "Service destinataire du message")
    return Route(triage_department, "À orienter : aucune démarche n’est encore choisie")
