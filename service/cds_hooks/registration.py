"""The registration sheet of a client: what the form of an EHR or a laboratory asks for.

It has the sections of the scopes that the client has, and contains no secret.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from cobalamin.fhir.prefetch import REQUIRED
from cobalamin.fhir.writer import templates
from cobalamin.service.access.clients import Certificate, Client, TokenIssuer
from cobalamin.service.access.scopes import Scope
from cobalamin.service.answers.card_detail import source_links
from cobalamin.service.answers.cards import UNAVAILABLE_TOPIC
from cobalamin.service.answers.client_capabilities import CardCapabilities
from cobalamin.service.cds_hooks.client_profiles import capabilities_of
from cobalamin.service.cds_hooks.discovery import SPECIFICATION
from cobalamin.service.cds_hooks.prefetch_queries import prefetch_templates
from cobalamin.service.cds_hooks.services import HookService
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.version import VERSION

Section = Iterator[tuple[str, str]]
Lines = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """The client, the services it is offered, their address, and the profile."""

    client: Client
    offered: tuple[HookService, ...]
    public_url: str
    profile: Profile


def registration_sheet(registration: Registration) -> str:
    """The whole sheet as text."""
    client = registration.client
    sections: dict[str, Lines] = {"Service": _service(registration)}
    if Scope.cds in client.scopes:
        sections |= _ehr_sections(registration)
    if Scope.lab in client.scopes:
        sections |= _laboratory_sections(registration)
    sections["How the client proves who it is"] = _credential(client)
    kind = f", kind {client.kind}" if Scope.cds in client.scopes else ""
    title = f"Cobalamin {VERSION}: registration of {client.id}{kind}"
    return "\n\n".join([title, *(_section(name, lines) for name, lines in sections.items())])


def _ehr_sections(registration: Registration) -> Mapping[str, Lines]:
    return {
        "CDS Hooks": _cds_hooks(registration),
        "Hooks, each with its address": _hooks(registration),
        f"Prefetch, the same for every hook ({' and '.join(REQUIRED)} are required)": (
            prefetch_templates(registration.profile.codes).items()
        ),
        "Access to the FHIR server": _access(registration),
        "Cards": _cards(registration),
        "Orders that cards suggest": _orders(registration),
    }


def _laboratory_sections(registration: Registration) -> Mapping[str, Lines]:
    return {
        "Calls, each with its address": _laboratory_calls(registration.public_url),
        "Codes that are read": _laboratory_codes(registration.profile),
    }


def _section(title: str, lines: Lines) -> str:
    return "\n".join([title, *(f"  {name}: {text}" for name, text in lines)])


def _service(registration: Registration) -> Section:
    knowledge = registration.profile.knowledge
    limit = registration.client.rate_limit
    yield "base address", registration.public_url
    yield "FHIR", "R4 (4.0.1)"
    yield "profile", f"{knowledge.profile}, knowledge {knowledge.version}"
    yield "requests a minute", "as the operator's setting says" if limit is None else str(limit)


def _cds_hooks(registration: Registration) -> Section:
    yield "discovery", f"{registration.public_url}/cds-services"
    yield "version", SPECIFICATION


def _laboratory_calls(base: str) -> Section:
    """The addresses, and what is sent to each and comes back."""
    yield "one report as JSON", f"POST {base}/v1/assessments"
    yield "  send", "application/json (plain form), or application/fhir+json (a Bundle)"
    yield "  comes back", "application/json; text/plain is the report comment alone (Accept)"
    yield "many, one a line", f"POST {base}/v1/assessments/batch"
    yield "  send", "application/x-ndjson, or application/fhir+ndjson"
    yield "a FHIR operation", f"POST {base}/fhir/$b12-assess"
    yield "  send", "application/fhir+json (a Bundle or Parameters)"
    yield "HL7 v2, ORU^R01 of version 2.3 to 2.8", f"POST {base}/hl7v2"
    yield "  send", "application/hl7-v2, segments that end in a carriage return"
    yield "  comes back", "an ACK with the comment as NTE segments and a segment ZCB"
    yield "largest body", "8 MiB; of a batch as the operator's setting says"
    yield "errors", "application/problem+json, or OperationOutcome at /fhir"


def _laboratory_codes(profile: Profile) -> Section:
    site = profile.site
    yield "published", "LOINC, SNOMED CT, NPU and UCUM units; unknown ones are named in each answer"
    if site is None or not site.codes:
        yield "of the laboratory", "none; the operator adds them to the site file"
        return
    for (system, code), meaning in site.codes.items():
        yield f"{code} of {system or 'no system'}", meaning.display.partition(",")[0]


def _hooks(registration: Registration) -> Section:
    for service in registration.offered:
        address = f"{registration.public_url}/cds-services/{service.id}"
        yield service.hook, address
        yield "  title", service.title
        yield "  description", service.description
        yield "  feedback", f"{address}/feedback"


def _access(registration: Registration) -> Section:
    queries = prefetch_templates(registration.profile.codes).values()
    kinds = sorted({query.partition("?")[0].partition("/")[0] for query in queries})
    servers = ", ".join(registration.client.fhir_servers)
    yield "servers that may be read back from", servers or "none; prefetch must bring everything"
    yield "scopes, SMART 2", " ".join(f"patient/{kind}.rs" for kind in kinds)
    yield "scopes, SMART 1", " ".join(f"patient/{kind}.read" for kind in kinds)


def _credential(client: Client) -> Section:
    match client.credential:
        case TokenIssuer() as issuer:
            yield "kind", "a signed token (JWT) for each call, in Authorization: Bearer"
            yield "iss", issuer.iss
            yield "keys", issuer.jku or "the set that was exchanged"
            yield "algorithms", ", ".join(issuer.algorithms)
            yield "aud", "the address that is called, letter by letter; each has its own"
            yield "lifetime", "an hour at most, and each token counts once"
        case Certificate(subject=subject):
            yield "kind", "a client certificate, verified by the proxy"
            yield "subject", subject
        case _:
            yield "kind", f"an API key, in Authorization: Bearer {client.id}.…"


def _cards(registration: Registration) -> Section:
    wording, capabilities = registration.profile.wording, capabilities_of(registration.client)
    yield "hosts that a card links to", ", ".join(_hosts(registration, capabilities))
    yield "addresses that a card links to", f"{registration.public_url}/why/ and a topic"
    yield "SMART apps", "none"
    yield "suggestions", _suggestions(capabilities)
    yield "topics", " ".join(_topics(wording))
    if capabilities.suggests:
        yield "override reasons", " ".join(wording.card.override)


def _hosts(registration: Registration, capabilities: CardCapabilities) -> list[str]:
    """This service, and the guidelines where a client shows links to them."""
    links = source_links(registration.profile.wording) if capabilities.guideline_links else {}
    urls = (registration.public_url, *links.values())
    return list(dict.fromkeys(urlsplit(url).netloc for url in urls))


def _suggestions(capabilities: CardCapabilities) -> str:
    if not capabilities.suggests:
        return "none; cards are text with links of the type absolute"
    if capabilities.one_action:
        return "selectionBehavior any, one action each"
    return "selectionBehavior any, or at-most-one where there is one suggestion"


def _topics(wording: Wording) -> list[str]:
    own = {rung.topic for rung in wording.rungs.values()}
    return sorted({*own, *(words.topic for words in wording.alerts.values()), UNAVAILABLE_TOPIC})


def _orders(registration: Registration) -> Section:
    """The orders that cards suggest, with the site's own code where there is one."""
    wording, capabilities = registration.profile.wording, capabilities_of(registration.client)
    drafts = {code: str(template["resourceType"]) for code, template in templates(wording).items()}
    local = registration.profile.wording.orderables
    for code in sorted(code for code in drafts if capabilities.takes(drafts[code])):
        own = local.get(code)
        named = f"{own.system}|{own.code}" if own is not None else "no code of the site's catalogue"
        yield f"{code} ({drafts[code]})", named
    for code in sorted(code for code in drafts if not capabilities.takes(drafts[code])):
        yield f"{code} ({drafts[code]})", "as text only"
