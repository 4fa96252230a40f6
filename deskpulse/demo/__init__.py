"""Two shops played end to end: their helpdesks post to the gateway, and everything shown is read back from ClickHouse."""
