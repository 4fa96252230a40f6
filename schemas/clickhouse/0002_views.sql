-- The views that dashboards and BI tools read. Written by `python -m schemas.views`: change that, not this.

CREATE OR REPLACE VIEW v_facts ${on_cluster} AS
SELECT * EXCEPT (sign) FROM facts FINAL
COMMENT 'Every measurement that holds, one row each';

CREATE OR REPLACE VIEW v_tickets ${on_cluster} AS
SELECT *, toMonday(opened_date) AS opened_week, toStartOfMonth(opened_date) AS opened_month,
       toStartOfQuarter(opened_date) AS opened_quarter
FROM tickets FINAL
COMMENT 'Every ticket as it is now';

CREATE OR REPLACE VIEW v_tickets_by_tag ${on_cluster} AS
SELECT account, assumeNotNull(opened_date) AS period, tag, count() AS tickets
FROM tickets FINAL ARRAY JOIN tags AS tag
WHERE merged_into = '' AND opened_date IS NOT NULL
GROUP BY account, period, tag
COMMENT 'Tickets opened, by day and tag';

CREATE OR REPLACE VIEW v_waiting ${on_cluster} AS
SELECT account, source, ticket_id, channel, priority, team, agent_id, tags, opened_at, assumeNotNull(waiting_since) AS since,
       dateDiff('millisecond', since, now64(3, 'UTC')) AS waiting_ms
FROM tickets FINAL
WHERE status = 'open' AND waiting_since IS NOT NULL
COMMENT 'Open tickets whose customer waits for an answer, and for how long';

CREATE OR REPLACE VIEW v_backlog ${on_cluster} AS
SELECT account, source, ticket_id, channel, priority, team, agent_id, tags, opened_at, updated_at,
       dateDiff('millisecond', opened_at, now64(3, 'UTC')) AS age_ms
FROM tickets FINAL
WHERE status = 'open'
COMMENT 'All open tickets, who holds them, and how old they are (NULL where the opening was never seen)';

CREATE OR REPLACE VIEW v_windows ${on_cluster} AS
SELECT w.account AS account, w.metric AS metric, w.scope AS scope, replaceAll(w.label, '\x1F', ' / ') AS label,
       w.window_start AS window_start, w.count AS count, w.sum AS sum, if(count > 0, sum / count, NULL) AS avg,
       w.met AS met, w.missed AS missed, if(met + missed > 0, met / (met + missed), NULL) AS attained,
       w.levels[1] AS level_1, w.levels[2] AS level_2, w.levels[3] AS level_3, w.levels[4] AS level_4, w.levels[5] AS level_5,
       w.gauge AS gauge, w.version AS version
FROM metric_windows AS w FINAL
COMMENT 'Live minutes. Filter on one scope: the scopes overlap';

CREATE OR REPLACE VIEW v_alerts ${on_cluster} AS
SELECT * FROM alerts FINAL ORDER BY account, episode_id, seq DESC LIMIT 1 BY account, episode_id
COMMENT 'Every alert episode in its last state';

CREATE OR REPLACE VIEW v_open_alerts ${on_cluster} AS
SELECT * FROM v_alerts WHERE state != 'resolved' AND historical = 0
COMMENT 'Alerts that are open now';

CREATE OR REPLACE VIEW v_dead_letters ${on_cluster} AS
SELECT * FROM dead_letters FINAL
COMMENT 'What could not be applied, and why';

CREATE OR REPLACE VIEW v_metrics_hour_by_total ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, toDateTime(f.local_date, 'UTC') + toIntervalHour(local_hour) AS period, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
GROUP BY account, metric, period
COMMENT 'Every metric by hour; the hour of the instant, in the zone of the account';

CREATE OR REPLACE VIEW v_metrics_hour_by_channel ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, toDateTime(f.local_date, 'UTC') + toIntervalHour(local_hour) AS period, f.channel AS channel, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
GROUP BY account, metric, period, channel
COMMENT 'Every metric by hour and channel; the hour of the instant, in the zone of the account';

