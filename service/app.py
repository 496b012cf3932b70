"""Wires the doors to one context; nothing happens at import."""

import time
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from flask import Flask

from cobalamin.service.access.before_request import check_routes, register_guard
from cobalamin.service.access.cors import ANY, cors_headers, register_cors
from cobalamin.service.assembly import open_gate, open_servers
from cobalamin.service.cds_hooks.views import cds_hooks
from cobalamin.service.http.api_docs import reference
from cobalamin.service.http.app_context import KEY, Context
from cobalamin.service.http.errors import register_errors
from cobalamin.service.http.flask_app import Application
from cobalamin.service.http.health import health
from cobalamin.service.http.middleware import install_response_headers
from cobalamin.service.http.topic_pages import why
from cobalamin.service.identifiers import new_id
from cobalamin.service.knowledge.profile import Profiles
from cobalamin.service.knowledge.site import load_site
from cobalamin.service.lab.fhir_operation.view import fhir
from cobalamin.service.lab.hl7v2.view import hl7v2
from cobalamin.service.lab.views import lab
from cobalamin.service.records.feedback_store import Kept
from cobalamin.service.settings import PROFILES, Settings

if TYPE_CHECKING:
    from cobalamin.service.access.registry import Registry

LARGEST_BODY = 8 * 1024 * 1024


def create_app(
    settings: Settings,
    *,
    today: Callable[[], date] = date.today,
    new_id: Callable[[], str] = new_id,
    now: Callable[[], float] = time.time,
) -> Flask:
    """The application; clocks and identifiers are arguments so that answers can be repeated.

    Raises:
        KnowledgeError: a knowledge file is wrong; the message names file and key.
        SettingsError: the client registry or the database must not be used.
    """
    registry = _registry(settings)
    app = Application(__name__)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    site = load_site(settings.site) if settings.site else None
    here = Context(
        settings=settings,
        profiles=Profiles(PROFILES, _in_use(settings, registry), site),
        today=today,
        new_id=new_id,
    )
    app.extensions[KEY] = here
    install_response_headers(app, cors_headers(registry.origins if registry else frozenset({ANY})))
    register_errors(app)
    register_cors(app)
    if registry:
        register_guard(app, open_gate(registry, settings, now))
    kept = Kept(settings.database_url)
    app.register_blueprint(health())
    app.register_blueprint(why())
    app.register_blueprint(reference())
    app.register_blueprint(cds_hooks(here, open_servers(registry, settings), kept.keep))
    app.register_blueprint(lab())
    app.register_blueprint(hl7v2())
    app.register_blueprint(fhir())
    check_routes(app)
    return app


def _registry(settings: Settings) -> "Registry | None":
    if settings.clients is None:
        return None
    # Here, because reading credentials is slow to import, and not every service has clients.
    from cobalamin.service.access.registry import load_registry  # noqa: PLC0415

    return load_registry(settings)


def _in_use(settings: Settings, registry: "Registry | None") -> set[str]:
    clients = () if registry is None else registry.clients
    return {settings.profile, *(client.profile for client in clients)}
