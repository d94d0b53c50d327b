"""Every blueprint of the back-office: a new page is one file and one line here."""

from flask import Blueprint

from backoffice.web import health

BLUEPRINTS: tuple[Blueprint, ...] = (health.pages,)
