"""The command `deskpulse`: every command by its name, with examples."""

from collections.abc import Callable

import typer

from deskpulse import tether
from deskpulse.commands import (
    apply,
    check,
    clickhouse,
    dead_letters,
    demo,
    doctor,
    gateway,
    kafka,
    migrate,
    notify,
    sink,
    source_check,
    source_list,
    sources,
    topics,
    up,
    version,
    worker,
)
from deskpulse.commands.exits import HELP, without_traces

app = typer.Typer(
    name="deskpulse",
    help="Live numbers and variance alerts from helpdesk webhooks, over Kafka and ClickHouse.",
    epilog=HELP,
    no_args_is_help=True,
    add_completion=False,
    # A trace with the values of variables could show a secret.
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


app.callback()(version.options)


def _add(name: str, command: Callable[..., None], examples: tuple[str, ...], to: typer.Typer = app) -> None:
    to.command(name, epilog="\n\n".join(["Examples:", *examples]))(command)


_add("up", up.up, up.EXAMPLES)
_add("demo", demo.demo, demo.EXAMPLES)
_add("check", check.check, check.EXAMPLES)
_add("doctor", doctor.doctor, doctor.EXAMPLES)
_add("topics", topics.topics, topics.EXAMPLES)
_add("migrate", migrate.migrate, migrate.EXAMPLES)
_add("apply", apply.apply, apply.EXAMPLES)
_add("gateway", gateway.gateway, gateway.EXAMPLES)
_add("worker", worker.worker, worker.EXAMPLES)
_add("sink", sink.sink, sink.EXAMPLES)
_add("notify", notify.notify, notify.EXAMPLES)
_add("kafka", kafka.kafka, kafka.EXAMPLES)
_add("clickhouse", clickhouse.clickhouse, clickhouse.EXAMPLES)

_sources = typer.Typer(help="Connect a helpdesk, and see what is connected.", no_args_is_help=True)
_add("add", sources.add, sources.ADD_EXAMPLES, _sources)
_add("list", source_list.list_, source_list.EXAMPLES, _sources)
_add("test", source_check.check, source_check.EXAMPLES, _sources)
app.add_typer(_sources, name="sources")

_letters = typer.Typer(help="What could not be applied, and why.", no_args_is_help=True)
_add("list", dead_letters.list_, dead_letters.LIST_EXAMPLES, _letters)
_add("show", dead_letters.show, dead_letters.SHOW_EXAMPLES, _letters)
app.add_typer(_letters, name="dead-letters")


def main() -> None:
    tether.hold()
    with without_traces():
        app()
