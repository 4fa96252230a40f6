"""The shape of `deskpulse.yaml`. Everything is frozen, unknown keys are errors, and every description says what would be right."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from deskpulse.clock import Clock, parse
from deskpulse.settings.values import Duration, Folder, LongSecret, Name, Port, Ratio, Secret, Token, WebhookSecret, Zone, between
from ingest.vendors import VENDORS

LOCAL_HOST = "127.0.0.1"
DEFAULT_KAFKA_PORT = 19092
DEFAULT_CLICKHOUSE_PORT = 18123
DEFAULT_GATEWAY_PORT = 8080


class Frozen(BaseModel):
    # An input is never repeated by pydantic: it may be a secret.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def _known(vendor: str) -> str:
    if vendor not in VENDORS:
        raise ValueError(f"not a vendor that is known; one of {', '.join(VENDORS)}")
    return vendor


Vendor = Annotated[str, AfterValidator(_known)]


def _rising(scale: str) -> str:
    low, _, high = scale[1:].partition("-")
    if scale and int(scale[0] + low) >= int(high):
        raise ValueError("the lower end comes first, as in 0-1")
    return scale


class Source(Frozen):
    """One helpdesk, or one program that sends CloudEvents."""

    vendor: Vendor = Field(description=f"one of {', '.join(VENDORS)}; cloudevents is for events you send yourself")
    secrets: tuple[Secret, ...] = Field(
        default=(), max_length=4, description="signing secrets or keys of the source's webhooks, the old and the new one of each"
    )
    tokens: tuple[Token, ...] = Field(
        default=(), max_length=2, description="bearer tokens for POST /v1/events, or sha256:<hash> of them; one or two"
    )
    tolerance: Duration = Field(default=300_000, description="how far a signature's timestamp may be from now, for example 5m")
    test_mode: bool = Field(
        default=False, description="true: accepts the public secret of Zendesk's test button; never for real use"
    )
    rating_scale: Annotated[str, Field(pattern=r"^(-?[0-9]{1,3}--?[0-9]{1,3})?$"), AfterValidator(_rising)] = Field(
        default="", description="ends of the satisfaction scale where the helpdesk leaves it to you (Kustomer), for example 0-1"
    )
    closed: tuple[Annotated[str, Field(min_length=1, max_length=128)], ...] = Field(
        default=(),
        max_length=100,
        description="statuses or stages that end a ticket where their names are your own (HubSpot, Zammad)",
    )


class Target(Frozen):
    """The most specific one that matches holds."""

    metric: Literal["frt_human", "reply_time"] = Field(description="frt_human or reply_time")
    within: Annotated[int, between("1s", "365d")] = Field(description="the wait that still meets the target, for example 5m")
    channel: str = Field(default="", max_length=128, description="left out: any channel")
    priority: str = Field(default="", max_length=128, description="left out: any priority")


class Abandonment(Frozen):
    """Abandonment that no helpdesk tells. A channel's own policy holds for it alone, however little it says."""

    channel: str = Field(default="", max_length=128, description="left out: any channel without a policy of its own")
    silence: Annotated[int, between("1s", "30d")] | None = Field(
        default=None,
        description="a waiting ticket is abandoned when nothing has happened for longer, for example 10m; left out: never",
    )
    unanswered_end: bool = Field(
        default=False, description="true: a ticket that ends before any human reply, but not by a bot, counts as abandoned"
    )


