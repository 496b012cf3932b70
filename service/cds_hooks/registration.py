"""The registration sheet of a client: what an EHR's form asks for, without any secret."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from cobalamin.fhir.prefetch import REQUIRED
from cobalamin.fhir.writer import templates
from cobalamin.service.access.clients import Certificate, Client, TokenIssuer
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
    sections: Mapping[str, Lines] = {
        "Service": _service(registration),
        "Hooks, each with its address": _hooks(registration),
        f"Prefetch, the same for every hook ({' and '.join(REQUIRED)} are required)": (
            prefetch_templates(registration.profile.codes).items()
        ),
        "Access to the FHIR server": _access(registration),
        "How the client proves who it is": _credential(registration.client),
        "Cards": _cards(registration),
        "Orders that cards suggest": _orders(registration),
    }
    client = registration.client
    title = f"Cobalamin {VERSION}: registration of {client.id}, kind {client.kind}"
    return "\n\n".join([title, *(_section(name, lines) for name, lines in sections.items())])


def _section(title: str, lines: Lines) -> str:
    return "\n".join([title, *(f"  {name}: {text}" for name, text in lines)])


def _service(registration: Registration) -> Section:
    knowledge = registration.profile.knowledge
    yield "base address", registration.public_url
    yield "discovery", f"{registration.public_url}/cds-services"
    yield "CDS Hooks", SPECIFICATION
    yield "FHIR", "R4 (4.0.1)"
    yield "profile", f"{knowledge.profile}, knowledge {knowledge.version}"


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
