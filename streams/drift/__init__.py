"""Is this half hour unlike the usual one? The plain variance rule and its episodes. No clock, no I/O, no floats."""
