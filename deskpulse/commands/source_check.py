"""`deskpulse sources test`: waits for the next delivery of a source, and says what was understood from it."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from deskpulse.commands.exits import Exit, stop, telling
from deskpulse.commands.options import Config, settings_of
from deskpulse.settings import Settings

if TYPE_CHECKING:
    from deskpulse.sources.tail import Refused, Seen, Understood

EXAMPLES = ("deskpulse sources test north-shop/helpdesk", "deskpulse sources test north-shop/orders --timeout 30")
INTERRUPTED = 130

Which = Annotated[str, typer.Argument(metavar="ACCOUNT/SOURCE", help="As `deskpulse sources list` names it.")]
Timeout = Annotated[float, typer.Option("--timeout", min=1, max=86_400, help="Seconds to wait for a delivery.")]


def check(which: Which, config: Config = None, timeout: Timeout = 300) -> None:
    """Wait for the next delivery of a source, and say in words what was understood from it, or what to mend.

    It only reads the log: nothing is changed, and it may run beside everything else. Fails if the delivery was refused or none came.
    """
    settings = settings_of(config)
    account, _, source = which.partition("/")
    if account not in settings.accounts or source not in settings.accounts[account].sources:
        known = [f"{name}/{one}" for name, its in settings.accounts.items() for one in its.sources]
        stop(f"There is no source {which}. There are: {', '.join(known) or 'none; next: deskpulse sources add'}", Exit.USAGE)
    try:
        raise typer.Exit(_tested(settings, account, source, timeout))
    except KeyboardInterrupt:
        print("\nStopped waiting. Nothing was changed.", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None


def _tested(settings: Settings, account: str, source: str, timeout_s: float) -> Exit:
    from deskpulse.doctor import Health
    from deskpulse.doctor.gateway import gateway
    from deskpulse.sources.address import url_of
    from deskpulse.sources.delivery import next_delivery
    from deskpulse.sources.tail import KafkaAwayError, Refused, Tail
    from deskpulse.wiring.names import topic

    url = url_of(settings, settings.accounts[account].sources[source].vendor, account, source)
    with (
        telling(Exit.NOT_THERE, KafkaAwayError),
        Tail(settings.kafka.client(), topic(settings, "ticket-events"), topic(settings, "dead-letters"), account, source) as tail,
    ):
        for finding in gateway(settings):
            if finding.health is not Health.GOOD:
                print(finding, file=sys.stderr)
        console = Console(stderr=True, soft_wrap=True)
        console.print(f"Waiting {timeout_s:g} s for a delivery to {url}", highlight=False, markup=False)
        with console.status("") as status:
            seen = next_delivery(tail, timeout_s, lambda left_s: status.update(f"{left_s:.0f} s left; Ctrl-C stops waiting"))
    if not seen:
        print(f"Nothing arrived within {timeout_s:g} s that a ticket or order follows from.", file=sys.stderr)
        print(
            "Look into the helpdesk's own log of the webhook: no attempt means that it is not switched on, or subscribed to other "
            "events; 401 another secret; no answer that it cannot reach this URL; 200 a delivery from which nothing follows.",
            file=sys.stderr,
        )
        return Exit.FOUND_WRONG
    _say(settings, seen, account, source)
    return Exit.FOUND_WRONG if any(isinstance(one, Refused) for one in seen) else Exit.DONE


def _say(settings: Settings, seen: "list[Seen]", account: str, source: str) -> None:
    from deskpulse.sources.tail import Understood

    for one in seen:
        if isinstance(one, Understood):
            _say_understood(settings, one, account, source)
        else:
            _say_refused(one)


def _say_understood(settings: Settings, one: "Understood", account: str, source: str) -> None:
    from deskpulse.database import Database
    from deskpulse.sources.delivery import folded_ticket
    from deskpulse.sources.spans import span
    from deskpulse.sources.words import told
    from deskpulse.wiring.logins import access, why_no_reader
    from sinks.instant import epoch_ms

    happened_ms = epoch_ms(one.event.time)
    ticket = None
    # Without anybody to ask, what the delivery itself says is told.
    if not why_no_reader(settings):
        database = Database(access(settings, "reader"), timeout_s=5.0)
        ticket = folded_ticket(database, account, source, one.event.subject, happened_ms)
        database.close()
    print(f"Understood: {told(one.event, ticket)}")
    print(f"  it happened at {one.event.time:%Y-%m-%d %H:%M:%S%z} and was received {span(one.received_ms - happened_ms)} later")


def _say_refused(one: "Refused") -> None:
    from deskpulse.sources.remedies import remedy
    from deskpulse.sources.words import printable

    print(f"Rejected: {printable(one.reason)}: {printable(one.error)}")
    print(f"  What to do: {remedy(one.reason)}")
    if one.letter_id:
        print(f"  The bytes that came: deskpulse dead-letters show {printable(one.letter_id)}")
