"""One vendor a file: verified bytes to canonical events. Pure: no clock, no I/O, no client."""
