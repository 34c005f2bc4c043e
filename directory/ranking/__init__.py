"""How answers are made and ranked: pure functions over arrays, without a database, an engine or the web."""
