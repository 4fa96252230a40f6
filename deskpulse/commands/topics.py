"""`deskpulse topics`: creates what the broker lacks, and shows where it differs from its declaration."""

import json
from dataclasses import asdict

from deskpulse.commands.exits import Exit, telling
from deskpulse.commands.options import AsJson, Config, settings_of

EXAMPLES = (
    "deskpulse topics",
    "DESKPULSE_KAFKA__BOOTSTRAP=broker:9092 deskpulse topics --json",
)


def topics(config: Config = None, as_json: AsJson = False) -> None:
    """Create the topics that the broker lacks. Running it again changes nothing; it never alters or deletes a topic."""
    from deskpulse.topics import TopicsError, ensure_topics
    from deskpulse.wiring.topics import installation

    settings = settings_of(config)
    with telling(Exit.NOT_THERE, TopicsError):
        report = ensure_topics(settings.kafka.client(), installation(settings))
    if as_json:
        print(json.dumps(asdict(report), indent=2))
        return
    print(f"Topics at {settings.kafka.servers}: {len(report.created)} created, {len(report.present)} there already.")
    for difference in report.differences:
        print(f"  differs: {difference}")
