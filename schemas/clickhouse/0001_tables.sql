-- The tables. Every one is an upsert: a row's key is its ORDER BY and PARTITION BY, of equal keys the highest version holds,
-- and reading is with FINAL or through the views. Nothing in a key may ever be corrected.
-- Retentions are statements of their own, so that a changed setting only repeats those.

CREATE TABLE IF NOT EXISTS ticket_events ${on_cluster}
(
    account LowCardinality(String) COMMENT 'The helpdesk customer: a brand or a shop',
    source LowCardinality(String) COMMENT 'The configured helpdesk or shop within the account',
    event_id String COMMENT 'Unique within the source',
    event_type LowCardinality(String) COMMENT 'As in the CloudEvents type: ticket.opened, ticket.replied, order.placed, ..',
    event_time DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)) COMMENT 'When it happened at the helpdesk',
    vendor LowCardinality(String) COMMENT 'Which helpdesk product sent it',
    ticket_id String COMMENT 'The ticket, as its helpdesk calls it',
    customer String COMMENT 'A keyed hash, empty where unknown or forgotten',
    actor LowCardinality(String) COMMENT 'Who did it: customer, agent, bot or system',
    agent_id LowCardinality(String) COMMENT 'The agent it names',
    team LowCardinality(String) COMMENT 'The team it names',
    channel LowCardinality(String) COMMENT 'The channel it names',
    priority LowCardinality(String) COMMENT 'The priority it names',
    tags Array(LowCardinality(String)) COMMENT 'The tags it names',
    data String COMMENT 'The whole payload as JSON; empty once its customer is forgotten',
    src_partition UInt16 COMMENT 'Partition of the log it stands in',
    version UInt64 CODEC(Delta(8), ZSTD(1)) COMMENT 'Epoch and offset of the log this row follows from: of rows with the same key, the highest holds',
    written_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta(8), ZSTD(1)) COMMENT 'When this row arrived; freshness, never business time',
    INDEX ix_ticket ticket_id TYPE bloom_filter,
    INDEX ix_customer customer TYPE bloom_filter
)
ENGINE = ${replicated}ReplacingMergeTree(version)
PARTITION BY toYYYYMM(event_time)
ORDER BY (account, toStartOfHour(event_time), source, ticket_id, event_id)
SETTINGS ttl_only_drop_parts = 1, default_compression_codec = 'ZSTD(1)', min_age_to_force_merge_seconds = 600, min_age_to_force_merge_on_partition_only = 1
COMMENT 'Every canonical event of tickets and orders, once';

ALTER TABLE ticket_events ${on_cluster} MODIFY TTL toDate(event_time) + ${keep_events_days};

CREATE TABLE IF NOT EXISTS tickets ${on_cluster}
(
    account LowCardinality(String) COMMENT 'The helpdesk customer: a brand or a shop',
    source LowCardinality(String) COMMENT 'The configured helpdesk or shop within the account',
    ticket_id String COMMENT 'The ticket, as its helpdesk calls it',
    version UInt64 COMMENT 'Epoch and offset of the log this row follows from: of rows with the same key, the highest holds',
    is_deleted UInt8 COMMENT '1 once removed as spam or deleted: FINAL hides it',
    vendor LowCardinality(String) COMMENT 'Which helpdesk product holds it',
    status LowCardinality(String) COMMENT 'open, resolved, abandoned, merged or removed',
    merged_into String COMMENT 'The ticket it went into, empty if none',
    customer String COMMENT 'A keyed hash, empty where unknown or forgotten',
    brand LowCardinality(String) COMMENT 'Brand',
    channel LowCardinality(String) COMMENT 'Channel now',
    team LowCardinality(String) COMMENT 'Team that holds it now',
    agent_id LowCardinality(String) COMMENT 'Agent who holds it now',
    last_team LowCardinality(String) COMMENT 'Team of the last human sender, as of then',
    last_agent_id LowCardinality(String) COMMENT 'The last human sender',
    priority LowCardinality(String) COMMENT 'Priority now',
    tags Array(LowCardinality(String)) COMMENT 'Tags now',
    opened_at Nullable(DateTime64(3, 'UTC')) COMMENT 'NULL where the opening was never seen',
    opened_date Nullable(Date) COMMENT 'Civil day of the opening in the zone of the account',
    first_replied_at Nullable(DateTime64(3, 'UTC')) COMMENT 'First public answer',
    resolved_at Nullable(DateTime64(3, 'UTC')) COMMENT 'NULL while it is not resolved',
    abandoned_at Nullable(DateTime64(3, 'UTC')) COMMENT 'NULL while it is not abandoned',
    waiting_since Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when the customer waits for an answer, NULL if not',
    updated_at DateTime64(3, 'UTC') COMMENT 'Last event',
    replies UInt32 COMMENT 'Public answers by agents',
    reopens UInt32 COMMENT 'How often it was reopened',
    rating Nullable(UInt8) COMMENT 'Satisfaction as given, NULL if not asked or not answered',
    level UInt8 COMMENT 'Service level of the first answer, 1 (unacceptable) to 5 (stellar), 0 for none',
    first_response_ms Nullable(Int64) COMMENT 'Opening to first answer, in calendar time',
    first_response_business_ms Nullable(Int64) COMMENT 'The same within business hours, NULL without a schedule',
    resolution_ms Nullable(Int64) COMMENT 'Opening to resolution, in calendar time',
    resolution_business_ms Nullable(Int64) COMMENT 'The same within business hours, NULL without a schedule',
    written_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta(8), ZSTD(1)) COMMENT 'When this row arrived; freshness, never business time',
    INDEX ix_opened opened_at TYPE minmax,
    INDEX ix_customer customer TYPE bloom_filter
)
ENGINE = ${replicated}ReplacingMergeTree(version, is_deleted)
ORDER BY (account, source, ticket_id)
SETTINGS default_compression_codec = 'ZSTD(1)', min_age_to_force_merge_seconds = 600, min_age_to_force_merge_on_partition_only = 1
COMMENT 'Every ticket as it is now';

