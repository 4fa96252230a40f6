"""A customer becomes a token at the door: HMAC-SHA256 under the account's key. Nothing personal passes.

Law: the same person of the same vendor gives the same token in one account, and an unrelated one in another.
"""

from __future__ import annotations

import base64
import hmac
import unicodedata
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Customers:
    """Makes the tokens of one account; `vendor` keeps equal ids of different vendors apart."""

    key: bytes = field(repr=False)
    vendor: str

    def of_id(self, vendor_id: str) -> str:
        """43 characters of base64url; empty for an empty id."""
        return self._token(self.vendor, vendor_id) if vendor_id else ""

    def of_email(self, address: str) -> str:
        """The same for every vendor, so that it joins a shop's orders with a helpdesk's tickets; empty for an empty address."""
        normalised = normal_email(address)
        return self._token("email", normalised) if normalised else ""

    def of_person(self, address: str, vendor_id: str) -> str:
        """By the address where it is known, since every vendor has the same; else by the vendor's id."""
        return self.of_email(address) or self.of_id(vendor_id)

    def of_text(self, text: str) -> str:
        """For a field in which either may stand: an address is what has an `@` inside."""
        return self.of_email(text) if "@" in text.strip()[1:-1] else self.of_id(text)

    def _token(self, kind: str, identity: str) -> str:
        # The length in front keeps `kind` and `identity` from being read in two ways.
        message = f"{len(kind)}:{kind}:{identity}".encode("utf-8", "surrogatepass")
        return base64.urlsafe_b64encode(hmac.digest(self.key, message, "sha256")).rstrip(b"=").decode()


def normal_email(address: str) -> str:
    """Trimmed, composed (NFC) and in lower case: what shops and helpdesks agree on. Dots and `+tags` stay: they may matter."""
    return unicodedata.normalize("NFC", address.strip()).lower()