CREATE OR REPLACE VIEW v_metrics_hour_by_team ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, toDateTime(f.local_date, 'UTC') + toIntervalHour(local_hour) AS period, f.team AS team, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
GROUP BY account, metric, period, team
COMMENT 'Every metric by hour and team; the hour of the instant, in the zone of the account';

CREATE OR REPLACE VIEW v_metrics_hour_by_agent ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, toDateTime(f.local_date, 'UTC') + toIntervalHour(local_hour) AS period, f.agent_id AS agent_id, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
GROUP BY account, metric, period, agent_id
COMMENT 'Every metric by hour and agent; the hour of the instant, in the zone of the account';

CREATE OR REPLACE VIEW v_metrics_hour_by_priority ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, toDateTime(f.local_date, 'UTC') + toIntervalHour(local_hour) AS period, f.priority AS priority, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
GROUP BY account, metric, period, priority
COMMENT 'Every metric by hour and priority; the hour of the instant, in the zone of the account';

CREATE OR REPLACE VIEW v_metrics_hour_by_tag ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, toDateTime(f.local_date, 'UTC') + toIntervalHour(local_hour) AS period, tag, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL ARRAY JOIN f.tags AS tag
GROUP BY account, metric, period, tag
COMMENT 'Every metric by hour and tag; the hour of the instant, in the zone of the account';

CREATE OR REPLACE VIEW v_metrics_hour_by_brand ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, toDateTime(f.local_date, 'UTC') + toIntervalHour(local_hour) AS period, f.brand AS brand, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
GROUP BY account, metric, period, brand
COMMENT 'Every metric by hour and brand; the hour of the instant, in the zone of the account';

CREATE OR REPLACE VIEW v_metrics_day_by_total ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, f.local_date AS period, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
GROUP BY account, metric, period
COMMENT 'Every metric by day; the day of the instant, in the zone of the account';

CREATE OR REPLACE VIEW v_metrics_day_by_channel ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, f.local_date AS period, f.channel AS channel, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
GROUP BY account, metric, period, channel
COMMENT 'Every metric by day and channel; the day of the instant, in the zone of the account';

CREATE OR REPLACE VIEW v_metrics_day_by_team ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, f.local_date AS period, f.team AS team, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
GROUP BY account, metric, period, team
COMMENT 'Every metric by day and team; the day of the instant, in the zone of the account';

CREATE OR REPLACE VIEW v_metrics_day_by_agent ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, f.local_date AS period, f.agent_id AS agent_id, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
GROUP BY account, metric, period, agent_id
COMMENT 'Every metric by day and agent; the day of the instant, in the zone of the account';

CREATE OR REPLACE VIEW v_metrics_day_by_priority ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, f.local_date AS period, f.priority AS priority, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
GROUP BY account, metric, period, priority
COMMENT 'Every metric by day and priority; the day of the instant, in the zone of the account';

CREATE OR REPLACE VIEW v_metrics_day_by_tag ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, f.local_date AS period, tag, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL ARRAY JOIN f.tags AS tag
GROUP BY account, metric, period, tag
COMMENT 'Every metric by day and tag; the day of the instant, in the zone of the account';

CREATE OR REPLACE VIEW v_metrics_day_by_brand ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, f.local_date AS period, f.brand AS brand, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
GROUP BY account, metric, period, brand
COMMENT 'Every metric by day and brand; the day of the instant, in the zone of the account';

CREATE OR REPLACE VIEW v_metrics_week_by_total ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, toMonday(f.local_date) AS period, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
GROUP BY account, metric, period
COMMENT 'Every metric by week; the week of the instant, in the zone of the account';

CREATE OR REPLACE VIEW v_metrics_week_by_channel ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, toMonday(f.local_date) AS period, f.channel AS channel, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
GROUP BY account, metric, period, channel
COMMENT 'Every metric by week and channel; the week of the instant, in the zone of the account';

