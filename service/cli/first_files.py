"""The first files of a new installation, as text with comments."""

from dataclasses import dataclass
from pathlib import Path

from cobalamin.service.access.scopes import Scope

CLIENTS, SITE, SETTINGS, DATABASE = "clients.toml", "site.toml", "settings.env", "cobalamin.sqlite3"

_REGISTRY = """# The client registry: who may call (docs/security.md).
# A change counts without a restart.

# Web pages that may call from a browser.
# [cors]
# origins = ["https://ehr.example.org"]

[clients.{client}]
doors = ["{scope}"]                 # cds: CDS Hooks; lab: REST, FHIR operation, HL7 v2
profile = "{profile}"             # thresholds and regimens of this client's answers
# kind = "generic"              # generic, sandbox, epic or oracle: how cards are made for an EHR
{addresses}
# rate_limit = 600              # requests a minute; counted in the database
# fhir_servers = ["https://ehr.example.org/fhir"]   # what may be read back; only with cds

# The hash of the client's key; `cobalamin auth hash-key {client}` makes another. Two in a list
# count while one replaces the other. Instead of it, an EHR that signs its calls has a table
# [clients.{client}.jwt], which `cobalamin auth make-key {client}` shows.
api_key = "{hashed}"
"""

_SITE = """# The site file: what is special about one place (docs/site.md).
# A change counts without a restart.
name = "Name of the laboratory"
# contact = "Duty biochemist, extension 4711"

# A published table of total vitamin B12 in place of the profile's:
# table = "uk-local-ruh"

# A limit of one's own. It needs an author, a reason and a date, and is checked against bounds.
# [thresholds.b12_total_deficient]
# value = {{ "ng/L" = "145" }}
# author = "A. Example"
# why = "Verified against MMA for the local assay"
# reviewed = 2026-11-01

# The laboratory's own codes. "" is for codes that are sent without a system.
# [codes."https://lab.example.org/codes"]
# B12 = "b12_total"

# The code of the order catalogue for what a card suggests.
# [orderables.test-mma]
# system = "https://ehr.example.org/orderables"
# code = "LAB1234"
# display = "Methylmalonic acid, serum"
"""

_SETTINGS = """# The settings: for a shell (set -a; . {folder}/{settings}; set +a), for
# EnvironmentFile= of systemd, and for --env-file of a container. The README has a table of all.
COBALAMIN_ENVIRONMENT=production
COBALAMIN_PROFILE={profile}
COBALAMIN_CLIENTS={folder}/{clients}
COBALAMIN_SITE={folder}/{site}

# Feedback, used tokens and request counts. `cobalamin db upgrade` makes the tables. With more
# than one machine: postgresql://user@host/name, the password in COBALAMIN_DATABASE_URL_FILE.
COBALAMIN_DATABASE_URL=sqlite:///{folder}/{database}

# The address under which callers reach the service. Tokens and the links of cards begin with it.
{public_url}

# silent assesses and shows no card: for the first weeks.
# COBALAMIN_MODE=silent

# The day of assessment begins and ends in this zone.
# COBALAMIN_TIME_ZONE=Europe/London

# Other addresses than loopback may be served now that callers prove who they are.
HOST=127.0.0.1
PORT=8000
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstFiles:
    """What a new installation is made of: its folder, first client, and the hash of its key."""

    folder: Path
    client: str
    scope: Scope
    profile: str
    public_url: str | None
    hashed: str
    addresses: tuple[str, ...] = ()

    def contents(self) -> dict[str, str]:
        """The text of each file by its name."""
        url = self.public_url or "https://b12.example.org"
        mark = "" if self.public_url else "# "
        return {
            CLIENTS: self._registry(),
            SITE: _SITE.format(),
            SETTINGS: _SETTINGS.format(
                folder=self.folder,
                settings=SETTINGS,
                clients=CLIENTS,
                site=SITE,
                database=DATABASE,
                profile=self.profile,
                public_url=f"{mark}COBALAMIN_PUBLIC_URL={url}",
            ),
        }

    def _registry(self) -> str:
        given = self.addresses or ("192.0.2.17",)
        quoted = ", ".join(f'"{address}"' for address in given)
        line = f"{'' if self.addresses else '# '}addresses = [{quoted}]"
        return _REGISTRY.format(
            client=self.client,
            scope=self.scope,
            profile=self.profile,
            hashed=self.hashed,
            addresses=f"{line}      # from where it sends by MLLP (docs/mllp.md); only with lab",
        )
