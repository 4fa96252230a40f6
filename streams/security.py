"""One set of security settings, librdkafka's names, for both clients: what aiokafka needs is made from it."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any

from faust import SASLCredentials, SSLCredentials

_SUPPORTED = frozenset(
    {
        "security.protocol",
        "sasl.mechanism",
        "sasl.mechanisms",
        "sasl.username",
        "sasl.password",
        "ssl.ca.location",
        "ssl.certificate.location",
        "ssl.key.location",
        "ssl.key.password",
        "ssl.endpoint.identification.algorithm",
    }
)


class SecuritySettingError(Exception):
    """A setting that one of the two clients would not follow."""


def credentials(security: Mapping[str, str]) -> Any:
    """Faust's form of the same settings; None for plain text."""
    if unknown := sorted(set(security) - _SUPPORTED):
        raise SecuritySettingError(
            f"the worker does not know the security settings {', '.join(unknown)}; it knows {', '.join(sorted(_SUPPORTED))}"
        )
    protocol = security.get("security.protocol", "PLAINTEXT").upper()
    mechanism = security.get("sasl.mechanism") or security.get("sasl.mechanisms")
    match protocol:
        case "PLAINTEXT":
            return None
        case "SSL":
            return SSLCredentials(_context(security))
        case "SASL_PLAINTEXT" | "SASL_SSL" if mechanism:
            return SASLCredentials(
                username=security.get("sasl.username"),
                password=security.get("sasl.password"),
                mechanism=mechanism.upper(),
                ssl_context=_context(security) if protocol == "SASL_SSL" else None,
            )
        case _:
            raise SecuritySettingError(
                f"security.protocol {protocol!r} needs to be PLAINTEXT, SSL, or SASL_PLAINTEXT or SASL_SSL with a sasl.mechanism"
            )


def _context(security: Mapping[str, str]) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=security.get("ssl.ca.location"))
    if certificate := security.get("ssl.certificate.location"):
        context.load_cert_chain(certificate, security.get("ssl.key.location"), security.get("ssl.key.password"))
    if security.get("ssl.endpoint.identification.algorithm") == "none":
        context.check_hostname = False
    return context
