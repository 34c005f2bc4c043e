"""Whatever may be typed: never an error, never slow."""
