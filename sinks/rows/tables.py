"""Every table a sink writes. Pure."""

from __future__ import annotations

from sinks.rows.account_settings import ACCOUNT_SETTINGS
from sinks.rows.alerts import ALERTS
from sinks.rows.dead_letters import DEAD_LETTERS
from sinks.rows.facts import FACTS
from sinks.rows.forgotten import FORGOTTEN
from sinks.rows.log_epochs import LOG_EPOCHS
from sinks.rows.metric_windows import METRIC_WINDOWS
from sinks.rows.orders import ORDERS
from sinks.rows.ticket_events import TICKET_EVENTS
from sinks.rows.tickets import TICKETS

ALL = (TICKET_EVENTS, TICKETS, FACTS, ORDERS, METRIC_WINDOWS, ALERTS, DEAD_LETTERS, ACCOUNT_SETTINGS, FORGOTTEN, LOG_EPOCHS)
