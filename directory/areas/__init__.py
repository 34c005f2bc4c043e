"""Small areas and patches of the map, as arrays and plain functions: no database and no web."""
