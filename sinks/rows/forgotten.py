"""`forgotten`: customers whose token no sink writes any more. Pure."""

from __future__ import annotations

from sinks.table import Row, Table

FORGOTTEN = Table(
    name="forgotten",
    columns=("account", "customer", "version"),
    identity=("account", "customer"),
)


def forgotten_row(account: str, customer: str, version: int) -> Row:
    return (account, customer, version)
