"""Alerts to people and programs: at least once, in order, each under the same id in every repeat."""
