"""Settings, registry and authenticator for commands; each exits with 78 when it is not usable."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from cobalamin.service.access.authentication import Authenticator
from cobalamin.service.access.clients import Client
from cobalamin.service.access.registry import Registry, load_registry
from cobalamin.service.assembly import build_authenticator
from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.records.audit.keys import AuditKeys
from cobalamin.service.settings import EXIT_CODE, Settings, SettingsError, read_settings

AuthenticatorBuilder = Callable[[Registry, Settings], Authenticator]


@contextmanager
def exit_if_not_usable() -> Iterator[None]:
    """Exit 78 and print every problem if a setting, or a file or database of it, is not usable."""
    try:
        yield
    except (SettingsError, KnowledgeError) as error:
        click.echo(str(error), err=True)
        raise SystemExit(EXIT_CODE) from None


def load_settings_or_exit() -> Settings:
    """Load the settings from the environment; exit 78 and print all problems otherwise."""
    with exit_if_not_usable():
        return read_settings(os.environ)


def build_authenticator_or_exit(
    settings: Settings, build: AuthenticatorBuilder = build_authenticator
) -> Authenticator | None:
    """Build the authenticator; None without a client registry; exit 78 on any problem."""
    with exit_if_not_usable():
        registry = load_registry(settings)
        return build(registry, settings) if registry is not None else None


def audit_keys_or_exit(settings: Settings) -> AuditKeys:
    """The keys of the audit trail; exit 78 where none is set."""
    with exit_if_not_usable():
        if not settings.audit_key:
            raise SettingsError(("COBALAMIN_AUDIT_KEY: the audit trail needs its key",))
    return AuditKeys(settings.audit_key)


def find_client_or_exit(settings: Settings, name: str) -> Client:
    """Find a client by its name in the registry; exit 78 if the registry is invalid.

    Raises:
        UsageError: the registry has no such client, or there is none.
    """
    with exit_if_not_usable():
        registry = load_registry(settings)
    if registry is None:
        raise click.UsageError("COBALAMIN_CLIENTS is not set, so there are no clients")
    clients = {client.id: client for client in registry.clients}
    if name not in clients:
        raise click.UsageError(f"unknown client; use one of {', '.join(clients)}")
    return clients[name]
