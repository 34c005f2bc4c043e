"""Where servers and `flask --app wsgi` find the application."""

from directory import create_app

app = create_app()
