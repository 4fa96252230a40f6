"""What an account has set, as it stands in the log: zone, levels, targets and alert rules."""

from typing import Annotated, Literal, get_args

from pydantic import Field

from events.fields import ChannelClass, Count, Milliseconds, Model, Name, Ratio


class Rule(Model):
    """The plain variance rule: is the mean of the last window far from the usual one? Ratios are decimals, read as fractions."""

    id: Name
    version: Annotated[int, Field(ge=1, le=2**31)] = 1
    """A changed rule has a new version; its open episodes are resolved."""
    metric: Name = "frt_human"
    scope: Literal["total", "channel", "team"] = "channel"
    """One detector for each channel, each team, or one for the account."""
    window_minutes: Annotated[int, Field(ge=1, le=720)] = 30
    ratio: Ratio = "2"
    """A hit: the window's mean is at least this many times the baseline's."""
    resolve_ratio: Ratio = "1.3"
    """Calm again: below this many times the baseline's mean."""
    onset_ratio: Ratio = "1.5"
    """It began in the first minute of the window above this many times the baseline's mean."""
    floor_ms: Milliseconds | None = None
    """A hit is also at least this much above the baseline; null: by channel class."""
    n_min: Annotated[int, Field(ge=1, le=100_000)] = 10
    """Measurements the window must hold."""
    n_base: Annotated[int, Field(ge=1, le=1_000_000)] = 50
    """Measurements the baseline must hold."""
    hits: Annotated[int, Field(ge=1, le=60)] = 3
    """Fires when this many of the last `of_minutes` minutes were hits."""
    of_minutes: Annotated[int, Field(ge=1, le=60)] = 5
    resolve_minutes: Annotated[int, Field(ge=1, le=240)] = 10
    """Resolves after this many calm minutes in a row."""
    baseline_ms: Annotated[int, Field(ge=1, le=2**53)] | None = None
    """A fixed usual mean, in place of the last day's."""
    severity: Literal["info", "warning", "critical"] = "warning"


class Target(Model):
    """A first-reply or next-reply target; the most specific one that matches holds."""

    metric: Literal["frt_human", "reply_time"]
    target_ms: Annotated[int, Field(ge=1000, le=2**53)]
    channel: Name = ""
    """Empty: any."""
    priority: Name = ""
    """Empty: any."""


class Abandonment(Model):
    """When an unanswered ticket counts as abandoned though the helpdesk does not say so; the channel's own policy holds."""

    channel: Name = ""
    """Empty: any without a policy of its own."""
    silence_ms: Annotated[int, Field(ge=1000, le=2_592_000_000)] | None = None
    """The customer waits, and nothing has happened for longer than this; null: waiting does not end by itself."""
    unanswered_end: bool = False
    """A ticket resolved while the customer waits for a first reply by a human counts as abandoned, unless a bot resolved it."""


class Configured(Model):
    """What changes an account's numbers from `effective_ms` on. It replaces all earlier settings; a field left out has its default."""

    zone: Name = "UTC"
    """IANA time zone, as `Europe/Berlin`: decides which hour and day an instant belongs to."""
    effective_ms: Milliseconds | None = None
    """Epoch milliseconds; null: from the event's own time on."""
    grace_ms: Annotated[int, Field(ge=0, le=3_600_000)] = 5000
    """How long a minute waits for late events before it closes."""
    channel_classes: dict[Name, ChannelClass] = Field(default={})
    """Class of a channel, where the usual one does not fit."""
    level_bounds_ms: dict[ChannelClass, tuple[Count, Count, Count, Count]] = Field(
        default={}, json_schema_extra={"propertyNames": {"enum": list(get_args(ChannelClass))}}
    )
    """Bounds of the five service levels of a first reply: stellar, above average, average, below average."""
    targets: tuple[Target, ...] = ()
    abandonment: tuple[Abandonment, ...] = ()
    """Empty: a ticket is abandoned only where the helpdesk says so."""
    rules: tuple[Rule, ...] = (Rule(id="frt-drift"),)
    """All alert rules of the account; an empty list means no alerts."""
