"""The three roles of the embedded ClickHouse and the token each proves itself with, kept in a file of mode 0600."""

from __future__ import annotations

import hmac
import json
import os
import secrets
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path

from deskpulse.private import private
from deskpulse.told import ToldError

FILE_NAME = "tokens.json"


class DamagedTokensError(ToldError):
    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is damaged. Remove it and start Deskpulse again: it makes new tokens, and no data is lost.")


class Role(Enum):
    READER = "reader"  # dashboards and BI: one statement that leaves no trace
    WRITER = "writer"  # sinks: rows in, and SELECT
    ADMIN = "admin"  # migrate, forget, rebuild: everything


@dataclass(frozen=True, slots=True)
class Tokens:
    reader: str
    writer: str
    admin: str

    def of(self, role: Role) -> str:
        return {Role.READER: self.reader, Role.WRITER: self.writer, Role.ADMIN: self.admin}[role]

    def role_of(self, user: str, token: str) -> Role | None:
        """Every token is compared, in constant time, whatever the user's name: neither leaks by the clock."""
        presented = token.encode()
        found: Role | None = None
        for role in Role:
            matches = hmac.compare_digest(self.of(role).encode(), presented)
            if matches and user in {"", "default", role.value}:
                found = role
        return found

    @classmethod
    def generate(cls) -> Tokens:
        return cls(*(secrets.token_urlsafe(24) for _ in Role))


def has_tokens(data_dir: Path) -> bool:
    return (data_dir / FILE_NAME).exists()


def load_or_create(data_dir: Path) -> Tokens:
    """The data folder's tokens; a fresh folder gets new ones. Two processes that begin together agree on one set."""
    path = data_dir / FILE_NAME
    if not path.exists():
        private(data_dir)
        _write(path, Tokens.generate(), replace=False)
    return _read(path)


def save(data_dir: Path, tokens: Tokens) -> None:
    """Replaces the data folder's tokens, for those that come from settings."""
    private(data_dir)
    _write(data_dir / FILE_NAME, tokens, replace=True)


def _read(path: Path) -> Tokens:
    try:
        tokens = Tokens(**json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise DamagedTokensError(path) from error
    if not all(isinstance(tokens.of(role), str) and tokens.of(role) for role in Role):
        raise DamagedTokensError(path)
    return tokens


def _write(path: Path, tokens: Tokens, *, replace: bool) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with open(draft, "x", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        json.dump(asdict(tokens), file)
    if replace:
        draft.replace(path)
        return
    try:
        os.link(draft, path)  # fails when somebody else was first: then theirs hold
    except FileExistsError:
        pass
    finally:
        draft.unlink()
