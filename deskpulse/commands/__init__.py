"""The commands, one a file. Each wires one package to its settings and imports it only when it runs."""
