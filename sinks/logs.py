"""Log lines of the shell: a name and fields. Where they go is the business of whoever starts the process."""

from __future__ import annotations

import logging


class Log:
    """`log.info("written", topic="facts", rows=812)`; the fields travel as `fields` of the record."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def info(self, event: str, **fields: object) -> None:
        self._logger.info(event, extra={"fields": fields})

    def warning(self, event: str, **fields: object) -> None:
        self._logger.warning(event, extra={"fields": fields})

    def error(self, event: str, **fields: object) -> None:
        self._logger.error(event, extra={"fields": fields})