CREATE OR REPLACE VIEW v_metrics_week_by_team ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, toMonday(f.local_date) AS period, f.team AS team, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
GROUP BY account, metric, period, team
COMMENT 'Every metric by week and team; the week of the instant, in the zone of the account';

CREATE OR REPLACE VIEW v_metrics_week_by_agent ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, toMonday(f.local_date) AS period, f.agent_id AS agent_id, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
GROUP BY account, metric, period, agent_id
COMMENT 'Every metric by week and agent; the week of the instant, in the zone of the account';

CREATE OR REPLACE VIEW v_metrics_week_by_priority ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, toMonday(f.local_date) AS period, f.priority AS priority, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
GROUP BY account, metric, period, priority
COMMENT 'Every metric by week and priority; the week of the instant, in the zone of the account';

CREATE OR REPLACE VIEW v_metrics_week_by_tag ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, toMonday(f.local_date) AS period, tag, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL ARRAY JOIN f.tags AS tag
GROUP BY account, metric, period, tag
COMMENT 'Every metric by week and tag; the week of the instant, in the zone of the account';

CREATE OR REPLACE VIEW v_metrics_week_by_brand ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, toMonday(f.local_date) AS period, f.brand AS brand, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
GROUP BY account, metric, period, brand
COMMENT 'Every metric by week and brand; the week of the instant, in the zone of the account';

CREATE OR REPLACE VIEW v_metrics_month_by_total ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, toStartOfMonth(f.local_date) AS period, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
GROUP BY account, metric, period
COMMENT 'Every metric by month; the month of the instant, in the zone of the account';

CREATE OR REPLACE VIEW v_metrics_month_by_channel ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, toStartOfMonth(f.local_date) AS period, f.channel AS channel, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
GROUP BY account, metric, period, channel
COMMENT 'Every metric by month and channel; the month of the instant, in the zone of the account';

CREATE OR REPLACE VIEW v_metrics_month_by_team ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, toStartOfMonth(f.local_date) AS period, f.team AS team, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
GROUP BY account, metric, period, team
COMMENT 'Every metric by month and team; the month of the instant, in the zone of the account';

CREATE OR REPLACE VIEW v_metrics_month_by_agent ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, toStartOfMonth(f.local_date) AS period, f.agent_id AS agent_id, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
GROUP BY account, metric, period, agent_id
COMMENT 'Every metric by month and agent; the month of the instant, in the zone of the account';

CREATE OR REPLACE VIEW v_metrics_month_by_priority ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, toStartOfMonth(f.local_date) AS period, f.priority AS priority, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
GROUP BY account, metric, period, priority
COMMENT 'Every metric by month and priority; the month of the instant, in the zone of the account';

CREATE OR REPLACE VIEW v_metrics_month_by_tag ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, toStartOfMonth(f.local_date) AS period, tag, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL ARRAY JOIN f.tags AS tag
GROUP BY account, metric, period, tag
COMMENT 'Every metric by month and tag; the month of the instant, in the zone of the account';

CREATE OR REPLACE VIEW v_metrics_month_by_brand ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, toStartOfMonth(f.local_date) AS period, f.brand AS brand, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
GROUP BY account, metric, period, brand
COMMENT 'Every metric by month and brand; the month of the instant, in the zone of the account';

CREATE OR REPLACE VIEW v_metrics_quarter_by_total ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, toStartOfQuarter(f.local_date) AS period, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
GROUP BY account, metric, period
COMMENT 'Every metric by quarter; the quarter of the instant, in the zone of the account';

CREATE OR REPLACE VIEW v_metrics_quarter_by_channel ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, toStartOfQuarter(f.local_date) AS period, f.channel AS channel, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
GROUP BY account, metric, period, channel
COMMENT 'Every metric by quarter and channel; the quarter of the instant, in the zone of the account';

CREATE OR REPLACE VIEW v_metrics_quarter_by_team ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, toStartOfQuarter(f.local_date) AS period, f.team AS team, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
GROUP BY account, metric, period, team
COMMENT 'Every metric by quarter and team; the quarter of the instant, in the zone of the account';

CREATE OR REPLACE VIEW v_metrics_quarter_by_agent ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, toStartOfQuarter(f.local_date) AS period, f.agent_id AS agent_id, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
GROUP BY account, metric, period, agent_id
COMMENT 'Every metric by quarter and agent; the quarter of the instant, in the zone of the account';

CREATE OR REPLACE VIEW v_metrics_quarter_by_priority ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, toStartOfQuarter(f.local_date) AS period, f.priority AS priority, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
GROUP BY account, metric, period, priority
COMMENT 'Every metric by quarter and priority; the quarter of the instant, in the zone of the account';

CREATE OR REPLACE VIEW v_metrics_quarter_by_tag ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, toStartOfQuarter(f.local_date) AS period, tag, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL ARRAY JOIN f.tags AS tag
GROUP BY account, metric, period, tag
COMMENT 'Every metric by quarter and tag; the quarter of the instant, in the zone of the account';

CREATE OR REPLACE VIEW v_metrics_quarter_by_brand ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, toStartOfQuarter(f.local_date) AS period, f.brand AS brand, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
GROUP BY account, metric, period, brand
COMMENT 'Every metric by quarter and brand; the quarter of the instant, in the zone of the account';

CREATE OR REPLACE VIEW v_cohorts_day_by_total ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, assumeNotNull(f.opened_date) AS period, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
WHERE f.opened_date IS NOT NULL
GROUP BY account, metric, period
COMMENT 'Every metric by day; the day in which the ticket was opened, in the zone of the account';

CREATE OR REPLACE VIEW v_cohorts_day_by_channel ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, assumeNotNull(f.opened_date) AS period, f.channel AS channel, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
WHERE f.opened_date IS NOT NULL
GROUP BY account, metric, period, channel
COMMENT 'Every metric by day and channel; the day in which the ticket was opened, in the zone of the account';

CREATE OR REPLACE VIEW v_cohorts_week_by_total ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, toMonday(assumeNotNull(f.opened_date)) AS period, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
WHERE f.opened_date IS NOT NULL
GROUP BY account, metric, period
COMMENT 'Every metric by week; the week in which the ticket was opened, in the zone of the account';

CREATE OR REPLACE VIEW v_cohorts_week_by_channel ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, toMonday(assumeNotNull(f.opened_date)) AS period, f.channel AS channel, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
WHERE f.opened_date IS NOT NULL
GROUP BY account, metric, period, channel
COMMENT 'Every metric by week and channel; the week in which the ticket was opened, in the zone of the account';

CREATE OR REPLACE VIEW v_cohorts_month_by_total ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, toStartOfMonth(assumeNotNull(f.opened_date)) AS period, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
WHERE f.opened_date IS NOT NULL
GROUP BY account, metric, period
COMMENT 'Every metric by month; the month in which the ticket was opened, in the zone of the account';

CREATE OR REPLACE VIEW v_cohorts_month_by_channel ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, toStartOfMonth(assumeNotNull(f.opened_date)) AS period, f.channel AS channel, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
WHERE f.opened_date IS NOT NULL
GROUP BY account, metric, period, channel
COMMENT 'Every metric by month and channel; the month in which the ticket was opened, in the zone of the account';

CREATE OR REPLACE VIEW v_cohorts_quarter_by_total ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, toStartOfQuarter(assumeNotNull(f.opened_date)) AS period, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
WHERE f.opened_date IS NOT NULL
GROUP BY account, metric, period
COMMENT 'Every metric by quarter; the quarter in which the ticket was opened, in the zone of the account';

