"""How a vendor is connected, click by click: what `deskpulse sources add` prints. One vendor a file."""
