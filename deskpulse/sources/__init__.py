"""Connecting a helpdesk: a source is named, gets its secrets, and stands in deskpulse.yaml."""
