"""What anybody can do: one write, one commit each."""
