"""What nobody would send again, on this machine's disk until the broker has it."""
