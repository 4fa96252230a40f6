"""What the test of the scenarios over HTTP is made of: accounts, doors, the played stack, reading back, what views must answer."""