CREATE TABLE IF NOT EXISTS facts ${on_cluster}
(
    account LowCardinality(String) COMMENT 'The helpdesk customer: a brand or a shop',
    metric LowCardinality(String) COMMENT 'What was measured',
    local_date Date COMMENT 'Civil day of at, in the zone of the account then in force',
    local_hour UInt8 COMMENT 'Civil hour of at, likewise',
    source LowCardinality(String) COMMENT 'The configured helpdesk or shop within the account',
    ticket_id String COMMENT 'The ticket, as its helpdesk calls it',
    fact_id UInt64 COMMENT 'Hash of the whole fact without sign and version',
    sign Int8 COMMENT '1 asserted, -1 retracted: a retraction replaces its assertion. Never sum sign * value',
    version UInt64 CODEC(T64, ZSTD(1)) COMMENT 'Epoch and offset of the log this row follows from: of rows with the same key, the highest holds',
    is_deleted UInt8 MATERIALIZED sign < 0 COMMENT 'Retracted: FINAL hides it',
    unit LowCardinality(String) COMMENT 'ms, count or score',
    value Int64 CODEC(T64, ZSTD(1)) COMMENT 'A duration, a rating, or 1 a thing; of a ratio 0 or 1 per member of its denominator',
    business_ms Nullable(Int64) COMMENT 'A duration within business hours, NULL without a schedule',
    met Nullable(UInt8) COMMENT '1 in target (or a positive rating), 0 not, NULL without target',
    level UInt8 COMMENT 'Service level 1 (unacceptable) to 5 (stellar), 0 for none',
    at DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)) COMMENT 'The instant it is attributed to',
    opened_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Opening of the ticket, NULL where it was never seen',
    opened_date Nullable(Date) COMMENT 'Civil day of the opening: the cohort',
    channel LowCardinality(String) COMMENT 'Channel at that time',
    team LowCardinality(String) COMMENT 'Team at that time',
    agent_id LowCardinality(String) COMMENT 'Agent at that time, as the helpdesk calls them',
    priority LowCardinality(String) COMMENT 'Priority at that time',
    brand LowCardinality(String) COMMENT 'Brand',
    language LowCardinality(String) COMMENT 'Language of the customer',
    tier LowCardinality(String) COMMENT 'Tier of the customer',
    tags Array(LowCardinality(String)) COMMENT 'Tags of the ticket',
    written_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta(8), ZSTD(1)) COMMENT 'When this row arrived; freshness, never business time',
    INDEX ix_hour toDateTime(local_date, 'UTC') + toIntervalHour(local_hour) TYPE minmax,
    INDEX ix_at at TYPE minmax,
    INDEX ix_ticket ticket_id TYPE bloom_filter
)
ENGINE = ${replicated}ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMM(local_date)
ORDER BY (account, metric, local_date, local_hour, source, ticket_id, fact_id)
SETTINGS ttl_only_drop_parts = 1, default_compression_codec = 'ZSTD(1)', min_age_to_force_merge_seconds = 600, min_age_to_force_merge_on_partition_only = 1
COMMENT 'Every measurement of every ticket: what all metrics are computed from. Read v_facts or the v_metrics views';

ALTER TABLE facts ${on_cluster} MODIFY TTL local_date + ${keep_facts_days};

