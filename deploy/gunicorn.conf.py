"""How gunicorn serves Cobalamin; the same file for `make run` and for the container.

HOST, PORT and WEB_CONCURRENCY (worker processes) come from the environment.
"""

import gc
import os
from pathlib import Path
from typing import Any

_host = os.environ.get("HOST", "127.0.0.1")
_port = os.environ.get("PORT", "8000")
_memory = Path("/dev/shm")  # noqa: S108 - heartbeat files only, made by gunicorn itself

bind = [f"[{_host}]:{_port}" if ":" in _host else f"{_host}:{_port}"]

# An assessment is pure computation: more threads than two only lengthen the tail, while the second
# one answers a health probe when the first waits for a FHIR server.
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY") or len(os.sched_getaffinity(0)))
threads = 2

preload_app = True
timeout = 30
graceful_timeout = 20

# The root file system may be read-only: no socket below the home directory, no heartbeat on disk.
control_socket_disable = True
worker_tmp_dir = str(_memory) if os.access(_memory, os.W_OK) else None


# What start-up builds stays: no cycle is looked for until a worker is its own process, and never
# among what the workers share. An answer makes thousands of objects and hardly a cycle: looking
# for these less often costs no memory that can be measured, and saves a twentieth of a small call.
_OBJECTS_BETWEEN_COLLECTIONS = 50_000
gc.disable()


def pre_fork(server: Any, worker: Any) -> None:  # noqa: ANN401, ARG001 - gunicorn's signature
    """Keeps what start-up built out of the collector, so workers go on sharing its pages."""
    gc.freeze()


def post_fork(server: Any, worker: Any) -> None:  # noqa: ANN401, ARG001 - gunicorn's signature
    """Collects in the worker what it makes itself."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, *gc.get_threshold()[1:])
    gc.enable()
