"""An embedded ClickHouse behind ClickHouse's own HTTP interface, for where none is installed.

    with LocalClickHouse(data_dir, port) as clickhouse:
        client = clickhouse_connect.get_client(dsn=clickhouse.reader_dsn)

Everyone speaks HTTP to it, so that no other code knows whether a server or this process answers.
"""

from deskpulse.local_clickhouse.folder import FolderInUseError
from deskpulse.local_clickhouse.foreground import run
from deskpulse.local_clickhouse.local import LocalClickHouse, LocalClickHouseError
from deskpulse.local_clickhouse.tokens import Role, Tokens

__all__ = ["FolderInUseError", "LocalClickHouse", "LocalClickHouseError", "Role", "Tokens", "run"]
