"""The discovery document: the services and their prefetch templates."""

from collections.abc import Iterable

from cobalamin.service.answers.plain import encode
from cobalamin.service.cds_hooks.prefetch_queries import prefetch_templates
from cobalamin.service.cds_hooks.services import HookService
from cobalamin.service.knowledge.code_meanings import Codes

SPECIFICATION = "2.0.1"


def discovery_document(codes: Codes, offered: Iterable[HookService]) -> bytes:
    """The whole document as JSON."""
    prefetch = prefetch_templates(codes)
    services = [
        {
            "hook": service.hook,
            "id": service.id,
            "title": service.title,
            "description": service.description,
            "prefetch": prefetch,
            "version": SPECIFICATION,
        }
        for service in offered
    ]
    return encode({"services": services})
