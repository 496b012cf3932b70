"""The service with everything stored: a signed token for each call, replay memory, audit trail.

With the log of requests, metrics and traces too, everything that can be switched on is.
"""

import json
import time
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from cobalamin.service.records.migrate import upgrade
from cobalamin.service.records.store import Store
from servers import PATH, Server, free_port
from trace_collector import TraceCollector

ISSUER, PUBLIC_URL, KEY_ID = "https://ehr.example.org", "https://b12.example.org", "bench"
SECRET = "of the bench, 32 characters or more"  # noqa: S105 - nothing real is hashed with it
REGISTRY = """
[clients.bench]
doors = ["cds"]
profile = "uk-nice"

[clients.bench.jwt]
iss = "{issuer}"
jwks_file = "keys.json"
"""


class RecordedServer:
    """A server of its own whose client signs each call; its database is a file of SQLite.

    `is_watched` switches on a line of the log for each request, metrics, and traces, which are sent
    to a collector of this process.
    """

    def __init__(
        self, application: str, body: bytes, folder: Path, *, is_watched: bool = False
    ) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = json.loads(RSAAlgorithm.to_jwk(self._key.public_key()))
        keys = {"keys": [{**public, "kid": KEY_ID, "use": "sig"}]}
        (folder / "keys.json").write_text(json.dumps(keys), "utf-8")
        registry = folder / "clients.toml"
        registry.write_text(REGISTRY.format(issuer=ISSUER), "utf-8")
        url = f"sqlite:///{folder}/bench.sqlite3"
        with closing(Store(url)) as store:
            upgrade(store)
        settings = {
            "COBALAMIN_CLIENTS": str(registry),
            "COBALAMIN_PUBLIC_URL": PUBLIC_URL,
            "COBALAMIN_DATABASE_URL": url,
            "COBALAMIN_AUDIT": "required",
            "COBALAMIN_AUDIT_KEY": SECRET,
        }
        self._collector = TraceCollector() if is_watched else None
        if self._collector is not None:
            settings |= {
                "COBALAMIN_TRACES_ENDPOINT": self._collector.endpoint,
                "COBALAMIN_ACCESS_LOG": "true",
                "COBALAMIN_LOG_FORMAT": "json",
                "COBALAMIN_METRICS_PORT": str(free_port()),
            }
        self.server = Server(application, body, settings)

    def stop(self) -> None:
        """End it."""
        self.server.stop()
        if self._collector is not None:
            self._collector.stop()

    def sign(self, count: int) -> list[str]:
        """So many tokens, each of which counts once."""
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": PUBLIC_URL + PATH, "iat": now, "exp": now + 900}
        return [
            jwt.encode({**claims, "jti": str(uuid4())}, self._key, "RS384", {"kid": KEY_ID})
            for _ in range(count)
        ]
