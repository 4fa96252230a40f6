"""The vocabulary: what happened, what follows from it, and where it stands in the log. No clock, no I/O."""
