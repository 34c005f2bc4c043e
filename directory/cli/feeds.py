"""The command that brings listings in from a file."""
