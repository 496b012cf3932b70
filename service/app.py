"""The application factory; nothing happens at import."""

import time
from collections.abc import Callable
from datetime import date, datetime, tzinfo
from functools import partial
from operator import attrgetter
from typing import cast

from flask import Flask

from cobalamin.service.access.authentication import Authenticator
from cobalamin.service.access.before_request import check_routes, install_authentication
from cobalamin.service.access.cors import ANY_ORIGIN, cors_headers, install_cors
from cobalamin.service.answers.topics import topic_codes
from cobalamin.service.assembly import ConfigurationLoader
from cobalamin.service.cds_hooks.signed import tell_signed_only
from cobalamin.service.cds_hooks.views import cds_hooks
from cobalamin.service.http.access_log import install_access_log
from cobalamin.service.http.api_docs import api_docs_blueprint
from cobalamin.service.http.app_context import (
    AppContext,
    Configuration,
    current_configuration,
    install_configuration,
)
from cobalamin.service.http.errors import install_error_handlers
from cobalamin.service.http.flask_app import FlaskApp
from cobalamin.service.http.health import health_blueprint
from cobalamin.service.http.middleware import install_response_headers
from cobalamin.service.http.modes import install_modes
from cobalamin.service.http.server_environ import install_admission, install_refusals
from cobalamin.service.http.shared_slots import SharedSlots
from cobalamin.service.identifiers import new_id
from cobalamin.service.lab.fhir_operation.view import fhir
from cobalamin.service.lab.hl7v2.view import hl7v2
from cobalamin.service.lab.views import lab
from cobalamin.service.modes import Modes, load_modes
from cobalamin.service.pages.views import pages_blueprint
from cobalamin.service.records.audit.opening import open_audit_trail
from cobalamin.service.records.feedback_store import LazyFeedbackStore
from cobalamin.service.reloading import ReloadedValue
from cobalamin.service.server.limits import LIMITS, MAX_BODY_BYTES, ServerLimits
from cobalamin.service.server.metrics_installation import install_metrics
from cobalamin.service.settings import Settings
from cobalamin.service.tracing.installation import install_tracing


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
    app = FlaskApp(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    configuration = build_configuration(settings, today=today, new_id=new_id, now=now)
    app.extensions[LIMITS] = ServerLimits.from_settings(settings)
    install_response_headers(app, cors_headers(partial(_allowed_origins, configuration)))
    modes = follow_modes(settings, configuration.value.context)
    install_metrics(app, settings, configuration, modes)
    install_tracing(settings)
    install_access_log(app, is_logged=settings.access_log)
    install_error_handlers(app)
    install_configuration(app, configuration)
    install_modes(app, modes)
    install_refusals(app)
    install_cors(app)
    if settings.clients is not None:
        install_authentication(app, _current_authenticator)
    install_admission(app)
    _register_blueprints(app, settings)
    check_routes(app)
    tell_signed_only(configuration.value.context)
    return app


def build_configuration(
    settings: Settings,
    *,
    today: Callable[[], date] | None = None,
    new_id: Callable[[], str] = new_id,
    now: Callable[[], float] = time.time,
) -> ReloadedValue[Configuration]:
    """Build what follows from the client registry and the site file, and follows them.

    Raises:
        KnowledgeError: a knowledge file is invalid; the message names file and key.
        SettingsError: the client registry or the database is not usable.
    """
    context = partial(
        AppContext,
        today=today or partial(_today_in, settings.time_zone),
        now=now,
        new_id=new_id,
        batch_slots=SharedSlots(settings.batch_concurrency),
        audit=open_audit_trail(settings, now),
    )
    return ReloadedValue(
        "the client registry or site file",
        ConfigurationLoader(settings, context, now),
        attrgetter("files"),
    )


def follow_modes(settings: Settings, ctx: AppContext) -> ReloadedValue[Modes] | None:
    """The modes file as it is; None if none is set."""
    file = settings.modes
    if file is None:
        return None
    topics = topic_codes(ctx.profiles[settings.profile].wording)
    return ReloadedValue("the modes file", lambda: load_modes(file, topics), lambda _: (file,))


def _register_blueprints(app: Flask, settings: Settings) -> None:
    feedback_store = LazyFeedbackStore(settings.database_url)
    hooks = cds_hooks(settings, feedback_store.save)
    for blueprint in (
        *(health_blueprint(), pages_blueprint(), api_docs_blueprint()),
        *(hooks, lab(), hl7v2(), fhir()),
    ):
        app.register_blueprint(blueprint)


def _today_in(zone: tzinfo) -> date:
    return datetime.now(zone).date()


def _allowed_origins(configuration: ReloadedValue[Configuration]) -> frozenset[str]:
    registry = configuration.value.registry
    return frozenset({ANY_ORIGIN}) if registry is None else registry.origins


def _current_authenticator() -> Authenticator:
    return cast("Authenticator", current_configuration().authenticator)
