"""What the network does in a second, in one process: `make bench`. It measures and never judges."""