CREATE OR REPLACE VIEW v_cohorts_quarter_by_channel ${on_cluster} AS
WITH quantilesExactInclusive(0.5, 0.9, 0.95, 0.99)(f.value) AS q, quantilesExactInclusive(0.5, 0.9)(f.business_ms) AS b
SELECT f.account AS account, f.metric AS metric, toStartOfQuarter(assumeNotNull(f.opened_date)) AS period, f.channel AS channel, any(f.unit) AS unit, count() AS count, sum(f.value) AS sum, sum / count AS avg,
       q[1] AS p50, q[2] AS p90, q[3] AS p95, q[4] AS p99, min(f.value) AS min, max(f.value) AS max,
       avg(f.business_ms) AS business_avg, if(isNaN(b[1]), NULL, b[1]) AS business_p50, if(isNaN(b[2]), NULL, b[2]) AS business_p90,
       countIf(f.met = 1) AS met, countIf(f.met = 0) AS missed, avg(f.met) AS attained,
       countIf(f.level = 1) AS level_1, countIf(f.level = 2) AS level_2, countIf(f.level = 3) AS level_3,
       countIf(f.level = 4) AS level_4, countIf(f.level = 5) AS level_5, uniqExact(f.source, f.ticket_id) AS tickets
FROM facts AS f FINAL
WHERE f.opened_date IS NOT NULL
GROUP BY account, metric, period, channel
COMMENT 'Every metric by quarter and channel; the quarter in which the ticket was opened, in the zone of the account';

CREATE OR REPLACE VIEW v_levels_hour ${on_cluster} AS
SELECT account, metric, period, channel, level, count, count / arraySum(levels) AS share
FROM (
    SELECT f.account AS account, f.metric AS metric, toDateTime(f.local_date, 'UTC') + toIntervalHour(local_hour) AS period, f.channel AS channel,
           [countIf(f.level = 1), countIf(f.level = 2), countIf(f.level = 3), countIf(f.level = 4), countIf(f.level = 5)] AS levels
    FROM facts AS f FINAL
    WHERE f.level > 0
    GROUP BY account, metric, period, channel
)
ARRAY JOIN levels AS count, arrayEnumerate(levels) AS level
COMMENT 'How many answers reached each service level, by hour and channel';

CREATE OR REPLACE VIEW v_scores_hour ${on_cluster} AS
SELECT f.account AS account, f.metric AS metric, toDateTime(f.local_date, 'UTC') + toIntervalHour(local_hour) AS period, f.channel AS channel, f.value AS score, count() AS answers
FROM facts AS f FINAL
WHERE f.unit = 'score'
GROUP BY account, metric, period, channel, score
COMMENT 'How often each rating was given, by hour and channel';

CREATE OR REPLACE VIEW v_levels_day ${on_cluster} AS
SELECT account, metric, period, channel, level, count, count / arraySum(levels) AS share
FROM (
    SELECT f.account AS account, f.metric AS metric, f.local_date AS period, f.channel AS channel,
           [countIf(f.level = 1), countIf(f.level = 2), countIf(f.level = 3), countIf(f.level = 4), countIf(f.level = 5)] AS levels
    FROM facts AS f FINAL
    WHERE f.level > 0
    GROUP BY account, metric, period, channel
)
ARRAY JOIN levels AS count, arrayEnumerate(levels) AS level
COMMENT 'How many answers reached each service level, by day and channel';

CREATE OR REPLACE VIEW v_scores_day ${on_cluster} AS
SELECT f.account AS account, f.metric AS metric, f.local_date AS period, f.channel AS channel, f.value AS score, count() AS answers
FROM facts AS f FINAL
WHERE f.unit = 'score'
GROUP BY account, metric, period, channel, score
COMMENT 'How often each rating was given, by day and channel';

