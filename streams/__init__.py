"""What follows from events: a pure fold, and the shell that moves records through it."""
