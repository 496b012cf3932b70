"""The folder in which the workers of one machine share their counts."""

import os
import shutil
from pathlib import Path
from tempfile import mkdtemp

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""What prometheus_client reads when it is imported."""
PREFIX = "cobalamin-metrics-"
_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of its own, for its owner alone


def make_folder() -> None:
    """Make the folder, in memory where that is possible; one that is named already is used.

    Bodies lie in the temporary folder: where they fill it, no count must be lost.
    """
    if FOLDER not in os.environ:
        where = str(_MEMORY) if os.access(_MEMORY, os.W_OK) else None
        os.environ[FOLDER] = mkdtemp(prefix=PREFIX, dir=where)


def delete_folder() -> None:
    """Delete a folder that this service has made."""
    folder = Path(os.environ.get(FOLDER, ""))
    if folder.name.startswith(PREFIX):
        shutil.rmtree(folder, ignore_errors=True)