CREATE OR REPLACE VIEW v_levels_week ${on_cluster} AS
SELECT account, metric, period, channel, level, count, count / arraySum(levels) AS share
FROM (
    SELECT f.account AS account, f.metric AS metric, toMonday(f.local_date) AS period, f.channel AS channel,
           [countIf(f.level = 1), countIf(f.level = 2), countIf(f.level = 3), countIf(f.level = 4), countIf(f.level = 5)] AS levels
    FROM facts AS f FINAL
    WHERE f.level > 0
    GROUP BY account, metric, period, channel
)
ARRAY JOIN levels AS count, arrayEnumerate(levels) AS level
COMMENT 'How many answers reached each service level, by week and channel';

CREATE OR REPLACE VIEW v_scores_week ${on_cluster} AS
SELECT f.account AS account, f.metric AS metric, toMonday(f.local_date) AS period, f.channel AS channel, f.value AS score, count() AS answers
FROM facts AS f FINAL
WHERE f.unit = 'score'
GROUP BY account, metric, period, channel, score
COMMENT 'How often each rating was given, by week and channel';

CREATE OR REPLACE VIEW v_levels_month ${on_cluster} AS
SELECT account, metric, period, channel, level, count, count / arraySum(levels) AS share
FROM (
    SELECT f.account AS account, f.metric AS metric, toStartOfMonth(f.local_date) AS period, f.channel AS channel,
           [countIf(f.level = 1), countIf(f.level = 2), countIf(f.level = 3), countIf(f.level = 4), countIf(f.level = 5)] AS levels
    FROM facts AS f FINAL
    WHERE f.level > 0
    GROUP BY account, metric, period, channel
)
ARRAY JOIN levels AS count, arrayEnumerate(levels) AS level
COMMENT 'How many answers reached each service level, by month and channel';

CREATE OR REPLACE VIEW v_scores_month ${on_cluster} AS
SELECT f.account AS account, f.metric AS metric, toStartOfMonth(f.local_date) AS period, f.channel AS channel, f.value AS score, count() AS answers
FROM facts AS f FINAL
WHERE f.unit = 'score'
GROUP BY account, metric, period, channel, score
COMMENT 'How often each rating was given, by month and channel';

CREATE OR REPLACE VIEW v_levels_quarter ${on_cluster} AS
SELECT account, metric, period, channel, level, count, count / arraySum(levels) AS share
FROM (
    SELECT f.account AS account, f.metric AS metric, toStartOfQuarter(f.local_date) AS period, f.channel AS channel,
           [countIf(f.level = 1), countIf(f.level = 2), countIf(f.level = 3), countIf(f.level = 4), countIf(f.level = 5)] AS levels
    FROM facts AS f FINAL
    WHERE f.level > 0
    GROUP BY account, metric, period, channel
)
ARRAY JOIN levels AS count, arrayEnumerate(levels) AS level
COMMENT 'How many answers reached each service level, by quarter and channel';

CREATE OR REPLACE VIEW v_scores_quarter ${on_cluster} AS
SELECT f.account AS account, f.metric AS metric, toStartOfQuarter(f.local_date) AS period, f.channel AS channel, f.value AS score, count() AS answers
FROM facts AS f FINAL
WHERE f.unit = 'score'
GROUP BY account, metric, period, channel, score
COMMENT 'How often each rating was given, by quarter and channel';

CREATE OR REPLACE VIEW v_customers_day ${on_cluster} AS
SELECT f.account AS account, f.metric AS metric, f.local_date AS period, uniqExact(t.customer) AS customers
FROM facts AS f FINAL
INNER JOIN tickets AS t FINAL ON f.account = t.account AND f.source = t.source AND f.ticket_id = t.ticket_id
WHERE t.customer != ''
GROUP BY account, metric, period
COMMENT 'How many different customers stand behind each metric, by day';

CREATE OR REPLACE VIEW v_customers_week ${on_cluster} AS
SELECT f.account AS account, f.metric AS metric, toMonday(f.local_date) AS period, uniqExact(t.customer) AS customers
FROM facts AS f FINAL
INNER JOIN tickets AS t FINAL ON f.account = t.account AND f.source = t.source AND f.ticket_id = t.ticket_id
WHERE t.customer != ''
GROUP BY account, metric, period
COMMENT 'How many different customers stand behind each metric, by week';

