"""Outside shapes and ours: importers, presets and exporters, without the database."""
