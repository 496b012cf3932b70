"""The command `cobalamin`: data on standard output, everything else on standard error.

Exit 0 done, 1 found or failed, 2 usage, 3 input unreadable, 4 could not be assessed (where asked).
"""

import click

from cobalamin.service.cli.assess import assess
from cobalamin.service.cli.audit import audit
from cobalamin.service.cli.auth import auth
from cobalamin.service.cli.codes import codes
from cobalamin.service.cli.cohort import cohort
from cobalamin.service.cli.config import config
from cobalamin.service.cli.db import db
from cobalamin.service.cli.feedback import feedback
from cobalamin.service.cli.init import init
from cobalamin.service.cli.knowledge import knowledge
from cobalamin.service.cli.mllp import mllp
from cobalamin.service.cli.modes import modes
from cobalamin.service.cli.registration import registration
from cobalamin.service.cli.serve import serve
from cobalamin.service.version import VERSION

COMMANDS = (
    serve,
    init,
    assess,
    registration,
    config,
    knowledge,
    auth,
    codes,
    cohort,
    db,
    feedback,
    audit,
    modes,
    mllp,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="cobalamin")
def main() -> None:
    """Decision support for vitamin B12 deficiency."""


for command in COMMANDS:
    main.add_command(command)
