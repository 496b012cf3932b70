"""TLS of the MLLP listener, from the files that its command names."""

import ssl

import click


def build_tls(certificate: object, key: object, client_ca: object) -> ssl.SSLContext | None:
    """The TLS of the listener; with a file of certificate authorities senders must have one."""
    if certificate is not None:
        return _tls(str(certificate), None if key is None else str(key), client_ca)
    if key is not None or client_ca is not None:
        raise click.UsageError("--key and --client-ca need --certificate")
    return None


def _tls(certificate: str, key: str | None, client_ca: object) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
        if client_ca is not None:
            _require_certificates(context, str(client_ca))
    except (ssl.SSLError, OSError):
        raise click.UsageError("the files of certificates and key cannot be used") from None
    return context


def _require_certificates(context: ssl.SSLContext, client_ca: str) -> None:
    context.load_verify_locations(client_ca)
    context.verify_mode = ssl.CERT_REQUIRED