class Rule(Frozen):
    """A variance alert; docs/alerts.md says what each number does."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")] = Field(description="a short name, for example frt-drift")
    version: int = Field(default=1, ge=1, le=2**31, description="raise it when the rule changes its meaning")
    metric: Literal[
        "frt_human", "frt_any", "reply_time", "first_resolution_time", "full_resolution_time", "cycle_resolution_time"
    ] = Field(default="frt_human", description="a metric that is a duration")
    scope: Literal["total", "channel", "team"] = Field(default="channel", description="total, channel or team")
    window: Annotated[int, between("1m", "12h", step="1m")] = Field(
        default=1_800_000, description="the time that is compared with the usual, in whole minutes, for example 30m"
    )
    ratio: Ratio = Field(default="2", description="how many times the usual fires, for example 2 or 1.5")
    resolve_ratio: Ratio = Field(default="1.3", description="below how many times the usual it resolves, for example 1.3")
    onset_ratio: Ratio = Field(default="1.5", description="from how many times the usual on a minute may be the onset")
    floor: Duration | None = Field(default=None, description="the least difference worth an alert; left out: by kind of channel")
    n_min: int = Field(default=10, ge=1, le=100_000, description="the least number of facts in the window")
    n_base: int = Field(default=50, ge=1, le=1_000_000, description="the least number of facts in the baseline")
    hits: int = Field(default=3, ge=1, le=60, description="minutes that must hit, of `of_minutes`")
    of_minutes: int = Field(default=5, ge=1, le=60, description="see `hits`")
    resolve_minutes: int = Field(default=10, ge=1, le=240, description="calm minutes in a row that resolve")
    baseline: Annotated[int, between("1ms", "365d")] | None = Field(
        default=None, description="a fixed usual value; left out: it is learned"
    )
    severity: Literal["info", "warning", "critical"] = Field(default="warning", description="info, warning or critical")


Bounds = Annotated[tuple[Duration, Duration, Duration, Duration], Field(description="four rising bounds, [1m, 5m, 10m, 1h]")]
ChannelClass = Literal["realtime", "social", "email"]


class Account(Frozen):
    """One customer of the helpdesk: a brand, a shop."""

    customer_key: LongSecret = Field(description="makes customers of this account pseudonyms; never change it")
    zone: Zone = Field(default="UTC", description="IANA time zone, for example Europe/Berlin")
    grace: Annotated[int, between("0s", "1h")] = Field(
        default=5000, description="how late events may be before their minute closes, for example 5s; at most 1h"
    )
    channels: dict[str, ChannelClass] = Field(
        default_factory=dict, description="the class of channels with names of your own: realtime, social or email"
    )
    levels: dict[ChannelClass, Bounds] = Field(default_factory=dict, description="bounds of the service levels by channel class")
    targets: tuple[Target, ...] = Field(
        default=(), description="a list of targets: {metric: frt_human, channel: chat, within: 5m}"
    )
    abandonment: tuple[Abandonment, ...] = Field(
        default=(), description="a list of policies: {channel: chat, silence: 10m}; left out: only what the helpdesk tells"
    )
    rules: tuple[Rule, ...] = Field(default=(Rule(id="frt-drift"),), description="a list of variance rules; [] switches them off")
    sources: dict[Name, Source] = Field(default_factory=dict, description="helpdesks and programs that send, by name")


class Kafka(Frozen):
    bootstrap: str = Field(default="", description="host:port of your brokers, comma-separated; left out: the local broker")
    port: Port = Field(default=DEFAULT_KAFKA_PORT, description="of the local broker")
    prefix: Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]{0,64}$")] = Field(
        default="", description="put before every topic's name"
    )
    partitions: int = Field(
        default=4, ge=1, le=1024, description="of ticket-events, when it is created; a change later is a rebuild"
    )
    replication: int = Field(default=1, ge=1, le=9, description="copies of each topic; 3 on a cluster")
    min_insync: int = Field(
        default=1, ge=1, le=9, description="copies that must have an event before it is accepted; 2 on a cluster"
    )
    security: dict[str, Secret] = Field(
        default_factory=dict,
        description="passed to librdkafka as it is, for example security.protocol: SASL_SSL; values may be ${NAME} or file:/path",
    )

    @property
    def is_local(self) -> bool:
        return not self.bootstrap

    @property
    def servers(self) -> str:
        return self.bootstrap or f"{LOCAL_HOST}:{self.port}"

    def client(self) -> dict[str, str]:
        """Connection settings for librdkafka, secrets in the clear: for a client's constructor, never for a log."""
        return {"bootstrap.servers": self.servers, **{name: value.get_secret_value() for name, value in self.security.items()}}


class Login(Frozen):
    user: str = Field(min_length=1, description="name of a ClickHouse user")
    password: Secret = Field(description="its password: text, ${NAME} or file:/path")


class Clickhouse(Frozen):
    url: Annotated[str, Field(pattern=r"^(https?://[^/\s@]+/?)?$")] = Field(
        default="",
        description="http://host:8123 or https://host:8443 of your server, without user and password; left out: the local one",
    )
    port: Port = Field(default=DEFAULT_CLICKHOUSE_PORT, description="of the local ClickHouse")
    database: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$")] = Field(default="deskpulse", description="its name")
    cluster: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,64}$")] = Field(
        default="", description="name of a cluster with replicated tables; left out: one server"
    )
    conversion_days: int = Field(
        default=5, ge=1, le=90, description="an order within this many days of a ticket counts as its conversion"
    )
    admin: Login | None = Field(default=None, description="may change the schema: for `migrate`")
    writer: Login | None = Field(default=None, description="may insert: for `sink`")
    reader: Login | None = Field(default=None, description="may read: for `doctor`, the demo, dashboards")

    @property
    def is_local(self) -> bool:
        return not self.url

    @property
    def address(self) -> str:
        return (self.url or f"http://{LOCAL_HOST}:{self.port}").rstrip("/")


