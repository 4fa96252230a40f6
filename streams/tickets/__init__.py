"""Tickets: a history, what it means, and what was said of it. No clock, no I/O."""
