"""The web process's composition root: everything is built here and handed down."""

from pathlib import Path

from flask import Flask

from backoffice import cli
from backoffice.infra import logs, runtime
from backoffice.settings import Settings
from backoffice.web import (
    access,
    clean_input,
    errors,
    kiosk_bounds,
    languages,
    maintenance,
    maps,
    measuring,
    pages,
    security,
    site,
    static_files,
)
from channels import commands, http

HERE = Path(__file__).resolve().parent


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application from settings (from the environment when none are given)."""
    settings = settings or Settings.from_environment()
    logs.configure(settings)
    app = clean_input.CleanFlask("parvis", root_path=str(HERE), template_folder="templates", static_folder="static")
    app.extensions["parvis"] = runtime.build(settings)
    measuring.install(app, settings)
    maintenance.install(app, settings)
    maps.install(app)
    security.install(app, settings)
    kiosk_bounds.install(app)
    access.install(app)
    security.check_forms(app)
    languages.install(app)
    errors.install(app)
    pages.install(app)
    static_files.install(app)
    cli.install(app)
    app.cli.add_command(commands.mail_classify)
    for blueprint in (*site.BLUEPRINTS, *http.BLUEPRINTS):
        app.register_blueprint(blueprint)
    return app