CREATE TABLE IF NOT EXISTS orders ${on_cluster}
(
    account LowCardinality(String) COMMENT 'The helpdesk customer: a brand or a shop',
    source LowCardinality(String) COMMENT 'The configured shop within the account',
    order_id String COMMENT 'The order, as its shop calls it',
    event_id String COMMENT 'Unique within the source',
    version UInt64 COMMENT 'Epoch and offset of the log this row follows from: of rows with the same key, the highest holds',
    kind LowCardinality(String) COMMENT 'placed (the last one holds) or refunded (they add up)',
    at DateTime64(3, 'UTC') COMMENT 'When it happened at the shop',
    customer String COMMENT 'A keyed hash, empty where unknown or forgotten',
    amount Decimal(18, 4) COMMENT 'Worth of the order, or of the refund',
    currency LowCardinality(String) COMMENT 'ISO 4217',
    written_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta(8), ZSTD(1)) COMMENT 'When this row arrived; freshness, never business time'
)
ENGINE = ${replicated}ReplacingMergeTree(version)
ORDER BY (account, source, order_id, event_id)
SETTINGS default_compression_codec = 'ZSTD(1)', min_age_to_force_merge_seconds = 600, min_age_to_force_merge_on_partition_only = 1
COMMENT 'One row per order event; v_orders has one per order';

CREATE TABLE IF NOT EXISTS metric_windows ${on_cluster}
(
    account LowCardinality(String) COMMENT 'The helpdesk customer: a brand or a shop',
    metric LowCardinality(String) COMMENT 'What is measured',
    scope LowCardinality(String) COMMENT 'total, or dimensions joined by +',
    window_start DateTime('UTC') CODEC(Delta(4), ZSTD(1)) COMMENT 'Start of the minute',
    label String COMMENT 'Values of the dimensions, joined by byte 0x1F',
    version UInt64 CODEC(T64, ZSTD(1)) COMMENT 'Epoch and offset of the log this row follows from: of rows with the same key, the highest holds',
    count Int64 CODEC(T64, ZSTD(1)) COMMENT 'Facts in this minute',
    sum Int64 CODEC(T64, ZSTD(1)) COMMENT 'Of their values, in the unit of the metric',
    met Int64 CODEC(T64, ZSTD(1)) COMMENT 'How many were in target',
    missed Int64 CODEC(T64, ZSTD(1)) COMMENT 'How many were not',
    levels Array(Int32) COMMENT 'How many at service level 1 to 5, or nothing',
    gauge Nullable(Int64) COMMENT 'A level at the end of the minute, of metrics that have one',
    written_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta(8), ZSTD(1)) COMMENT 'When this row arrived; freshness, never business time'
)
ENGINE = ${replicated}ReplacingMergeTree(version)
PARTITION BY toYYYYMMDD(window_start)
ORDER BY (account, metric, scope, window_start, label)
SETTINGS ttl_only_drop_parts = 1, default_compression_codec = 'ZSTD(1)', min_age_to_force_merge_seconds = 600, min_age_to_force_merge_on_partition_only = 1
COMMENT 'Live one-minute windows. A query reads exactly one scope';

ALTER TABLE metric_windows ${on_cluster} MODIFY TTL toDate(window_start) + ${keep_windows_days};

CREATE TABLE IF NOT EXISTS alerts ${on_cluster}
(
    account LowCardinality(String) COMMENT 'The helpdesk customer: a brand or a shop',
    opened_at DateTime64(3, 'UTC') COMMENT 'When the episode began',
    episode_id String COMMENT 'One episode of one alert',
    seq UInt32 COMMENT 'Transition within the episode, from 1',
    version UInt64 COMMENT 'Epoch and offset of the log this row follows from: of rows with the same key, the highest holds',
    alert_key String COMMENT 'Rule and series it watches',
    rule_id LowCardinality(String) COMMENT 'Which rule',
    rule_version UInt32 COMMENT 'Which version of the rule',
    state LowCardinality(String) COMMENT 'State after this transition',
    severity LowCardinality(String) COMMENT 'How bad',
    at DateTime64(3, 'UTC') COMMENT 'When this transition happened',
    onset_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when the numbers had changed',
    resolved_at Nullable(DateTime64(3, 'UTC')) COMMENT 'NULL while it is open',
    metric LowCardinality(String) COMMENT 'Metric it watches',
    scope LowCardinality(String) COMMENT 'Scope it watches',
    labels Map(LowCardinality(String), String) COMMENT 'The dimensions it is about',
    direction LowCardinality(String) COMMENT 'up or down',
    observed Nullable(Float64) COMMENT 'The number that decided',
    expected Nullable(Float64) COMMENT 'What was usual',
    summary String COMMENT 'One line for people',
    message String COMMENT 'The whole message',
    historical UInt8 COMMENT '1 if it concerns the past and was told to nobody',
    written_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta(8), ZSTD(1)) COMMENT 'When this row arrived; freshness, never business time'
)
ENGINE = ${replicated}ReplacingMergeTree(version)
PARTITION BY toYYYYMM(opened_at)
ORDER BY (account, opened_at, episode_id, seq)
SETTINGS ttl_only_drop_parts = 1, default_compression_codec = 'ZSTD(1)', min_age_to_force_merge_seconds = 600, min_age_to_force_merge_on_partition_only = 1
COMMENT 'Every transition of every alert; v_alerts has the last of each episode';

