"""Scenarios with their numbers worked out by hand: what any implementation must say of them."""
