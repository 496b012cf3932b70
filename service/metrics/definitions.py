"""Every metric that the service has: name, what it counts, labels.

The values of labels come from closed sets: routes, codes of the program and of the knowledge, the
clients of the registry. None comes from what was sent.
"""

from enum import StrEnum
from typing import Final, NamedTuple


class MetricKind(StrEnum):
    """How a metric behaves: it grows, spreads over buckets, or is what it is at the moment."""

    counter = "counter"
    histogram = "histogram"
    gauge = "gauge"


class Metric(NamedTuple):
    """One metric; that of a counter is written with `_total` behind its name."""

    name: str
    text: str
    labels: tuple[str, ...] = ()
    kind: MetricKind = MetricKind.counter


SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.45, 1, 2.5, 5, 10)
"""Upper limits of the buckets of latency; 0.45 is the time in which a hook is to be answered."""

REQUESTS = Metric("cobalamin_requests", "Requests that were answered.", ("route", "status"))
REQUEST_SECONDS = Metric(
    "cobalamin_request_seconds",
    "Seconds until an answer was made, without what a client takes to send or read.",
    ("route",),
    MetricKind.histogram,
)
REFUSALS = Metric(
    "cobalamin_refusals", "Requests refused for want of room or for their form.", ("reason",)
)
AUTHENTICATION_FAILURES = Metric(
    "cobalamin_authentication_failures", "Requests without a usable right to call.", ("reason",)
)
EVALUATIONS = Metric(
    "cobalamin_evaluations", "Evaluations that were answered.", ("service", "outcome")
)
NOT_ASSESSABLE = Metric(
    "cobalamin_not_assessable",
    "Reasons of the evaluations that could not assess; one may have several.",
    ("service", "reason"),
)
BATCH_LINE_ERRORS = Metric(
    "cobalamin_batch_line_errors", "Lines of batches answered with an error.", ("status",)
)
CARDS = Metric(
    "cobalamin_cards", "Cards that were made, shown or not.", ("topic", "indicator", "shown")
)
PREFETCH = Metric(
    "cobalamin_prefetch", "Lists of hook requests by how they were obtained.", ("list", "state")
)
READ_BACK_FAILURES = Metric(
    "cobalamin_read_back_failures", "Lists that a FHIR server did not give.", ("reason",)
)
FEEDBACK = Metric(
    "cobalamin_feedback",
    "Feedback on cards by what became of it.",
    ("service", "outcome", "reason"),
)
UNMAPPED_CODES = Metric(
    "cobalamin_unmapped_codes",
    "Notes on codes that were sent and nobody could tell what they stand for.",
    ("client", "reason"),
)
RATE_CHANGES = Metric(
    "cobalamin_firing_rate_changes",
    "Changes of firing rates that chance does not explain.",
    ("kind", "name", "direction"),
)
AUDIT_FAILURES = Metric(
    "cobalamin_audit_failures", "Entries of the audit trail that were not stored.", ("policy",)
)
BUILD = Metric("cobalamin_build", "The version that runs.", ("version",), MetricKind.gauge)
KNOWLEDGE = Metric(
    "cobalamin_knowledge",
    "The knowledge in use, by profile.",
    ("profile", "version", "hash", "site"),
    MetricKind.gauge,
)
MODE = Metric("cobalamin_mode", "The mode of the service.", ("mode",), MetricKind.gauge)
CONFIGURATION_USED = Metric(
    "cobalamin_configuration_used",
    "1 while the newest registry, site file and modes are used, 0 while one of them is not.",
    kind=MetricKind.gauge,
)
ALL: Final[tuple[Metric, ...]] = tuple(
    value for value in tuple(globals().values()) if isinstance(value, Metric)
)
