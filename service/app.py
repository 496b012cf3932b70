"""The application factory; nothing happens at import."""

import time
from collections.abc import Callable
from datetime import date, datetime, tzinfo
from functools import partial
from typing import TYPE_CHECKING

from flask import Flask

from cobalamin.service.access.before_request import check_routes, install_authentication
from cobalamin.service.access.cors import ANY_ORIGIN, cors_headers, install_cors
from cobalamin.service.assembly import build_authenticator, build_fhir_fetcher
from cobalamin.service.cds_hooks.views import cds_hooks
from cobalamin.service.http.api_docs import api_docs_blueprint
from cobalamin.service.http.app_context import KEY, AppContext
from cobalamin.service.http.errors import install_error_handlers
from cobalamin.service.http.flask_app import FlaskApp
from cobalamin.service.http.health import health_blueprint
from cobalamin.service.http.middleware import install_response_headers
from cobalamin.service.http.server_environ import install_admission, install_refusals
from cobalamin.service.http.shared_slots import SharedSlots
from cobalamin.service.identifiers import new_id
from cobalamin.service.knowledge.profile import Profiles
from cobalamin.service.knowledge.profile_list import profile_ids
from cobalamin.service.knowledge.site import load_site
from cobalamin.service.lab.fhir_operation.view import fhir
from cobalamin.service.lab.hl7v2.view import hl7v2
from cobalamin.service.lab.views import lab
from cobalamin.service.pages.views import topic_pages_blueprint
from cobalamin.service.records.feedback_store import LazyFeedbackStore
from cobalamin.service.server.limits import LIMITS, MAX_BODY_BYTES, ServerLimits
from cobalamin.service.settings import Settings

if TYPE_CHECKING:
    from cobalamin.service.access.registry import Registry


def create_app(
    settings: Settings,
    *,
    today: Callable[[], date] | None = None,
    new_id: Callable[[], str] = new_id,
    now: Callable[[], float] = time.time,
) -> Flask:
    """Build the application; clocks and id generator are arguments for repeatable tests.

    Raises:
        KnowledgeError: a knowledge file is invalid; the message names file and key.
        SettingsError: the client registry or the database is not usable.
    """
    registry = _load_registry(settings)
    app = FlaskApp(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    site = load_site(settings.site) if settings.site else None
    ctx = AppContext(
        settings=settings,
        profiles=Profiles(profile_ids(), _profiles_in_use(settings, registry), site),
        today=today or partial(_today_in, settings.time_zone),
        new_id=new_id,
        batch_slots=SharedSlots(settings.batch_concurrency),
    )
    app.extensions[KEY], app.extensions[LIMITS] = ctx, ServerLimits.from_settings(settings)
    install_response_headers(
        app, cors_headers(registry.origins if registry else frozenset({ANY_ORIGIN}))
    )
    install_error_handlers(app)
    install_refusals(app)
    install_cors(app)
    if registry:
        install_authentication(app, build_authenticator(registry, settings, now))
    install_admission(app)
    feedback_store = LazyFeedbackStore(settings.database_url)
    hooks = cds_hooks(ctx, build_fhir_fetcher(registry, settings), feedback_store.save)
    for blueprint in (
        *(health_blueprint(), topic_pages_blueprint(), api_docs_blueprint()),
        *(hooks, lab(), hl7v2(), fhir()),
    ):
        app.register_blueprint(blueprint)
    check_routes(app)
    return app


def _today_in(zone: tzinfo) -> date:
    return datetime.now(zone).date()


def _load_registry(settings: Settings) -> "Registry | None":
    if settings.clients is None:
        return None
    # Imported here because it is slow, and not every service has clients.
    from cobalamin.service.access.registry import load_registry  # noqa: PLC0415

    return load_registry(settings)


def _profiles_in_use(settings: Settings, registry: "Registry | None") -> set[str]:
    clients = () if registry is None else registry.clients
    return {settings.profile, *(client.profile for client in clients)}