ALTER TABLE alerts ${on_cluster} MODIFY TTL toDate(opened_at) + ${keep_alerts_days};

CREATE TABLE IF NOT EXISTS dead_letters ${on_cluster}
(
    stage LowCardinality(String) COMMENT 'Who refused it: gateway, fold or sink',
    letter_id String COMMENT 'Topic, partition and offset it came from, or the request at the door',
    version UInt64 COMMENT 'Epoch and offset of the log this row follows from: of rows with the same key, the highest holds',
    account LowCardinality(String) COMMENT 'Empty where it could not be told',
    source LowCardinality(String) COMMENT 'Empty where it could not be told',
    reason LowCardinality(String) COMMENT 'One of a closed list',
    error String COMMENT 'What is wrong and where; never a value',
    size UInt32 COMMENT 'Bytes of the original',
    at DateTime64(3, 'UTC') COMMENT 'When it was refused',
    src_topic LowCardinality(String) COMMENT 'Topic it came from',
    src_partition UInt16 COMMENT 'Partition it came from',
    src_offset UInt64 COMMENT 'Offset it came from',
    dl_partition UInt16 COMMENT 'Partition of dead-letters that holds its bytes',
    dl_offset UInt64 COMMENT 'Offset in it',
    written_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta(8), ZSTD(1)) COMMENT 'When this row arrived; freshness, never business time'
)
ENGINE = ${replicated}ReplacingMergeTree(version)
ORDER BY (stage, letter_id)
SETTINGS default_compression_codec = 'ZSTD(1)', min_age_to_force_merge_seconds = 600, min_age_to_force_merge_on_partition_only = 1
COMMENT 'What could not be applied, and why; its bytes stay in Kafka';

ALTER TABLE dead_letters ${on_cluster} MODIFY TTL toDate(at) + ${keep_dead_letters_days};

CREATE TABLE IF NOT EXISTS account_settings ${on_cluster}
(
    account LowCardinality(String) COMMENT 'The helpdesk customer: a brand or a shop',
    version UInt64 COMMENT 'The highest of an account holds now',
    at DateTime64(3, 'UTC') COMMENT 'When they were applied',
    settings String COMMENT 'As JSON',
    written_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta(8), ZSTD(1)) COMMENT 'When this row arrived; freshness, never business time'
)
ENGINE = ${replicated}ReplacingMergeTree(version)
ORDER BY (account, version)
SETTINGS default_compression_codec = 'ZSTD(1)', min_age_to_force_merge_seconds = 600, min_age_to_force_merge_on_partition_only = 1
COMMENT 'Settings that change numbers, as they held from each version on; without secrets';

CREATE TABLE IF NOT EXISTS log_epochs ${on_cluster}
(
    epoch UInt16 COMMENT 'Highest 16 bits of every version',
    log_id String COMMENT 'Cluster id and topic id of ticket-events',
    partitions UInt32 COMMENT 'How many it has',
    written_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta(8), ZSTD(1)) COMMENT 'When this row arrived; freshness, never business time'
)
ENGINE = ${replicated}ReplacingMergeTree
ORDER BY epoch
SETTINGS default_compression_codec = 'ZSTD(1)', min_age_to_force_merge_seconds = 600, min_age_to_force_merge_on_partition_only = 1
COMMENT 'Every log these rows came from';

CREATE TABLE IF NOT EXISTS forgotten ${on_cluster}
(
    account LowCardinality(String) COMMENT 'The helpdesk customer: a brand or a shop',
    customer String COMMENT 'The keyed hash',
    version UInt64 COMMENT 'Epoch and offset of the log this row follows from: of rows with the same key, the highest holds',
    written_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta(8), ZSTD(1)) COMMENT 'When this row arrived; freshness, never business time'
)
ENGINE = ${replicated}ReplacingMergeTree(version)
ORDER BY (account, customer)
SETTINGS default_compression_codec = 'ZSTD(1)', min_age_to_force_merge_seconds = 600, min_age_to_force_merge_on_partition_only = 1
COMMENT 'Customers who asked to be forgotten: every sink blanks them';
