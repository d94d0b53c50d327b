"""The doors of HTTP: every channel that comes in by a page or an address of ours."""

from flask import Blueprint

BLUEPRINTS: tuple[Blueprint, ...] = ()
