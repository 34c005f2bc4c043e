"""What we want to know: reads of the database, never writes, always in a stable order."""
