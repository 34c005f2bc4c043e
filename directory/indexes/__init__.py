"""Derived search structures: columns, text indexes and the words they share. All of it may be thrown away."""
