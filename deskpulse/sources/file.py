"""Puts a source into the text of a deskpulse.yaml; comments, order and quotes of the rest stay. Pure."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

_HEAD = """\
# The configuration of Deskpulse; docs/configuration.md explains every key, `deskpulse check` finds every fault.
# This file holds secrets: keep it to yourself (mode 0600), or write ${NAME} or file:/path in their place.
"""


class CannotAddError(Exception):
    """The file cannot take the source; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class NewSource:
    account: str
    name: str
    vendor: str
    secrets: tuple[str, ...] = field(default=(), repr=False)
    tokens: tuple[str, ...] = field(default=(), repr=False)
    customer_key: str = field(default="", repr=False)
    """For an account that has none yet."""


def with_source(text: str, new: NewSource) -> str:
    yaml = _yaml()
    try:
        root = yaml.load(text) if text.strip() else None
    except YAMLError as error:
        raise CannotAddError("The file is not YAML; `deskpulse check` says where. Nothing was written.") from error
    if root is None:
        root, text = CommentedMap(), _HEAD + text
        head = text
    elif isinstance(root, CommentedMap):
        head = ""
    else:
        raise CannotAddError("The file does not hold keys and values; `deskpulse check` says more. Nothing was written.")
    account = _below(_below(root, "accounts"), new.account)
    if new.customer_key and not account.get("customer_key"):
        account["customer_key"] = new.customer_key
    sources = _below(account, "sources")
    if new.name in sources:
        raise CannotAddError(
            f"{new.account} has a source {new.name} already. Choose another name, or edit the file. Nothing was written."
        )
    sources[new.name] = _described(new)
    written = io.StringIO()
    yaml.dump(root, written)
    return head + written.getvalue()


def has_customer_key(tree: Mapping[str, Any], account: str) -> bool:
    found = (tree.get("accounts") or {}).get(account) or {}
    return bool(isinstance(found, Mapping) and found.get("customer_key"))


def _described(new: NewSource) -> CommentedMap:
    source = CommentedMap(vendor=new.vendor)
    if new.secrets:
        source["secrets"] = list(new.secrets)
    if new.tokens:
        source["tokens"] = list(new.tokens)
    return source


def _below(holder: CommentedMap, key: str) -> CommentedMap:
    found = holder.get(key)
    if found is None:
        found = holder[key] = CommentedMap()
    if not isinstance(found, CommentedMap):
        raise CannotAddError(f"`{key}` does not hold keys and values; `deskpulse check` says more. Nothing was written.")
    return found


def _yaml() -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml
