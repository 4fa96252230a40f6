"""Which addresses a webhook may reach: public ones, unless the destination says otherwise. Pure."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

# Not for hosts of the public net, though Python's releases do not agree on it: protocol assignments (a metadata service among
# them), relays, and an address that answers to the instances of its cloud alone.
_SPECIAL = (IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"), IPv4Network("168.63.129.16/32"))
# Of these the last 32 bits are a v4 address that a gateway would reach for us.
_TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"), IPv6Network("::/96"))


class RefusedAddressError(Exception):
    """It would be reached by us on somebody's behalf, and must not be."""


def checked_url(url: str, *, allow_private: bool) -> SplitResult:
    """A ValueError that says what is wrong, without repeating the URL: it may hold a secret."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError("The URL of a webhook is not one: https://host/path is.") from None
    if parts.scheme != "https" and not (parts.scheme == "http" and allow_private):
        raise ValueError("The URL of a webhook begins with https://; http:// needs allow_private: true.")
    if not parts.hostname or parts.username is not None or parts.password is not None:
        raise ValueError("The URL of a webhook names a host, and no user or password.")
    return parts


def first_allowed(addresses: list[str], *, allow_private: bool) -> str:
    """The one to connect to, out of what a name resolved to."""
    for address in addresses:
        if allow_private or is_public(address):
            return address
    raise RefusedAddressError("the address is not public; for a receiver of your own set allow_private: true")


def is_public(text: str) -> bool:
    address: IPv4Address | IPv6Address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address) and (
        address.ipv4_mapped is not None
        or address.sixtofour is not None
        or address.teredo is not None
        or any(address in network for network in _TRANSLATED)
    ):
        return False
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not address.is_unspecified
        and not any(address in network for network in _SPECIAL)
    )
