"""`deskpulse sources add`: connect a helpdesk."""

import hashlib
import re
import secrets
import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.prompt import Prompt

from deskpulse.commands.exits import Exit, stop, telling
from deskpulse.commands.options import Config
from deskpulse.settings import Settings, SettingsError
from deskpulse.settings.load import DEFAULT_FILE, file_to_read
from deskpulse.settings.values import HASHED, Name

ADD_EXAMPLES = (
    "deskpulse sources add",
    "deskpulse sources add --account north-shop --name orders --vendor cloudevents",
    "deskpulse sources add --account north-shop --name helpdesk --vendor zendesk --secret - < secret.txt",
)

_NAME = TypeAdapter(Name)
_MOST_BYTES = 1 << 16
"""Read of a pipe: more than any secret has."""
_REFERENCE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}|file:.+")

Account = Annotated[str, typer.Option("--account", help="Name of the account: a brand, a shop.", show_default=False)]
SourceName = Annotated[str, typer.Option("--name", help="Name of the source within the account.", show_default=False)]
Vendor = Annotated[
    str, typer.Option("--vendor", help="Which helpdesk; cloudevents for events you send yourself.", show_default=False)
]
Secret = Annotated[
    str,
    typer.Option(
        "--secret",
        help="The vendor's signing secret: - reads it from standard input, or ${NAME}, or file:/path.",
        show_default=False,
    ),
]


def add(config: Config = None, account: Account = "", name: SourceName = "", vendor: Vendor = "", secret: Secret = "") -> None:
    """Connect a helpdesk: names it in deskpulse.yaml, makes what secrets it needs, and prints URL and every click.

    What is not given is asked for. A running gateway knows the source from its next request on.
    """
    from deskpulse.sources.address import url_of
    from deskpulse.sources.file import CannotAddError, NewSource
    from deskpulse.sources.next_step import next_step, reach
    from deskpulse.sources.put import WouldBreakError, put
    from deskpulse.sources.write import others_may_read
    from ingest.vendors import VENDORS

    file = file_to_read(config) or DEFAULT_FILE
    before = _settings_before(file)
    account = _name(account, "Account (a brand, a shop)", "--account")
    name = _name(name, "Source (a name for this helpdesk)", "--name")
    vendor = _one_of(vendor, sorted(VENDORS))
    setup = VENDORS[vendor].setup
    url = url_of(before, vendor, account, name)
    token = secrets.token_urlsafe(32) if setup.made_by == "nobody" else ""
    if setup.made_by == "vendor":
        print(f"\n{VENDORS[vendor].title}\n{setup.text(url)}\n")
    signing = "" if token else _signing_secret(setup.made_by, secret)
    new = NewSource(
        account,
        name,
        vendor,
        (signing,) if signing else (),
        (HASHED + hashlib.sha256(token.encode()).hexdigest(),) if token else (),
        secrets.token_urlsafe(32),
    )
    with telling(Exit.USAGE, CannotAddError, SettingsError), telling(Exit.FOUND_WRONG, WouldBreakError):
        is_new_account = put(file, new)
    if setup.made_by != "vendor":
        # After it is written: a secret that is shown and not kept would send somebody clicking for nothing.
        print(f"\n{VENDORS[vendor].title}\n{setup.text(url, token, signing)}\n")
    print(f"{account}/{name} stands in {file}. URL: {url}")
    if others_may_read(file):
        print(f"Others on this machine can read {file}, which holds secrets: chmod 600 {file}")
    if unreached := reach(before, vendor):
        print(unreached)
    print(next_step(before, is_new_account=is_new_account))


def _settings_before(file: Path) -> Settings:
    from deskpulse.sources.put import settings_before

    try:
        return settings_before(file)
    except SettingsError as error:
        stop(f"{error}\nMend these first; nothing was written.", Exit.USAGE)


def _name(given: str, question: str, option: str) -> str:
    asked = given or _ask(question, option)
    try:
        return _NAME.validate_python(asked)
    except ValidationError:
        stop(
            f"{option}: {asked!r} is no name: lower-case letters, digits, - and _, at most 63, beginning with a letter or digit",
            Exit.USAGE,
        )


def _one_of(given: str, known: list[str]) -> str:
    asked = given or _ask(f"Vendor ({', '.join(known)})", "--vendor")
    if asked not in known:
        stop(f"--vendor: {asked!r} is not known; there are {', '.join(known)}", Exit.USAGE)
    return asked


def _signing_secret(made_by: str, given: str) -> str:
    if given == "-":
        return _pasted(sys.stdin.buffer.readline() if sys.stdin.isatty() else sys.stdin.buffer.read(_MOST_BYTES))
    if given and not _REFERENCE.fullmatch(given):
        stop(
            "--secret: a secret on the command line stays in the shell's history; give - and pipe it, or ${NAME}, or file:/path",
            Exit.USAGE,
        )
    if given:
        return given
    if made_by == "us":
        # 32 characters: Help Scout takes 40 at most.
        return secrets.token_urlsafe(24)
    return _pasted(_ask("Paste the signing secret (not shown)", "--secret", hidden=True).encode(errors="surrogateescape"))


def _pasted(given: bytes) -> str:
    from deskpulse.sources.pasted import NoSecretError, secret_of

    try:
        return secret_of(given)
    except NoSecretError as error:
        stop(f"--secret: {error}. Nothing was written.", Exit.USAGE)


def _ask(question: str, option: str, *, hidden: bool = False) -> str:
    if not sys.stdin.isatty():
        stop(f"{option} is missing, and there is no terminal to ask on.", Exit.USAGE)
    return Prompt.ask(question, console=Console(stderr=True), password=hidden).strip()