class Gateway(Frozen):
    host: str = Field(default=LOCAL_HOST, min_length=1, description="address to listen on; 0.0.0.0 in a container")
    port: Port = Field(default=DEFAULT_GATEWAY_PORT, description="port to listen on")
    public_url: Annotated[str, Field(pattern=r"^(https?://[^\s]+)?$")] = Field(
        default="", description="how the helpdesk reaches the gateway, for example https://hooks.example.com"
    )
    max_body_bytes: int = Field(
        default=1 << 20, ge=1 << 16, le=64 << 20, description="largest request body; Zendesk sends up to 256 kB"
    )
    max_depth: int = Field(default=32, ge=4, le=256, description="deepest nesting of a body")
    max_batch: int = Field(default=1000, ge=1, le=100_000, description="most events in one batch of CloudEvents")
    rate_per_s: int = Field(
        default=2000, ge=1, le=1_000_000, description="events a second of one source, on average; beyond: 429 with Retry-After"
    )
    burst: int = Field(default=10_000, ge=1, le=10_000_000, description="events of one source at once")
    spool: Folder | None = Field(
        default=None,
        description="folder, of this gateway alone, where events that the helpdesk never sends again (Chatwoot, Front rules, Crisp "
        "website hooks) wait while the broker is away; left out: `spool` in the data folder",
    )
    spool_bytes: int = Field(
        default=256 << 20, ge=1 << 20, le=1 << 40, description="most that may wait there; beyond: 503, and such events are lost"
    )

    @property
    def local_url(self) -> str:
        return f"http://{LOCAL_HOST if self.host in {'0.0.0.0', ''} else self.host}:{self.port}"  # noqa: S104 - compared, not bound

    @property
    def url(self) -> str:
        return (self.public_url or self.local_url).rstrip("/")


class Webhook(Frozen):
    """A receiver of signed alerts (Standard Webhooks)."""

    url: Annotated[str, Field(pattern=r"^https?://[^\s]+$")] = Field(description="where alerts are posted, https://...")
    secrets: tuple[WebhookSecret, ...] = Field(
        min_length=1, max_length=2, description="whsec_..., one or two while it is being changed"
    )
    allow_private: bool = Field(default=False, description="true: the address may be on this machine or in a private network")
    accounts: tuple[Name, ...] = Field(default=(), description="only alerts of these accounts; left out: of all")


class Notify(Frozen):
    printer: bool = Field(default=True, description="true: alerts are printed")
    webhooks: dict[Name, Webhook] = Field(default_factory=dict, description="signed webhooks by name")


class Retention(Frozen):
    """Days. What the log keeps in Kafka is a setting of the topic."""

    log_days: int | None = Field(default=None, ge=1, le=36500, description="of ticket-events in Kafka; left out: for ever")
    events_days: int = Field(default=400, ge=1, le=36500, description="of events in ClickHouse")
    facts_days: int = Field(default=1095, ge=1, le=36500, description="of facts in ClickHouse")
    windows_days: int = Field(default=7, ge=1, le=3650, description="of live minutes in ClickHouse")
    alerts_days: int = Field(default=730, ge=1, le=36500, description="of alerts in ClickHouse")
    dead_letters_days: int = Field(default=30, ge=1, le=3650, description="of dead letters in ClickHouse")


def _clock(text: str) -> str:
    if text:
        parse(text)
    return text


class Settings(Frozen):
    accounts: dict[Name, Account] = Field(default_factory=dict, description="accounts by name")
    kafka: Kafka = Field(default=Kafka(), description="the broker")
    clickhouse: Clickhouse = Field(default=Clickhouse(), description="the database")
    gateway: Gateway = Field(default=Gateway(), description="the HTTP door")
    notify: Notify = Field(default=Notify(), description="where alerts go")
    retention: Retention = Field(default=Retention(), description="how long things are kept, in days")
    data: Folder = Field(default=Path(".deskpulse"), description="folder of the local servers, logs and tokens")
    clock: Annotated[str, AfterValidator(_clock)] = Field(
        default="", description="<start_ms>:<rate>:<origin_ms>, for demos and tests; left out: the real time"
    )

    @property
    def injected_clock(self) -> Clock | None:
        return parse(self.clock) if self.clock else None