CREATE OR REPLACE VIEW v_customers_month ${on_cluster} AS
SELECT f.account AS account, f.metric AS metric, toStartOfMonth(f.local_date) AS period, uniqExact(t.customer) AS customers
FROM facts AS f FINAL
INNER JOIN tickets AS t FINAL ON f.account = t.account AND f.source = t.source AND f.ticket_id = t.ticket_id
WHERE t.customer != ''
GROUP BY account, metric, period
COMMENT 'How many different customers stand behind each metric, by month';

CREATE OR REPLACE VIEW v_customers_quarter ${on_cluster} AS
SELECT f.account AS account, f.metric AS metric, toStartOfQuarter(f.local_date) AS period, uniqExact(t.customer) AS customers
FROM facts AS f FINAL
INNER JOIN tickets AS t FINAL ON f.account = t.account AND f.source = t.source AND f.ticket_id = t.ticket_id
WHERE t.customer != ''
GROUP BY account, metric, period
COMMENT 'How many different customers stand behind each metric, by quarter';

CREATE OR REPLACE VIEW v_orders ${on_cluster} AS
SELECT o.account AS account, o.source AS source, o.order_id AS order_id,
       argMaxIf(o.customer, (o.at, o.version), o.kind = 'placed') AS customer, minIf(o.at, o.kind = 'placed') AS placed_at,
       argMaxIf(o.amount, (o.at, o.version), o.kind = 'placed') AS amount, sumIf(o.amount, o.kind = 'refunded') AS refunded,
       argMaxIf(o.currency, (o.at, o.version), o.kind = 'placed') AS currency
FROM orders AS o FINAL
GROUP BY account, source, order_id
HAVING countIf(o.kind = 'placed') > 0
COMMENT 'Every order with its refunds; periods of orders are UTC';

CREATE OR REPLACE VIEW v_conversions ${on_cluster} AS
SELECT o.account AS account, o.source AS shop, o.order_id AS order_id, o.placed_at AS placed_at,
       o.amount AS amount, o.refunded AS refunded, o.amount - o.refunded AS revenue, o.currency AS currency,
       t.source AS source, t.ticket_id AS ticket_id, t.opened_at AS opened_at, t.opened_date AS opened_date,
       t.channel AS channel, t.last_team AS team, t.last_agent_id AS agent_id, ${conversion_days} AS days
FROM v_orders AS o
INNER JOIN tickets AS t FINAL ON o.account = t.account AND o.customer = t.customer
WHERE o.customer != '' AND t.merged_into = ''
  AND t.opened_at <= o.placed_at AND o.placed_at <= t.opened_at + toIntervalDay(${conversion_days})
ORDER BY t.opened_at DESC, t.source DESC, t.ticket_id DESC
LIMIT 1 BY account, shop, order_id
COMMENT 'Orders that followed a ticket of the same customer; the ticket opened last is credited';

CREATE OR REPLACE VIEW v_conversion ${on_cluster} AS
SELECT t.account AS account, assumeNotNull(t.opened_date) AS period, t.channel AS channel, t.last_team AS team,
       t.last_agent_id AS agent_id, count() AS tickets, countIf(ifNull(c.hit, 0) = 1) AS converted, converted / tickets AS rate,
       ${conversion_days} AS days
FROM tickets AS t FINAL
LEFT JOIN (SELECT DISTINCT account, source, ticket_id, 1 AS hit FROM v_conversions) AS c
    ON t.account = c.account AND t.source = c.source AND t.ticket_id = c.ticket_id
WHERE t.merged_into = '' AND t.opened_date IS NOT NULL
GROUP BY account, period, channel, team, agent_id
COMMENT 'Tickets by opening day, and how many an order followed';
