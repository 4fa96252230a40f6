"""What the log says, computed again from whole histories. Law: shares no code with the fold; imports nothing of ours but metric names.

Simple where the fold is fast: nothing is stepped, kept up or subtracted. A history is walked from its beginning each time it changed.
"""
