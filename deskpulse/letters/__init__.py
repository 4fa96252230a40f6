"""Dead letters: what could not be applied. Their metadata is in ClickHouse, their bytes are in Kafka."""
