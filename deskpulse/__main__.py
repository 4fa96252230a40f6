"""`python -m deskpulse`: the same as the command `deskpulse`."""

from deskpulse.cli import main

main()
