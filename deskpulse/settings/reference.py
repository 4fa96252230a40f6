"""docs/configuration.md from the models, so that it cannot lie: `python -m deskpulse.settings.reference` writes it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, BeforeValidator
from pydantic.fields import FieldInfo

from deskpulse.settings.models import Settings
from deskpulse.settings.problems import bare

FILE = Path(__file__).parents[2] / "docs" / "configuration.md"
_UNITS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1))
_HEAD = """\
# Configuration

One `deskpulse.yaml`, found by `--config`, by `DESKPULSE_CONFIG`, or in the current folder; without one the defaults hold. `deskpulse check` lists every fault at once,
with its line. A variable of the environment outranks the file: `DESKPULSE_KAFKA__BOOTSTRAP=broker:9092` is `kafka.bootstrap`; a list or a whole section is written as JSON.

- Durations have a unit: `90s`, `5m`, `1h30m`, `2d`. Ratios are decimals and are never rounded.
- A secret is the text itself, `${NAME}` of the environment, or `file:/path`. A token may be `sha256:` and its hash. Secrets are never printed and never enter the log.
- What changes numbers (zone, grace, channels, levels, targets, abandonment, rules) goes into the log, dated, by `deskpulse apply`; `up` runs it. A running gateway reads changed sources from its next request on.

```yaml
accounts:
  north-shop:
    customer_key: file:/run/secrets/north-shop-key
    zone: Europe/Berlin
    targets:
      - {metric: frt_human, channel: chat, within: 5m}
    abandonment:
      - {channel: chat, silence: 10m, unanswered_end: true}
    rules:
      - {id: frt-drift}                       # the default: first response per channel, twice the usual
      - {id: slow-replies, metric: reply_time, scope: team, ratio: 1.5, window: 1h}
    sources:
      helpdesk: {vendor: zendesk, secrets: ["${ZENDESK_SECRET}"]}
      orders: {vendor: cloudevents, tokens: ["sha256:..."]}
kafka: {bootstrap: "broker-1:9092,broker-2:9092", replication: 3, min_insync: 2, partitions: 12}
notify:
  webhooks:
    ops: {url: "https://ops.example.com/alerts", secrets: ["${OPS_SECRET}"]}
```

`<name>` stands for a name of your own, `[]` for each element of a list.

| key | default | what is right |
|---|---|---|
"""


def text() -> str:
    return _HEAD + "".join(f"| `{path}` | {default} | {said} |\n" for path, default, said in _rows(Settings, ""))


def _rows(model: type[BaseModel], above: str) -> Iterator[tuple[str, str, str]]:
    for name, field in model.model_fields.items():
        path, inner = _below(f"{above}{name}", field.annotation)
        if inner is not None:
            yield from _rows(inner, f"{path}.")
        else:
            said = (field.description or "").replace("|", "\\|").replace("<", "&lt;")
            yield path, _default(field), said


def _below(path: str, annotation: Any) -> tuple[str, type[BaseModel] | None]:
    """The model that the key holds, if it holds one, and the path to its keys."""
    annotation = bare(annotation)
    arguments = get_args(annotation)
    if get_origin(annotation) is dict and _is_model(bare(arguments[1])):
        return f"{path}.<name>", bare(arguments[1])
    if get_origin(annotation) is tuple and _is_model(bare(arguments[0])):
        return f"{path}[]", bare(arguments[0])
    return path, annotation if _is_model(annotation) else None


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _default(field: FieldInfo) -> str:
    default = field.default
    if field.is_required():
        return "**required**"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, int) and any(isinstance(one, BeforeValidator) for one in field.metadata):
        return f"`{_duration(default)}`"
    return f"`{default}`" if isinstance(default, str | int | Path) and default != "" else ""


def _duration(value_ms: int) -> str:
    unit, size = next((unit, size) for unit, size in _UNITS if value_ms % size == 0)
    return f"{value_ms // size}{unit}"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
    sys.stdout.write(f"wrote {FILE.name}\n")
