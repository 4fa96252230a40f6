"""What no single value shows: values that do not go together. Law: looks at what was written, however wrong the rest of it is.

It works on the plain tree, because a model is only checked as a whole when each of its values is right.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from deskpulse.settings.ports import ports
from deskpulse.settings.problems import Loc
from deskpulse.settings.values import HASHED, decimal, duration_ms, secret
from ingest.vendors import VENDORS
from ingest.verify import Signed

Fault = tuple[Loc, str]


def contradictions(tree: Mapping[str, Any]) -> Iterator[Fault]:
    owners: dict[str, str] = {}
    accounts = _mapping(tree.get("accounts"))
    for name, account in accounts.items():
        loc: Loc = ("accounts", name)
        yield from _rules(loc, account)
        yield from _policies(loc, account)
        yield from _levels(loc, account)
        for source_name, source in _mapping(_mapping(account).get("sources")).items():
            yield from _source((*loc, "sources", source_name), _mapping(source), owners)
    for name, webhook in _mapping(_mapping(tree.get("notify")).get("webhooks")).items():
        written = _mapping(webhook)
        if str(written.get("url", "")).startswith("http://") and not written.get("allow_private"):
            yield (
                ("notify", "webhooks", name, "url"),
                "alerts would travel unencrypted: begin with https://, or say allow_private: true",
            )
        for number, account in enumerate(_list(written.get("accounts"))):
            if account not in accounts:
                there = ", ".join(accounts) or "none"
                yield ("notify", "webhooks", name, "accounts", number), f"no account has this name; there are: {there}"
    yield from _kafka(_mapping(tree.get("kafka")))
    yield from ports(tree)


def _source(loc: Loc, source: Mapping[str, Any], owners: dict[str, str]) -> Iterator[Fault]:
    if (vendor := VENDORS.get(str(source.get("vendor")))) is not None:
        needed = "tokens" if vendor.setup.made_by == "nobody" else "secrets"
        if not source.get(needed):
            how = "asks for it" if vendor.setup.made_by == "vendor" else "makes one"
            yield loc, f"a source of {vendor.name} needs `{needed}`; `deskpulse sources add` {how}"
        if isinstance(vendor.verify, Signed):
            yield from _keys(loc, source, vendor.name, vendor.verify)
    path = ".".join(str(part) for part in loc)
    for number, token in enumerate(_list(source.get("tokens"))):
        try:
            value = _hashed(str(secret(token)))
        except ValueError:
            continue
        if (other := owners.setdefault(value, path)) != path:
            yield (*loc, "tokens", number), f"the same token as that of {other}; each source needs its own"


def _keys(loc: Loc, source: Mapping[str, Any], vendor: str, signed: Signed) -> Iterator[Fault]:
    """A secret of which no key can be made would refuse every delivery."""
    for number, given in enumerate(_list(source.get("secrets"))):
        try:
            value = str(secret(given))
        except ValueError:
            continue
        if not signed.key(value.encode()):
            yield (*loc, "secrets", number), f"no secret of {vendor}, which are hexadecimal digits: copy it as {vendor} shows it"


def _hashed(token: str) -> str:
    return token if token.startswith(HASHED) else HASHED + hashlib.sha256(token.encode()).hexdigest()


def _rules(loc: Loc, account: Any) -> Iterator[Fault]:
    seen: set[str] = set()
    for number, rule in enumerate(_list(_mapping(account).get("rules"))):
        written = _mapping(rule)
        here: Loc = (*loc, "rules", number)
        if (name := str(written.get("id"))) in seen:
            yield here, f"another rule has the id {name}; give each its own"
        seen.add(name)
        hits, minutes = written.get("hits", 3), written.get("of_minutes", 5)
        if isinstance(hits, int) and isinstance(minutes, int) and hits > minutes:
            yield here, f"`hits` ({hits}) is more than `of_minutes` ({minutes}): it could never fire"
        fires, resolves = _fraction(written.get("ratio", "2")), _fraction(written.get("resolve_ratio", "1.3"))
        if fires is not None and resolves is not None and resolves > fires:
            yield (
                here,
                f"`resolve_ratio` ({float(resolves):g}) is above `ratio` ({float(fires):g}): it would resolve what still fires",
            )


def _fraction(ratio: Any) -> Fraction | None:
    try:
        return Fraction(str(decimal(ratio)))
    except (ValueError, ZeroDivisionError):
        return None


def _policies(loc: Loc, account: Any) -> Iterator[Fault]:
    seen: set[str] = set()
    for number, policy in enumerate(_list(_mapping(account).get("abandonment"))):
        channel = str(_mapping(policy).get("channel", ""))
        if channel in seen:
            yield (*loc, "abandonment", number), f"another policy is for {channel or 'any channel'}; say both in one"
        seen.add(channel)


def _levels(loc: Loc, account: Any) -> Iterator[Fault]:
    for name, bounds in _mapping(_mapping(account).get("levels")).items():
        try:
            values = [duration_ms(bound) for bound in _list(bounds)]
        except ValueError:
            continue
        if values != sorted(set(values)):
            yield (*loc, "levels", name), "the bounds must rise, for example [1m, 5m, 10m, 1h]"


def _kafka(kafka: Mapping[str, Any]) -> Iterator[Fault]:
    copies, insync = kafka.get("replication", 1), kafka.get("min_insync", 1)
    if isinstance(copies, int) and isinstance(insync, int) and insync > copies:
        yield ("kafka", "min_insync"), f"more copies ({insync}) must have an event than there are (`replication`: {copies})"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
