"""Who sends: the client of the registry by its certificate, its address, or both."""

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address

from cobalamin.service.access.clients import Certificate, Client
from cobalamin.service.access.scopes import Scope

SHORT_NAMES = {
    "commonName": "CN",
    "organizationName": "O",
    "organizationalUnitName": "OU",
    "localityName": "L",
    "stateOrProvinceName": "ST",
    "countryName": "C",
    "domainComponent": "DC",
    "userId": "UID",
    "streetAddress": "STREET",
}
SPECIAL = frozenset(',+"\\<>;')


def find_sender(clients: Iterable[Client], peer: str, subject: str | None) -> Client | None:
    """The client that sends from an address, with the subject of its certificate; None if unknown.

    One that the registry has with a certificate must show it.
    """
    address = _address(peer)
    for client in clients:
        if Scope.lab not in client.scopes or address is None:
            continue
        if not any(address in network for network in client.addresses):
            continue
        credential = client.credential
        if not isinstance(credential, Certificate) or credential.subject == subject:
            return client
    return None


def subject_of_certificate(certificate: Mapping[str, object] | None) -> str | None:
    """The subject as RFC 4514 writes it, the most specific name first; None without one."""
    names = (certificate or {}).get("subject")
    if not isinstance(names, tuple) or not names:
        return None
    parts = (
        "+".join(f"{SHORT_NAMES.get(name, name)}={_escaped(value)}" for name, value in part)
        for part in reversed(names)
    )
    return ",".join(parts)


def _escaped(value: str) -> str:
    text = "".join(f"\\{mark}" if mark in SPECIAL else mark for mark in value)
    return f"\\{text}" if text.startswith(("#", " ")) else text


def _address(peer: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(peer.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
