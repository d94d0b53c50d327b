"""Every blueprint of the back-office: a new page is one file and one line here."""

from flask import Blueprint

from backoffice.web import (
    admin_departments,
    admin_jobs,
    admin_procedures,
    admin_staff,
    health,
    staff_sign_in,
    supervision,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    health.pages,
    staff_sign_in.pages,
    supervision.pages,
    admin_departments.pages,
    admin_staff.pages,
    admin_procedures.pages,
    admin_jobs.pages,
)
