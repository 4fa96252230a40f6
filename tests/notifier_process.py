"""A notifier as a process of its own, to be killed: `python -m tests.notifier_process <settings as JSON>`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sinks.notifiers.loop import run
from sinks.retry import Schedule
from sinks.settings import KafkaSettings, NotifySettings, WebhookSettings
from tests.processes import ended
from tests.receiver import SECRET
from tests.servers import FreshTopics


@contextmanager
def notifier_process(topics: FreshTopics, url: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Delivers to `url` only, and prints what it delivers. Ended politely at the end of the block, if it has not died by then."""
    asked = json.dumps([topics.bootstrap, topics.prefix, url, str(folder / "notify.json")])
    with (
        subprocess.Popen([sys.executable, "-m", "tests.notifier_process", asked], stdout=subprocess.PIPE) as process,
        ended(process),
    ):
        yield process


def settings(topics: FreshTopics, url: str, status: Path) -> NotifySettings:
    return NotifySettings(
        kafka=KafkaSettings({"bootstrap.servers": topics.bootstrap}, topics.prefix),
        printer=None,
        webhooks=(WebhookSettings("hook", url, (SECRET,), allow_private=True, schedule=Schedule(tuple(range(0, 3000, 300)))),),
        group=f"{topics.prefix}notify",
        instance="notify-0",
        status=status,
    )


if __name__ == "__main__":
    bootstrap, prefix, hook, status_file = json.loads(sys.argv[1])
    run(settings(FreshTopics(bootstrap, prefix, 4), hook, Path(status_file)))
