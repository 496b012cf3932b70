"""Settings of gunicorn: the only way in which the service is served.

`cobalamin serve` names this module, and so do `make run` and the container image by it.
"""

import gc
import os
import sys
from pathlib import Path
from typing import Any

from cobalamin.service.metrics.folder import delete_folder, make_folder
from cobalamin.service.server.limits import FINISH_SECONDS
from cobalamin.service.settings import EXIT_CODE, Settings, SettingsError, read_settings
from cobalamin.service.tracing.recording import TRACING

_MEMORY = Path("/dev/shm")  # noqa: S108 - heartbeat files only, made by gunicorn itself
_MARGIN_SECONDS = 5


def _load_settings() -> Settings:
    try:
        return read_settings(os.environ)
    except SettingsError as error:
        sys.stderr.write("".join(f"{problem}\n" for problem in error.problems))
        sys.exit(EXIT_CODE)


_settings = _load_settings()


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


bind = [_address(_settings.host, _settings.port)]
if _settings.metrics_port is not None:
    bind.append(_address(_settings.metrics_host, _settings.metrics_port))
    make_folder()  # before prometheus_client is imported
workers = _settings.workers
logger_class = "cobalamin.service.server.logger.ServerLogger"
worker_class = "cobalamin.service.server.worker.EventLoopWorker"
preload_app = True

# Longer than proxies keep idle connections, so that the proxy closes them and no request is lost.
keepalive = 75
# A worker whose event loop stands still for so long is killed; gunicorn also ends a body by it, so
# it is longer than the time in which a body must arrive.
timeout = max(30, _settings.client_timeout + _MARGIN_SECONDS)
# The master kills workers that are still there then.
graceful_timeout = _settings.drain_seconds + FINISH_SECONDS + _MARGIN_SECONDS

asgi_loop = "asyncio"
asgi_lifespan = "off"
# No peer may say under which path the service is mounted.
forwarder_headers = ""

# The root file system may be read-only: no socket below the home directory, no heartbeat on disk.
control_socket_disable = True
worker_tmp_dir = str(_MEMORY) if os.access(_MEMORY, os.W_OK) else None


# What start-up builds stays: no cycle is looked for until a worker is its own process, and never
# among what the workers share. An answer makes thousands of objects and hardly a cycle: looking
# for these less often costs no memory that can be measured, and saves a twentieth of a small call.
_OBJECTS_BETWEEN_COLLECTIONS = 50_000
gc.disable()


def pre_fork(server: Any, worker: Any) -> None:  # noqa: ANN401, ARG001 - gunicorn's signature
    """Keep what start-up built out of the collector, so that workers go on sharing its pages."""
    gc.freeze()


def post_fork(server: Any, worker: Any) -> None:  # noqa: ANN401, ARG001 - gunicorn's signature
    """Collect in the worker what it makes itself."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, *gc.get_threshold()[1:])
    gc.enable()


def worker_exit(server: Any, worker: Any) -> None:  # noqa: ANN401, ARG001 - gunicorn's signature
    """Send what a worker still has of its traces."""
    TRACING.shut_down()


def on_exit(server: Any) -> None:  # noqa: ANN401, ARG001 - gunicorn's signature
    """Delete what the workers have shared."""
    delete_folder()
